package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// egressKind is a kind of route, the most specific first: at one port of one parent only the first kind
// that names it is accepted (policy-controller/k8s/status/src/index.rs parent_has_conflicting_routes).
type egressKind uint8

const (
	egressGRPC egressKind = iota
	egressHTTP
	egressTLS
	egressTCP
)

var egressProtocols = [...]string{"GRPC", "HTTP", "TLS", "TCP"}

// egressRoute is a route that names an EgressNetwork as its parent.
type egressRoute struct {
	resource
	kind    egressKind
	hosts   []string // names of hosts or of servers; empty for all
	parents []egressParent
	rules   []egressRule
	left    string // why the policy controller leaves the route out; empty where it does not
	http    *route // nil for routes of connections

	statuses []kube.RouteParentStatus
	services []source.Ref // that it names as parents, without a port
}

// egressRule is what becomes of what a rule of a route takes.
type egressRule struct {
	field    string
	backends []kube.BackendRef
	redirect *kube.Redirect // nil for none
}

// egressParent is a parentRef to an EgressNetwork.
type egressParent struct {
	network  source.Ref
	port     uint16 // 0 for none
	field    string
	accepted bool // by the policy controller
}

// egressRoutes reads the routes that name EgressNetworks.
func (c *compiler) egressRoutes() []*egressRoute {
	var all []*egressRoute
	for _, r := range c.readRoutes() {
		all = append(all, requestRoute(r))
	}
	for o := range c.in.Objects.Objects(kube.KindTLSRoute) {
		v, res := decode(c, o, func(v *kube.TLSRoute) *kube.Meta { return &v.Meta })
		r := newEgressRoute(res, egressTLS, v.Spec.ParentRefs, v.Status)
		r.hosts = v.Spec.Hostnames
		all = append(all, r.connections(v.Spec.Rules))
	}
	for o := range c.in.Objects.Objects(kube.KindTCPRoute) {
		v, res := decode(c, o, func(v *kube.TCPRoute) *kube.Meta { return &v.Meta })
		r := newEgressRoute(res, egressTCP, v.Spec.ParentRefs, v.Status)
		all = append(all, r.connections(v.Spec.Rules))
	}
	return slices.DeleteFunc(all, func(r *egressRoute) bool { return len(r.parents)+len(r.services) == 0 || r.refused })
}

func newEgressRoute(res resource, kind egressKind, parents []kube.ParentRef, status kube.RouteStatus) *egressRoute {
	res.gaps = res.doubts()
	r := &egressRoute{resource: res, kind: kind, statuses: status.Parents}
	for i, p := range parents {
		switch ref, ok := parentRef(res.obj.Ref, p); {
		case ok && ref.Kind == kindEgressNetwork:
			r.parents = append(r.parents, egressParent{network: ref, port: p.Port, field: source.Index("spec.parentRefs", i)})
		case ok && ref.Kind == kube.KindService && p.Port == 0:
			r.services = append(r.services, ref)
		}
	}
	return r
}

// requestRoute takes in an HTTPRoute or a GRPCRoute.
func requestRoute(from *route) *egressRoute {
	kind := egressHTTP
	if from.grpc {
		kind = egressGRPC
	}
	r := newEgressRoute(from.resource, kind, from.parents, kube.RouteStatus{Parents: from.statuses})
	r.http, r.left = from, from.refused
	if r.left == "" {
		r.left = badRouteAnnotation(from.meta.Annotations, from.grpc)
	}
	for _, h := range from.hosts {
		r.hosts = append(r.hosts, h.String())
	}
	for _, rule := range from.rules {
		r.rules = append(r.rules, egressRule{rule.at, rule.backends, rule.redirect})
	}
	return r
}

// reported says whether the route's status has it accepted for a network's name and port; it returns false
// in known where it has no status at all, as in a manifest that was never applied
// (policy-controller/k8s/index/src/outbound/index/http.rs route_accepted_by_resource_port).
func (r *egressRoute) reported(name string, port uint16) (accepted, known bool) {
	for _, s := range r.statuses {
		p := s.ParentRef
		if p.Name != name || p.Kind != kindEgressNetwork.Kind || p.Group == nil || *p.Group != groupPolicy || p.Port != 0 && p.Port != port {
			continue
		}
		accepted = accepted || accepts(s)
	}
	return accepted, len(r.statuses) > 0
}

// connections takes in the rules of a TLSRoute or a TCPRoute, of which there must be one
// (policy-controller/k8s/index/src/outbound/index/tls.rs and tcp.rs convert_route).
func (r *egressRoute) connections(rules []kube.L4Rule) *egressRoute {
	if len(rules) != 1 {
		r.left = "it does not have exactly one rule"
		return r
	}
	r.rules = []egressRule{{field: source.Index("spec.rules", 0), backends: rules[0].BackendRefs}}
	return r
}

// matchServer is how well the route's server names match that of a TLS handshake: 0 not at all, 1 where it
// has none, more for more specific ones (linkerd2-proxy linkerd/tls/route/src/lib.rs find).
func (r *egressRoute) matchServer(name string) int {
	if len(r.hosts) == 0 {
		return 1
	}
	best := 0
	for _, h := range r.hosts {
		best = max(best, matchServerName(h, name))
	}
	return best
}

// exactName is added to the length of an exact name, so that it goes before every wildcard.
const exactName = 1 << 16

// matchServerName is how well a host name of a route matches a server name: 0 not at all, then by the
// length of what matched; names are compared with their case
// (linkerd2-proxy linkerd/tls/route/src/sni.rs MatchSni::summarize_match).
func matchServerName(host, name string) int {
	suffix, wild := strings.CutPrefix(host, "*")
	if !wild || !strings.HasPrefix(suffix, ".") {
		if !strings.HasSuffix(host, ".") {
			name = strings.TrimSuffix(name, ".")
		}
		if name != host {
			return 0
		}
		return exactName + len(host) + 1
	}
	if !strings.HasSuffix(suffix, ".") {
		name = strings.TrimSuffix(name, ".")
	}
	if !strings.HasSuffix(name, suffix) {
		return 0
	}
	return len(suffix) + 1
}
