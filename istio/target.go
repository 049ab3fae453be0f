package istio

import (
	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/truth"
)

// target is an object that a policy names, in the policy's own namespace; the zero target is none.
type target struct{ group, kind, name string }

// The object that stands for all waypoints (pkg/config/constants WaypointGatewayClassName).
var classTarget = target{"gateway.networking.k8s.io", "GatewayClass", waypointClass}

// targetRefs are what a policy names: targetRef counts only without targetRefs
// (pilot/pkg/model/policyattachment.go GetTargetRefs).
func targetRefs(one *typev1beta1.PolicyTargetReference, more []*typev1beta1.PolicyTargetReference) []*typev1beta1.PolicyTargetReference {
	if len(more) == 0 && one != nil {
		return []*typev1beta1.PolicyTargetReference{one}
	}
	return more
}

// targetOf reads what a policy of a namespace names. A Gateway of another namespace is no target;
// where a Service or a class is looked for, istiod passes over the namespace.
func targetOf(t *typev1beta1.PolicyTargetReference, namespace string) target {
	to := target{t.GetGroup(), t.GetKind(), t.GetName()}
	if to.group == "core" { // pkg/config CanonicalGroup
		to.group = ""
	}
	if ns := t.GetNamespace(); ns != "" && ns != namespace && to != classTarget && !to.servable() {
		return target{}
	}
	return to
}

// servable reports whether a waypoint may serve the target.
func (t target) servable() bool {
	return t.group == "" && t.kind == "Service" || t.group == kindServiceEntry.Group && t.kind == kindServiceEntry.Kind
}

// targeted is a proxy of a Gateway API Gateway as the targets of policies name it.
type targeted struct {
	namespace string
	gateway   string // name of its Gateway
	waypoint  bool
	serves    string // namespace of the Service that a waypoint's chain is for; empty for none
	service   string // its name
}

// targets are what a policy of a namespace may name to reach the proxy
// (pilot/pkg/model/policyattachment.go ShouldAttachPolicy). 1.24 knew no classes, and did not look
// where a policy stands that names a Gateway.
func (p targeted) targets(rev *revision, policies string) []target {
	before25 := rev.since(25) == truth.False
	var list []target
	if p.waypoint && p.service != "" && p.serves == policies {
		list = append(list, target{"", "Service", p.service})
	}
	if p.waypoint && policies == rev.rootNamespace() && !before25 {
		list = append(list, classTarget)
	}
	if p.namespace == policies || before25 {
		list = append(list, target{kindGateway.Group, kindGateway.Kind, p.gateway})
	}
	return list
}
