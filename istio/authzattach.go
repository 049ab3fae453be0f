package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// proxied is a proxy as istiod looks for its policies.
type proxied struct {
	namespace string
	labels    map[string]string
	waypoint  bool
	service   *mesh.Service // that a waypoint's chain is for; nil for none
}

// attached are the policies of one kind that a proxy enforces.
type attached[P attachable] struct {
	surely  []P
	perhaps []P // of which it is not known whether they apply
}

func (a *attached[P]) add(surely, perhaps []P) {
	a.surely, a.perhaps = append(a.surely, surely...), append(a.perhaps, perhaps...)
}

// policiesFor finds the AuthorizationPolicies of an Envoy: those of the root namespace, of its own
// and, for a waypoint, of the Service. 1.24 looked for a Service's policies in its namespace alone.
// pilot/pkg/model/authorization.go ListAuthorizationPolicies.
func (a *authorization) policiesFor(rev *revision, x proxied) attached[*authzPolicy] {
	namespaces := []string{rev.rootNamespace(), x.namespace}
	switch s := x.service; {
	case s == nil:
	case rev.since(25) == truth.False:
		namespaces = []string{s.Namespace.Name}
	default:
		namespaces = append(namespaces, s.Namespace.Name)
	}
	return attachTo(a.policies, rev, x, namespaces)
}

// tokensFor finds the RequestAuthentications of an Envoy. 1.24 did not look for them in the namespace
// of a waypoint's Service. pilot/pkg/model/authentication.go getConfigsForWorkload.
func (a *authorization) tokensFor(rev *revision, x proxied) attached[*requestAuth] {
	namespaces := []string{x.namespace, rev.rootNamespace()}
	if s := x.service; s != nil && rev.since(25) != truth.False {
		namespaces = append(namespaces, s.Namespace.Name)
	}
	return attachTo(a.tokens, rev, x, namespaces)
}

// attachTo finds the policies in some namespaces that are for an Envoy
// (pilot/pkg/model/policyattachment.go ShouldAttachPolicy).
func attachTo[P attachable](as *attachments[P], rev *revision, x proxied, namespaces []string) attached[P] {
	gateway, isGateway := x.labels[gatewayNameLabel]
	var found attached[P]
	for i, ns := range namespaces {
		n := as.byNamespace[ns]
		if n == nil || slices.Contains(namespaces[:i], ns) {
			continue
		}
		if !isGateway {
			found.add(n.selecting(x.labels))
			continue
		}
		surely, perhaps := n.targeting(x.targeted(gateway).targets(rev, ns)...)
		found.add(surely, perhaps)
		if !x.waypoint && !rev.flagOff(envSelectorGateways) {
			surely, _ = n.selecting(x.labels)
			found.add(surely, nil)
		}
	}
	return found
}

// targeted is the proxy as targets name it.
func (x proxied) targeted(gateway string) targeted {
	t := targeted{namespace: x.namespace, gateway: gateway, waypoint: x.waypoint}
	if s := x.service; s != nil {
		t.serves, t.service = s.Namespace.Name, s.Name
	}
	return t
}

// ztunnelScopes finds the policies that ztunnel enforces for a pod, in the order in which it looks:
// those of the namespace, of the mesh, and those that istiod refers the workload to. A policy with
// a selector without any map of labels is in none of them: it has no scope of its own, and istiod
// refers no workload to it (pilot/pkg/serviceregistry/ambient/authorization.go
// convertAuthorizationPolicy, workloads.go buildWorkloadPolicies; ztunnel src/state.rs assert_rbac).
func (a *authorization) ztunnelScopes(rev *revision, namespace string, labels map[string]string) attached[*authzPolicy] {
	root := rev.rootNamespace()
	var found attached[*authzPolicy]
	var global, selected []*authzPolicy
	for i, ns := range []string{namespace, root} {
		n := a.policies.byNamespace[ns]
		if n == nil || i == 1 && ns == namespace {
			continue
		}
		surely, perhaps := n.selecting(labels)
		for _, p := range surely {
			switch {
			case len(p.labels) > 0 || p.attached:
				selected = append(selected, p)
			case p.selector:
			case ns == root:
				global = append(global, p)
			default:
				found.surely = append(found.surely, p)
			}
		}
		found.perhaps = append(found.perhaps, perhaps...)
	}
	byNumber(selected)
	found.surely = slices.Concat(found.surely, global, selected)
	return found
}
