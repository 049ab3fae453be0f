package inadmissible_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/inadmissible"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const subject = "MP3008 Policy/shop/cart toy/inadmissible: "
	checktest.Run(t, inadmissible.Check, []checktest.Case{
		{Name: "no flaw", Text: checktest.FlawedPod},
		{Name: "of a workload", Text: checktest.FlawedPod + checktest.Flawed("inadmissible it is the toy's way"), Want: []string{
			"in.yaml:10:11: medium " + subject + "Policy/shop/cart would be refused by the mesh's admission, and exists all the same for Pod shop/cart: it is the toy's way",
		}},
		{Name: "another flaw", Text: checktest.FlawedPod + checktest.Flawed("no-effect it is the toy's way")},
	})
}
