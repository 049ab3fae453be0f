package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// doubts are the gaps of an object that leave open what it does. Fields that its kind does not know are none
// of them: the API server takes them out of what it stores. Of a key that stands twice the later one counts.
func (r *resource) doubts() []mesh.Gap {
	settled := func(g mesh.Gap) bool {
		return g.Reason == source.ProblemUnknownField || g.Reason == source.ProblemDuplicate || g.Reason == source.ProblemWarned
	}
	if !slices.ContainsFunc(r.gaps, settled) {
		return slices.Clip(r.gaps)
	}
	return slices.DeleteFunc(slices.Clone(r.gaps), settled)
}

// doubts are the gaps of the control plane's configuration that leave open what its values are. That the
// release is not known is none of them: the newest rules count then.
func (s *settings) doubts() []mesh.Gap {
	release := func(g mesh.Gap) bool { return g.Loc.IsZero() }
	if !slices.ContainsFunc(s.gaps, release) {
		return slices.Clip(s.gaps)
	}
	return slices.DeleteFunc(slices.Clone(s.gaps), release)
}
