package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
)

// longOverdue is for how many days a review may be late before its severity rises: after a quarter
// nobody is about to do it.
const longOverdue = 90

// reviewOverdue is DRF-EXC-07: an exclusion is reviewed in time.
func reviewOverdue(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-07",
		Name:     "reviewOverdue",
		Severity: check.Medium,
		Doc:      "an exclusion was due for review",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, e := range v.exclusions {
				overdue(p, e)
			}
		}),
	}
}

func overdue(p *check.Pass, e *decision.Exclusion) {
	today := decision.DateOf(p.Now)
	switch {
	case e.ReviewBy.IsZero():
	case today.IsZero():
		p.Undecided(noClock(e, "reviewBy", "whether the review of "+title(e)+" is overdue"))
	case e.ReviewOverdue(today):
		days := e.ReviewBy.DaysUntil(today)
		f := check.Finding{
			Subject: title(e),
			Pos:     e.Pos("reviewBy"),
			Message: fmt.Sprintf("%s was due for review on %s (%s ago), owner %s", title(e), e.ReviewBy, wording.Count(days, "day"), e.Owner),
		}
		if days > longOverdue {
			f.Severity = check.High
		}
		p.Report(f)
	}
}

// noClock leaves a question about a date open.
func noClock(e *decision.Exclusion, field, question string) check.Undecided {
	return check.Undecided{Subject: title(e), Pos: e.Pos(field), Message: question + ": the present date was not given"}
}
