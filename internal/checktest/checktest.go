// Package checktest tests checks: a cluster of the toy mesh goes in, and what a check says of it is
// compared line by line. Only tests import it.
package checktest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/internal/meshfake"
)

// Case is a cluster and what a check says of it.
type Case struct {
	Name string
	Text string    // in the language of meshfake; positions name it in.yaml
	Now  time.Time // the clock of the run; may be zero
	Want []string  // as Lines gives them; nil means that the check has nothing to say
}

// Run runs a check on each case, as parallel subtests.
func Run(t *testing.T, c *check.Check, cases []Case) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.Name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.Text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Lines(g, test.Now, c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.Want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
