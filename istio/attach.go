package istio

import (
	"slices"
	"strconv"
	"strings"

	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	gatewayNameLabel = "gateway.networking.k8s.io/gateway-name"

	roleRouter   = "router"
	roleWaypoint = "waypoint"
	roleZtunnel  = "ztunnel"

	envSelectorGateways = "ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY"
)

// envoyProxy is an Envoy of the mesh as a policy sees it that picks proxies by label or target.
type envoyProxy struct {
	namespace string
	labels    map[string]string
	role      string // sidecar, router or waypoint
	version   string // as on its image; empty when unknown
	serves    string // namespace of the Service that a waypoint serves; empty for none
	service   string // its name; empty for any
}

// envoyOf is the Envoy of a pod. A template without a proxy is taken for a pod that injection gives a
// sidecar, or a gateway's proxy where it asks for that template.
func envoyOf(p *mesh.Pod) envoyProxy {
	e := envoyProxy{namespace: p.Namespace.Name, labels: p.Labels, role: templateSidecar}
	if px, ok := proxyOf(p); ok {
		e.role = px.role()
		if v := imageTag(px.container.Image); px.container.Image != "auto" {
			e.version = v
		}
	} else if slices.Contains(strings.Split(p.Annotations[annotationTemplates], ","), templateGateway) {
		e.role = roleRouter
	}
	return e
}

// waypointEnvoy is the Envoy behind the waypoint that a Gateway stands for.
func waypointEnvoy(namespace, name string) envoyProxy {
	return envoyProxy{namespace: namespace, labels: map[string]string{gatewayNameLabel: name}, role: roleWaypoint}
}

// reach is how a policy picks proxies.
type reach struct {
	namespace string // in which the policy stands
	selects   bool   // it has a selector, if only an empty one
	labels    map[string]string
	targets   []*typev1beta1.PolicyTargetReference
}

func reachOf(namespace string, selector *typev1beta1.WorkloadSelector, one *typev1beta1.PolicyTargetReference, more []*typev1beta1.PolicyTargetReference) reach {
	r := reach{namespace: namespace, selects: selector != nil, labels: selector.GetMatchLabels(), targets: more}
	if len(more) == 0 && one != nil {
		r.targets = []*typev1beta1.PolicyTargetReference{one}
	}
	return r
}

// everywhere reports whether the policy names neither labels nor targets.
func (r reach) everywhere() bool { return len(r.labels) == 0 && len(r.targets) == 0 }

// attaches reports whether the policy is for a proxy, where policies of its namespace are looked at
// for the proxy at all. Proxies of Gateway API Gateways take targets and, unless they are waypoints or
// istiod is told otherwise, selectors; all others take selectors only.
//
// Unless the proxy names the Service that it serves, a target that is a Service or ServiceEntry counts
// for every waypoint: the answer may then be yes where nothing is attached, never the reverse.
// pilot/pkg/model/policyattachment.go ShouldAttachPolicy.
func (r reach) attaches(e envoyProxy, root string, rev *revision) bool {
	gateway, managed := e.labels[gatewayNameLabel]
	if !managed {
		return len(r.targets) == 0 && kube.Subset(r.labels, e.labels)
	}
	if len(r.targets) == 0 {
		return e.role != roleWaypoint && !rev.flagOff(envSelectorGateways) && kube.Subset(r.labels, e.labels)
	}
	for _, t := range r.targets {
		if r.targetMatches(t, e, gateway, root) {
			return true
		}
	}
	return false
}

func (r reach) targetMatches(t *typev1beta1.PolicyTargetReference, e envoyProxy, gateway, root string) bool {
	waypoint := e.role == roleWaypoint
	switch targetKind(t) {
	case source.Kind{Kind: "Service"}:
		return waypoint && (e.service == "" || e.service == t.GetName() && e.serves == r.namespace)
	case kindServiceEntry:
		return waypoint && e.service == ""
	case kindGatewayClass:
		return waypoint && r.namespace == root && t.GetName() == waypointClass
	case kindGateway:
		own := e.namespace == r.namespace && (t.GetNamespace() == "" || t.GetNamespace() == e.namespace)
		return own && t.GetName() == gateway
	default:
		return false
	}
}

// targetKind is the kind that a target names; "core" is the empty group.
func targetKind(t *typev1beta1.PolicyTargetReference) source.Kind {
	group := t.GetGroup()
	if group == "core" {
		group = ""
	}
	return source.Kind{Group: group, Kind: t.GetKind()}
}

// flagOff reports whether a feature flag of istiod that is on by default is off.
func (r *revision) flagOff(name string) bool {
	if r == nil {
		return false
	}
	v, ok := r.env[name]
	on, err := strconv.ParseBool(v.value)
	return ok && err == nil && !on
}

// rootNamespace is where the mesh-wide policies of the revision stand; the default for a nil one.
func (r *revision) rootNamespace() string {
	if r == nil {
		return systemNamespace
	}
	return r.mesh.root
}
