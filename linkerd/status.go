package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Condition is what the policy controller says of an object in its status, as it works it out from the
// other objects; what the status in the input says is not read.
type Condition struct {
	Parent   source.Ref  // for which it holds; zero for a condition of the object as a whole
	Accepted truth.Value // Unknown where the object, or one that it depends on, is not understood
	Reason   string      // as Linkerd spells it: "Accepted", "NoMatchingParent", …
	Why      []mesh.Step
}

// Conditions are what the policy controller says of an object in its status, for routes in the order of
// their parents; nil for an object of which it says nothing.
func (l *Layer) Conditions(object source.Ref) []Condition {
	return slices.Clone(l.egress.conditions[object])
}
