package unknownpeer_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/unknownpeer"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Flaw(t, unknownpeer.Check, "names-nobody", "no-effect", "names what nothing has", "for")
}
