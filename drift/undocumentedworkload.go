package drift

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/truth"
)

// undocumentedWorkload is DRF-EXC-01: every workload outside the mesh is named by an exclusion.
func undocumentedWorkload(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-01",
		Name:     "undocumentedWorkload",
		Severity: check.High,
		Doc:      "a workload is outside the mesh and no exclusion explains it",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, s := range v.workloads {
				if s.covered && s.inside != truth.True {
					undocumented(p, s)
				}
			}
		}),
	}
}

func undocumented(p *check.Pass, s *subject) {
	switch explained := s.explained(); {
	case explained == truth.True:
	case s.inside == truth.Unknown:
		p.Undecided(wording.Undecided(s.id(), "whether "+s.String()+" is outside the mesh, where no exclusion explains it",
			wording.Unsure(s.workload)))
	case explained == truth.Unknown:
		p.Undecided(wording.Undecided(s.id(), "whether an exclusion explains that "+s.String()+" is outside the mesh", unread(s.perhaps)))
	default:
		o := s.whyOutside()
		message := o.who(s) + " outside the mesh (" + o.because() + ") and no exclusion explains it"
		if o.drift {
			message += "; a pod made now would be inside"
		}
		p.Report(check.Finding{Subject: s.id(), Pos: s.place(o.why), Message: message, Why: o.why})
	}
}
