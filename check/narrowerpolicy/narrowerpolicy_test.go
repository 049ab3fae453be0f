package narrowerpolicy_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/narrowerpolicy"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Flaw(t, narrowerpolicy.Check, "closes-more", "no-effect", "keeps out more than it says", "from")
}
