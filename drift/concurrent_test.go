package drift_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/internal/meshfake"
)

// The rules share what they know of a graph; run side by side, over two graphs in turn, each gives
// what it gives alone.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	set, _ := decision.Parse("r.yaml", []byte(everyRule))
	checks := drift.Checks(set)
	var wg sync.WaitGroup
	for _, docs := range [][]string{everything(), everything()[:5]} {
		g, err := meshfake.Build("c.yaml", strings.Join(docs, ""))
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range checks {
			want := run(t, g, now, []*check.Check{drift.Checks(set)[i]})
			wg.Go(func() {
				if diff := cmp.Diff(want, run(t, g, now, []*check.Check{c})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.Code, diff)
				}
			})
		}
	}
	wg.Wait()
}
