package istio

import (
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// backendTLS are the BackendTLSPolicies by what they target. istiod makes DestinationRules of them,
// which count for sidecars as well as for gateways; how those merge with others is not worked out.
// pilot/pkg/config/kube/gateway/backend_policies.go DestinationRuleCollection.
type backendTLS struct {
	targets map[source.Ref]mesh.Gap
	unread  map[string]mesh.Gap // by namespace: they may target anything in it
}

func (c *compiler) backendTLSPolicies() backendTLS {
	b := backendTLS{targets: map[source.Ref]mesh.Gap{}, unread: map[string]mesh.Gap{}}
	for o := range c.in.Objects.Objects(kube.KindBackendTLSPolicy) {
		gap := mesh.Gap{
			Reason: source.ProblemUnsupported, Object: o.Ref, Loc: o.At("spec.targetRefs"),
			Detail: "BackendTLSPolicy " + o.Ref.Namespace + "/" + o.Ref.Name + " has clients begin TLS, which is not followed",
		}
		var p kube.BackendTLSPolicy
		if err := jsonv2.Unmarshal(o.JSON, &p); err != nil {
			if _, ok := b.unread[o.Ref.Namespace]; !ok {
				b.unread[o.Ref.Namespace] = gap
			}
			continue
		}
		for _, t := range p.Spec.TargetRefs {
			ref := source.Ref{Kind: source.Kind{Group: t.Group, Kind: t.Kind}, Namespace: o.Ref.Namespace, Name: t.Name}
			if _, ok := b.targets[ref]; !ok {
				b.targets[ref] = gap
			}
		}
	}
	return b
}

// heedsBackendTLS reports whether istiod reads BackendTLSPolicies: all releases do since 1.28, and
// 1.26 and 1.27 with the alpha kinds of the Gateway API turned on.
func (v *clientView) heedsBackendTLS() bool {
	return v.rev == nil || v.rev.since(28) != truth.False ||
		v.rev.since(26) != truth.False && v.rev.flag("PILOT_ENABLE_ALPHA_GATEWAY_API")
}

// backendGaps names the policy that may decide instead of a DestinationRule; nil for none. The rule
// made of it lies in its own namespace, so one that a client finds in another comes first, unless that
// is the root namespace, which is searched last.
func (v *clientView) backendGaps(target source.Ref, rule *mergedRule) []mesh.Gap {
	if len(v.backend.targets)+len(v.backend.unread) == 0 {
		return nil
	}
	if rule != nil && rule.first.namespace() != target.Namespace && rule.first.namespace() != v.root {
		return nil
	}
	g, ok := v.backend.targets[target]
	if !ok {
		g, ok = v.backend.unread[target.Namespace]
	}
	if !ok {
		return nil
	}
	return []mesh.Gap{g}
}
