package idlepolicy_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/idlepolicy"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Flaw(t, idlepolicy.Check, "no-effect", "opens-more", "has no effect", "on")
}
