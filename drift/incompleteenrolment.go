package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// incompleteEnrolment is DRF-MTLS-08: a record that claims full enrolment has no workload outside
// the mesh but those that an exclusion names. The mesh's own gateways and waypoints do not count.
func incompleteEnrolment(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-MTLS-08",
		Name:     "incompleteEnrolment",
		Severity: check.Medium,
		Doc:      "the record claims full enrolment and workloads are outside the mesh",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, d := range v.decisions {
				switch {
				case !d.MTLS.FullEnrolment:
				case d.Scope.Faulty():
					p.Undecided(scopeUnread(d, "whether enrolment is full, as the record claims"))
				default:
					fullEnrolment(p, v, d)
				}
			}
		}),
	}
}

func fullEnrolment(p *check.Pass, v *view, d *decision.Decision) {
	var outside, unsure []*subject
	var gaps []mesh.Gap
	enrolled, excluded := 0, 0
	for _, s := range v.workloads {
		if s.component || !d.Scope.Contains(s.as.Namespace) {
			continue
		}
		switch explained := s.explained(); {
		case s.inside == truth.True:
			enrolled++
		case explained == truth.True:
			excluded++
		case s.inside == truth.False && explained == truth.False:
			outside = append(outside, s)
		default:
			unsure = append(unsure, s)
			gaps = append(gaps, append(s.unsure(), unread(s.perhaps)...)...)
		}
	}
	subject := "decision " + d.ID
	switch {
	case len(outside) > 0:
		f := check.Finding{
			Subject: subject,
			Pos:     d.MTLS.Pos("fullEnrolment"),
			Message: fmt.Sprintf("the record claims full enrolment; %d of %s are enrolled, %d excluded and %d not known; outside: %s",
				enrolled, wording.Count(enrolled+excluded+len(outside)+len(unsure), "workload"), excluded, len(unsure), list(outside)),
			Why: outside[0].whyOutside().why,
		}
		for _, s := range outside[:min(len(outside), wording.Most)] {
			if at := s.place(s.whyOutside().why); !at.IsZero() {
				f.Related = append(f.Related, check.Related{Pos: at, Message: s.String()})
			}
		}
		p.Report(f)
	case len(unsure) > 0:
		p.Undecided(wording.Undecided(subject, "whether enrolment is full, as the record claims: not known of "+list(unsure), gaps))
	}
}
