// Package unverifiedport reports ports that refuse plaintext by the policies, while something that
// is not evaluated may change what they accept.
package unverifiedport

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Check says once for each thing that is not evaluated which workloads it concerns. Ports that
// accept plaintext anyway have no protection that could be lost, and are not counted.
var Check = &check.Check{
	Code:     "MP2003",
	Name:     "unverifiedPort",
	Severity: check.Medium,
	Doc:      "a port is strict by the policies, and something that is not evaluated may change that",
	Run:      run,
}

// cause is something that is not evaluated, with the workloads whose strict ports it concerns.
type cause struct {
	gap       mesh.Gap
	workloads []*mesh.Workload
}

func run(p *check.Pass) error {
	var causes []*cause
	byLoc := map[source.Loc]*cause{}
	for w := range p.Graph.Workloads() {
		for _, gap := range doubts(w) {
			c := byLoc[gap.Loc]
			if c == nil {
				c = &cause{gap: gap}
				byLoc[gap.Loc] = c
				causes = append(causes, c)
			}
			c.workloads = append(c.workloads, w)
		}
	}
	for _, c := range causes {
		p.Report(check.Finding{
			Subject: c.gap.Object.String() + " " + c.gap.Loc.Field(),
			Pos:     c.gap.Pos(),
			Message: fmt.Sprintf("strict ports of %s are not verified: %s: %s",
				wording.Workloads(c.workloads), c.gap.Object, c.gap.Detail),
		})
	}
	return nil
}

// doubts are the unsupported settings with a place that a workload's strict ports carry, each once.
func doubts(w *mesh.Workload) []mesh.Gap {
	if w.Inside() != truth.True {
		return nil
	}
	var all []mesh.Gap
	for _, port := range plaintext.Ports(w) {
		if port.Accepts != truth.False {
			continue
		}
		for _, gap := range port.Inbound.Unknown {
			known := slices.ContainsFunc(all, func(g mesh.Gap) bool { return g.Loc == gap.Loc })
			if gap.Reason == source.ProblemUnsupported && !gap.Object.IsZero() && !gap.Loc.IsZero() && !known {
				all = append(all, gap)
			}
		}
	}
	return all
}
