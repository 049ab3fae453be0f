package drift

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// otherMechanism is DRF-EXC-04: what keeps a workload out of the mesh is among the mechanisms that
// its exclusion records. An exclusion that records none says nothing here (V-45).
func otherMechanism(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-04",
		Name:     "otherMechanism",
		Severity: check.High,
		Doc:      "a workload is excluded by another mechanism than the one recorded",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, s := range v.workloads {
				if recorded := recordedMechanisms(s); s.inside == truth.False && len(recorded) > 0 {
					compareMechanism(p, s, recorded)
				}
			}
		}),
	}
}

// recordedMechanisms are those of all exclusions that explain the workload; nil as soon as one of
// them leaves the mechanism open.
func recordedMechanisms(s *subject) []decision.ExclusionMechanism {
	var all []decision.ExclusionMechanism
	for _, e := range s.sure {
		if !e.Kind.OutsideMesh() {
			continue
		}
		if len(e.Mechanisms) == 0 {
			return nil
		}
		all = append(all, e.Mechanisms...)
	}
	return all
}

func compareMechanism(p *check.Pass, s *subject, recorded []decision.ExclusionMechanism) {
	o := s.whyOutside()
	fitting, known := mechanismsOf(o.cause)
	fits := func(m decision.ExclusionMechanism) bool { return slices.Contains(fitting, m) }
	exclusions := explaining(s)
	switch {
	case !known && slices.Contains(recorded, decision.ByOther):
	case !known:
		p.Undecided(check.Undecided{
			Subject: s.id(), Pos: s.place(o.why),
			Message: "whether " + s.String() + " is excluded as recorded: what keeps it out (" + o.cause.String() + ") has no word in the record",
		})
	case slices.ContainsFunc(recorded, fits):
	case slices.Contains(recorded, decision.ByOther):
		p.Undecided(check.Undecided{
			Subject: s.id(), Pos: exclusions[0].Pos("mechanisms"),
			Message: "whether " + s.String() + " is excluded as recorded: \"other\" cannot be compared with " + o.cause.String(),
		})
	default:
		p.Report(check.Finding{
			Subject: s.id(),
			Pos:     s.place(o.why),
			Message: o.who(s) + " outside the mesh by " + o.because() + "; " + title(exclusions[0]) + " says " + words(recorded) + ", which does not decide here",
			Why:     o.why,
			Related: []check.Related{{Pos: exclusions[0].Pos("mechanisms"), Message: "records " + words(recorded)}},
		})
	}
}

// explaining lists the exclusions that say that the workload is not in the mesh.
func explaining(s *subject) []*decision.Exclusion {
	return slices.DeleteFunc(slices.Clone(s.sure), func(e *decision.Exclusion) bool { return !e.Kind.OutsideMesh() })
}

// mechanismsOf translates an observed cause into the record's words; false when it has none. The
// meshes' own words are listed in package decision; an opt-out of ambient mode is a label of the
// pod, and an interception mode an annotation of it.
func mechanismsOf(c mesh.Cause) ([]decision.ExclusionMechanism, bool) {
	switch c {
	case mesh.CauseNamespaceLabel, mesh.CauseNamespaceUnlabelled, mesh.CauseHostNetwork,
		mesh.CauseSystemNamespace, mesh.CauseInjectorSelector, mesh.CauseNoControlPlane:
		return []decision.ExclusionMechanism{decision.ExclusionMechanism(c.String())}, true
	case mesh.CausePodLabel:
		return []decision.ExclusionMechanism{decision.ByPodLabel, decision.ByAmbientOptOut}, true
	case mesh.CausePodAnnotation:
		return []decision.ExclusionMechanism{decision.ByPodAnnotation, decision.ByInterceptionMode}, true
	case mesh.CauseRunning:
		return []decision.ExclusionMechanism{decision.ByNotCaptured}, true
	default:
		return nil, false
	}
}

func words(ms []decision.ExclusionMechanism) string {
	var names []string
	for _, m := range ms {
		if !slices.Contains(names, string(m)) {
			names = append(names, string(m))
		}
	}
	return strings.Join(names, " and ")
}
