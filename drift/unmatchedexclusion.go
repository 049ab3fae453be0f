package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
)

// unmatchedExclusion is DRF-EXC-02: an exclusion matches as many workloads as it expects at least;
// one where it does not say.
func unmatchedExclusion(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-02",
		Name:     "unmatchedExclusion",
		Severity: check.Medium,
		Doc:      "an exclusion matches fewer workloads than it expects, or none at all",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, m := range v.matched {
				unmatched(p, m)
			}
		}),
	}
}

func unmatched(p *check.Pass, m matched) {
	e, least := m.exclusion, 1
	if e.Selector.ExpectMin != nil {
		least = *e.Selector.ExpectMin
	}
	// A caller from outside the cluster has no workload to select.
	outsider := e.Kind == decision.NonMeshClient && e.Selector.Empty() && !e.Selector.Faulty()
	switch {
	case outsider || len(m.sure) >= least:
	case e.Selector.Faulty() || len(m.sure)+len(m.perhaps) >= least:
		p.Undecided(wording.Undecided(title(e), "how many workloads "+title(e)+" matches", unread([]*decision.Exclusion{e})))
	default:
		matches := "no workload"
		if n := len(m.sure); n > 0 {
			matches = wording.Count(n, "workload") + " (" + list(m.sure) + ")"
		}
		p.Report(check.Finding{
			Subject: title(e),
			Pos:     e.Pos("selector"),
			Message: fmt.Sprintf("%s matches %s; expected at least %d", title(e), matches, least),
		})
	}
}
