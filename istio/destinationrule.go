package istio

import (
	"cmp"
	"slices"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var kindDestinationRule = source.Kind{Group: "networking.istio.io", Kind: "DestinationRule"}

// destRule is a DestinationRule.
type destRule struct {
	resource
	spec     *networkingv1alpha3.DestinationRule
	exportTo exports           // "." alone for a rule with a selector, which serves its own namespace only
	selector map[string]string // of clients; nil for a rule without one
	selects  bool              // there is a selector, even an empty one
	// lost is true when it is not known which clients and which hosts the rule is for.
	lost bool
}

func (r *destRule) namespace() string { return r.obj.Ref.Namespace }

// name is "namespace/name".
func (r *destRule) name() string { return r.obj.Ref.Namespace + "/" + r.obj.Ref.Name }

// destinationRules reads the rules in the order in which istiod merges them: those with a selector
// first, then by creation time, name and namespace.
// pilot/pkg/model/config.go sortConfigBySelectorAndCreationTime.
func (c *compiler) destinationRules() []*destRule {
	var all []*destRule
	for o := range c.in.Objects.Objects(kindDestinationRule) {
		r := &destRule{spec: &networkingv1alpha3.DestinationRule{}}
		r.resource = c.decode(o, r.spec)
		if !c.acceptsDestinationRule(r.resource, r.spec) && !c.opts.KeepInvalid {
			continue
		}
		r.lost = slices.ContainsFunc(r.gaps, func(g mesh.Gap) bool {
			return touches(g, "spec.host", "spec.exportTo", "spec.workloadSelector")
		})
		r.exportTo = newExports(r.spec.GetExportTo())
		if s := r.spec.GetWorkloadSelector(); s != nil {
			r.selector, r.selects, r.exportTo = s.GetMatchLabels(), true, exports{exportPrivate}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, compareDestRules)
	return all
}

func compareDestRules(a, b *destRule) int {
	return cmp.Or(cmp.Compare(btoi(!a.selects), btoi(!b.selects)), compareAge(a.resource, b.resource))
}

// step names a field of the rule as a reason.
func (r *destRule) step(field, what string) mesh.Step {
	return mesh.Step{
		Rule: ruleDestinationRule, Object: r.obj.Ref, Loc: r.obj.At(field),
		Detail: "DestinationRule " + r.name() + " " + what,
	}
}
