package widerpolicy_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/widerpolicy"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Flaw(t, widerpolicy.Check, "opens-more", "no-effect", "lets through more than it says", "to")
}
