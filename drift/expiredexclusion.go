package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
)

// expiredExclusion is DRF-EXC-08: what an exclusion allowed until a day is over after it.
func expiredExclusion(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-08",
		Name:     "expiredExclusion",
		Severity: check.High,
		Doc:      "an exclusion expired and is still in force",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, m := range v.matched {
				if !m.exclusion.Expires.IsZero() {
					expired(p, m)
				}
			}
		}),
	}
}

func expired(p *check.Pass, m matched) {
	e, today := m.exclusion, decision.DateOf(p.Now)
	if today.IsZero() {
		p.Undecided(noClock(e, "expires", "whether "+title(e)+" has expired"))
		return
	}
	if !e.Expired(today) {
		return
	}
	switch x := m.extent(); {
	case len(x.in) > 0:
		p.Report(check.Finding{
			Subject: title(e),
			Pos:     e.Pos("expires"),
			Message: fmt.Sprintf("%s expired on %s but is still in force for %s", title(e), e.Expires, list(x.in)),
			Why:     x.in[0].reasons(e),
			Related: places(e, x.in),
		})
	case len(x.unsure) > 0:
		p.Undecided(wording.Undecided(title(e), fmt.Sprintf("whether %s, which expired on %s, is still in force for %s",
			title(e), e.Expires, list(x.unsure)), m.gaps(x)))
	}
}
