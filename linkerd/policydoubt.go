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
