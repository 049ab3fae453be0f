package istio

import (
	"slices"
	"strconv"
	"strings"

	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
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
	return reach{namespace: namespace, selects: selector != nil, labels: selector.GetMatchLabels(), targets: targetRefs(one, more)}
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
func (r reach) attaches(e envoyProxy, rev *revision) bool {
	gateway, managed := e.labels[gatewayNameLabel]
	if !managed {
		return len(r.targets) == 0 && kube.Subset(r.labels, e.labels)
	}
	if len(r.targets) == 0 {
		return e.role != roleWaypoint && !rev.flagOff(envSelectorGateways) && kube.Subset(r.labels, e.labels)
	}
	own := targeted{namespace: e.namespace, gateway: gateway, waypoint: e.role == roleWaypoint, serves: e.serves, service: e.service}
	named := own.targets(rev, r.namespace)
	return slices.ContainsFunc(r.targets, func(t *typev1beta1.PolicyTargetReference) bool {
		to := targetOf(t, r.namespace)
		anyService := own.waypoint && own.service == "" && to.servable()
		return anyService || slices.Contains(named, to)
	})
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
