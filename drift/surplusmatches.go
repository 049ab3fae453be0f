package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
)

// surplusMatches is DRF-EXC-03: an exclusion matches no more workloads than it expects at most.
// Which of them are too many cannot be told, so all are named.
func surplusMatches(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-03",
		Name:     "surplusMatches",
		Severity: check.High,
		Doc:      "an exclusion matches more workloads than it expects",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, m := range v.matched {
				surplus(p, m)
			}
		}),
	}
}

func surplus(p *check.Pass, m matched) {
	e := m.exclusion
	switch {
	case e.Selector.ExpectMax == nil:
	case len(m.sure) > *e.Selector.ExpectMax:
		p.Report(check.Finding{
			Subject: title(e),
			Pos:     e.Pos("selector.expectMax"),
			Message: fmt.Sprintf("%s matches %s, and expects at most %d: %s",
				title(e), wording.Count(len(m.sure), "workload"), *e.Selector.ExpectMax, list(m.sure)),
		})
	case len(m.sure)+len(m.perhaps) > *e.Selector.ExpectMax:
		p.Undecided(wording.Undecided(title(e), fmt.Sprintf("whether %s matches more than %d", title(e), *e.Selector.ExpectMax),
			unread([]*decision.Exclusion{e})))
	}
}
