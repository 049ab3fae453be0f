package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// outbound is what decides on the client's side where what is sent to a Service goes.
type outbound struct {
	http, grpc []outboundRoute // in the order in which proxies get them
	lower      []lowerRoute    // for connections: of TLSRoutes where there is one, else of TCPRoutes
	profiles   map[string]*profile
}

// outboundRoute is a route that names the Service as its parent.
type outboundRoute struct {
	*route
	port     uint16 // of the Service; 0 for all
	consumer string // the namespace for whose clients alone it counts; empty for all
}

// lowerRoute is a TLSRoute or a TCPRoute that names the Service as its parent.
type lowerRoute struct {
	resource
	port     uint16
	consumer string
	tls      bool
	backends []kube.BackendRef
}

// outbounds files routes and ServiceProfiles by the Services that they are about.
func (c *compiler) outbounds(l *Layer) map[*mesh.Service]*outbound {
	f := outboundFiler{l, map[*mesh.Service]*outbound{}}
	routes := slices.Clone(c.readRoutes())
	slices.SortFunc(routes, compareRoutes)
	for _, r := range routes {
		f.route(r)
	}
	if l.settings.release.since(17) {
		c.lowerRoutes(&f)
	}
	for _, p := range c.readProfiles(l.settings) {
		if s := l.cluster.Service(p.of, p.service); s != nil && p.counts() {
			f.of(s).profiles[p.obj.Ref.Namespace] = p
		}
	}
	return f.filed
}

type outboundFiler struct {
	layer *Layer
	filed map[*mesh.Service]*outbound
}

func (f *outboundFiler) of(s *mesh.Service) *outbound {
	o := f.filed[s]
	if o == nil {
		o = &outbound{profiles: map[string]*profile{}}
		f.filed[s] = o
	}
	return o
}

// parents yields the Services that a route names, with the port and the namespace that it is confined to. A
// headless Service, or one outside of the cluster, is no parent (policy-controller/k8s/status/src/service.rs
// valid_parent_service). A route of another namespace than the Service's counts for clients of its own
// (policy-controller/k8s/index/src/outbound/index.rs ResourceRoutes::apply_http_route).
func (f *outboundFiler) parents(of source.Ref, refs []kube.ParentRef, add func(s *mesh.Service, port uint16, consumer string)) {
	for _, p := range refs {
		ref, ok := parentRef(of, p)
		if !ok || ref.Kind != kube.KindService {
			continue
		}
		s := f.layer.cluster.Service(ref.Namespace, ref.Name)
		if s == nil || s.Headless || s.Type == "ExternalName" {
			continue
		}
		consumer := ""
		if of.Namespace != ref.Namespace {
			consumer = of.Namespace
		}
		add(s, p.Port, consumer)
	}
}

func (f *outboundFiler) route(r *route) {
	if r.refused != "" || r.resource.refused || badRouteAnnotation(r.meta.Annotations, r.grpc) != "" {
		return
	}
	f.parents(r.obj.Ref, r.parents, func(s *mesh.Service, port uint16, consumer string) {
		if !r.acceptedBy(s.Name) {
			return
		}
		o := f.of(s)
		x := outboundRoute{r, port, consumer}
		if r.grpc {
			o.grpc = append(o.grpc, x)
		} else {
			o.http = append(o.http, x)
		}
	})
}

// acceptedBy reports whether the policy controller takes the route for one of a Service: by what it has
// reported, and always where the route has no status at all, as in a manifest that was never applied
// (policy-controller/k8s/index/src/outbound/index/http.rs route_accepted_by_service).
func (r *route) acceptedBy(service string) bool {
	for _, s := range r.statuses {
		group := ""
		if s.ParentRef.Group != nil {
			group = *s.ParentRef.Group
		}
		if s.ParentRef.Name != service || s.ParentRef.Kind != kube.KindService.Kind || group != "" && group != "core" {
			continue
		}
		if accepts(s) {
			return true
		}
	}
	return len(r.statuses) == 0
}

// lowerRoutes files TLSRoutes and TCPRoutes.
func (c *compiler) lowerRoutes(f *outboundFiler) {
	for o := range c.in.Objects.Objects(kube.KindTLSRoute) {
		v, r := decode(c, o, func(v *kube.TLSRoute) *kube.Meta { return &v.Meta })
		f.lower(lowerRoute{resource: r, tls: true}, v.Spec.ParentRefs, v.Spec.Rules)
	}
	for o := range c.in.Objects.Objects(kube.KindTCPRoute) {
		v, r := decode(c, o, func(v *kube.TCPRoute) *kube.Meta { return &v.Meta })
		f.lower(lowerRoute{resource: r}, v.Spec.ParentRefs, v.Spec.Rules)
	}
}

// lower files a route for connections, of which the policy controller makes nothing unless it has one rule
// (policy-controller/k8s/index/src/outbound/index/tcp.rs convert_route).
func (f *outboundFiler) lower(r lowerRoute, parents []kube.ParentRef, rules []kube.L4Rule) {
	if r.refused || len(rules) != 1 {
		return
	}
	r.backends = rules[0].BackendRefs
	f.parents(r.obj.Ref, parents, func(s *mesh.Service, port uint16, consumer string) {
		x := r
		x.port, x.consumer = port, consumer
		to := f.of(s)
		to.lower = append(to.lower, x)
	})
}

// seen reports whether a route for a port and the clients of a namespace counts for this client.
func seen(port uint16, consumer string, way mesh.Way, client string) bool {
	return (port == 0 || port == way.Port) && (consumer == "" || consumer == client)
}

// requestRoutes are the routes that requests of a client go by: GRPCRoutes where there are any, else
// HTTPRoutes (policy-controller/grpc/src/outbound.rs to_proto).
func (o *outbound) requestRoutes(way mesh.Way, client string) []*route {
	of := func(list []outboundRoute) []*route {
		var all []*route
		for _, r := range list {
			if seen(r.port, r.consumer, way, client) && !slices.Contains(all, r.route) {
				all = append(all, r.route)
			}
		}
		return all
	}
	if all := of(o.grpc); len(all) > 0 {
		return all
	}
	return of(o.http)
}

// connectionRoutes are the routes that connections of a client go by which carry no HTTP.
func (o *outbound) connectionRoutes(way mesh.Way, client string) []lowerRoute {
	var all []lowerRoute
	for _, r := range o.lower {
		if seen(r.port, r.consumer, way, client) {
			all = append(all, r)
		}
	}
	if slices.ContainsFunc(all, func(r lowerRoute) bool { return r.tls }) {
		all = slices.DeleteFunc(all, func(r lowerRoute) bool { return !r.tls })
	}
	return all
}

// backend is a Service to which a part of the requests goes.
type backend struct {
	namespace, service string
	port               uint16
	failure            string // why what is sent there fails; empty when it does not
	unused             bool   // nothing is sent there where there are others
}

// backendsOf are the backends of a rule of a route to a Service. One without a namespace is one of the
// Service's, not of the route's (policy-controller/k8s/index/src/outbound/index/http.rs convert_backend).
func (l *Layer) backendsOf(refs []kube.BackendRef, parent *mesh.Service) []backend {
	var all []backend
	for i := range refs {
		r := &refs[i]
		b := backend{
			namespace: cmp.Or(r.Namespace, parent.Namespace.Name), service: r.Name, port: r.Port,
			unused: r.Weight != nil && *r.Weight == 0,
		}
		switch {
		case !isCoreService(r):
			b.failure = "the backend " + strings.TrimSpace(r.Name) + " is no Service"
		case r.Port == 0:
			b.failure = "the backend Service " + r.Name + " has no port"
		case l.cluster.Service(b.namespace, b.service) == nil:
			b.failure = "there is no Service " + b.namespace + "/" + b.service
		}
		all = append(all, b)
	}
	return all
}

// leads reports whether what is sent to the backend may arrive at a port of a pod.
func (l *Layer) leads(b backend, p *mesh.Pod, port uint16) bool {
	s := l.cluster.Service(b.namespace, b.service)
	return b.failure == "" && s != nil && (mesh.Way{Service: s, Port: b.port}).Leads(p, port)
}
