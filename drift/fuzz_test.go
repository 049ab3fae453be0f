package drift_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
	"github.com/meshposture/meshposture/internal/meshfake"
)

// Whatever a record says, the rules do not panic, each line has a subject, two runs agree, and an
// enrolled workload is never undocumented.
func FuzzRecord(f *testing.F) {
	f.Add(everyRule)
	f.Add(unreadable)
	f.Add(excludesReport)
	f.Add(decided + "scope: {namespaces: 3}\nexclusions: [{}, null, {kind: workload, selector: {names: ['[']}}]\n")
	f.Add(decided + "mtls: {fullEnrolment: true, stated: [{mode: STRICT, scope: {ports: [8080, 0]}}, {}]}\n")
	f.Add(decided + "exclusions: [{id: a, kind: cidr-bypass, selector: {names: ['*'], cidrs: ['::/0', 'x']}}]\n")
	g, err := meshfake.Build("c.yaml", strings.Join(everything(), ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, _ := decision.Parse("r.yaml", []byte(text))
		first := run(t, g, now, drift.Checks(set))
		again := run(t, g, now, drift.Checks(set))
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("two runs differ:\n%s", diff)
		}
		for _, line := range first {
			if strings.Contains(line, "DRF-EXC-01 shop/Pod/cart") {
				t.Errorf("enrolled: %s", line)
			}
			if strings.Contains(line, " : ") {
				t.Errorf("no subject: %s", line)
			}
		}
	})
}
