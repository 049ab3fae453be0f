package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
)

// retirableExclusion is DRF-EXC-11: an exclusion is needed for the workloads that it matches.
// Gateways and waypoints beside others are not counted: they are never outside. Kinds of exclusion
// that the posture does not tell are left to DRF-EXC-16.
func retirableExclusion(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-11",
		Name:     "retirableExclusion",
		Severity: check.Info,
		Doc:      "an exclusion is not needed for workloads that it matches",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, m := range v.matched {
				if judgeable(m.exclusion.Kind) {
					retirable(p, m)
				}
			}
		}),
	}
}

func retirable(p *check.Pass, m matched) {
	e, x := m.exclusion, m.extent()
	var needless []*subject
	for _, s := range x.out {
		if !s.component {
			needless = append(needless, s)
		}
	}
	f := check.Finding{Subject: title(e), Pos: e.Pos("selector")}
	switch {
	case len(x.out) > 0 && len(x.in)+len(x.unsure) == 0:
		f.Message = fmt.Sprintf("%s can be retired: %s %s", title(e), list(x.out), state(e, len(x.out)))
	case len(needless) > 0:
		f.Message = fmt.Sprintf("%s need not cover %d of %s: %s %s", title(e), len(needless),
			wording.Count(len(m.sure), "workload"), list(needless), state(e, len(needless)))
	}
	if f.Message != "" {
		p.Report(f)
	}
	if len(x.unsure) > 0 {
		p.Undecided(wording.Undecided(title(e), "whether "+title(e)+" is needed for "+list(x.unsure), m.gaps(x)))
	}
}

// state says what is so of n workloads for which the exclusion is not in force.
func state(e *decision.Exclusion, n int) string {
	one, several := "has no such bypass", "have no such bypass"
	switch {
	case e.Kind.OutsideMesh():
		one, several = "is enrolled", "are enrolled"
	case e.Kind == decision.MTLSDowngrade:
		one, several = "accepts no plaintext there", "accept no plaintext there"
	}
	if n == 1 {
		return one
	}
	return several
}
