package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
)

// documentedExclusion is DRF-EXC-16: it reports every documented exclusion that is in force. An
// exclusion is a gap even where it is documented; documentation only tells it from an oversight.
func documentedExclusion(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-16",
		Name:     "documentedExclusion",
		Severity: check.Info,
		Doc:      "a documented exclusion is in force",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, m := range v.matched {
				documented(p, m)
			}
		}),
	}
}

func documented(p *check.Pass, m matched) {
	e := m.exclusion
	if !judgeable(e.Kind) {
		p.Undecided(wording.Undecided(title(e), "whether "+title(e)+" is in force", []mesh.Gap{notCompared(e)}))
		return
	}
	x := m.extent()
	if len(x.in) > 0 {
		p.Report(check.Finding{
			Subject: title(e),
			Pos:     e.Pos(""),
			Message: fmt.Sprintf("%s%s %s %s", title(e), class(e), effect(e), list(x.in)),
			Why:     x.in[0].reasons(e),
			Related: places(e, x.in),
		})
	}
	if len(x.unsure) > 0 {
		p.Undecided(wording.Undecided(title(e), "whether "+title(e)+" is in force for "+list(x.unsure), m.gaps(x)))
	}
}

func class(e *decision.Exclusion) string {
	if e.ReasonClass == "" {
		return ""
	}
	return " (" + string(e.ReasonClass) + ")"
}

// effect says what an exclusion in force does, before the workloads are named.
func effect(e *decision.Exclusion) string {
	switch e.Kind {
	case decision.PortBypass, decision.CIDRBypass:
		return "leads traffic around the proxy of"
	case decision.MTLSDowngrade:
		return "admits plaintext to"
	default:
		return "keeps out of the mesh:"
	}
}
