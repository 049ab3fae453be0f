package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// serverRoutes are what a server does with connections, as the proxies of one namespace see it.
type serverRoutes struct {
	backends []mesh.Backend
	steps    []mesh.Step
	rules    int // that answer requests in any way
	toTLS    int // of those, that redirect to https
}

// routesOf finds the routes of a server. r is a proxy that runs it; nil when none is known.
func (b *boundaryCompiler) routesOf(s *edgeServer, r *router) serverRoutes {
	var routes serverRoutes
	namespace := s.gateway.obj.Ref.Namespace
	if r != nil {
		namespace = r.namespace()
	}
	if s.entry.TLS == mesh.EdgeMeshThrough {
		routes.backends = []mesh.Backend{{
			Route: s.gateway.obj.Ref, Loc: s.gateway.obj.At(s.path + ".hosts"), Hosts: s.entry.Hosts,
			Match: "the server name is that of a port of one of the mesh's Services",
		}}
		return routes
	}
	for _, v := range b.bound(s.gateway.name(), namespace).forServer(s) {
		taken := s.hostsFor(v.namespace())
		if len(taken) == 0 {
			continue
		}
		hosts := mesh.CommonHosts(taken, v.hosts)
		if len(hosts) == 0 {
			continue
		}
		routes.steps = append(routes.steps, mesh.Step{
			Rule: ruleVirtualService, Object: v.obj.Ref, Loc: v.loc("spec.gateways"), Detail: "VirtualService " + v.name() + " is bound to the Gateway",
		})
		switch {
		case s.routesHTTP():
			b.routeHTTP(&routes, s, r, v, hosts)
		case s.passthrough():
			b.routeTLS(&routes, s, r, v)
		default:
			if b.routeTCP(&routes, s, v) {
				return routes // the first VirtualService with a route for connections takes them all
			}
		}
	}
	return routes
}

// routeHTTP adds the routes for requests, up to the first that takes all of them.
func (b *boundaryCompiler) routeHTTP(routes *serverRoutes, s *edgeServer, r *router, v *virtualService, hosts []string) {
	for _, h := range v.http {
		var phrases []string
		matched, last := len(h.matches) == 0, len(h.matches) == 0
		for _, m := range h.matches {
			if !forServer(m, s, r, h.owner.namespace()) {
				continue
			}
			matched = true
			phrases = append(phrases, describeMatch(m))
			if catchAll(m) {
				last = true
				break
			}
		}
		if matched {
			b.answer(routes, s, v, h, hosts, phrases)
		}
		if last {
			return
		}
	}
}

// answer adds what a route does with the requests that it takes.
func (b *boundaryCompiler) answer(routes *serverRoutes, s *edgeServer, v *virtualService, h httpRoute, hosts, phrases []string) {
	routes.rules++
	switch redirect := h.spec.GetRedirect(); {
	case redirect != nil:
		if strings.EqualFold(redirect.GetScheme(), "https") {
			routes.toTLS++
		}
		return
	case h.spec.GetDirectResponse() != nil:
		return
	}
	match := strings.Join(phrases, " or ")
	if slices.Contains(phrases, "") {
		match = ""
	}
	for _, t := range h.targets() {
		bk := b.destination(t.owner, t.path, t.to, s)
		bk.Hosts, bk.Match, bk.Weight, bk.Mirror = hosts, match, t.weight, t.mirror
		if t.owner != v {
			bk.Unknown = append(bk.Unknown, v.doubts(t.path)...)
		}
		routes.backends = append(routes.backends, bk)
	}
}

// routeTarget is a destination of a route with its place.
type routeTarget struct {
	owner  *virtualService
	path   string
	to     *networkingv1alpha3.Destination
	weight int // 0 where there is only one
	mirror bool
}

// targets are the destinations to which a route sends anything; of several those without a weight get
// nothing.
func (h httpRoute) targets() []routeTarget {
	var all []routeTarget
	list := h.spec.GetRoute()
	for i, d := range list {
		t := routeTarget{owner: h.owner, path: source.Index(h.path+".route", i) + ".destination", to: d.GetDestination()}
		if len(list) > 1 {
			t.weight = int(d.GetWeight())
			if t.weight == 0 {
				continue
			}
		}
		all = append(all, t)
	}
	all = append(all, h.copies()...)
	if h.mirrors != nil {
		all = append(all, h.mirrors.copies()...)
	}
	return all
}

// copies are the destinations of copies of the requests.
func (h httpRoute) copies() []routeTarget {
	var all []routeTarget
	if h.spec.GetMirror() != nil && mirrored(h.spec) {
		all = append(all, routeTarget{owner: h.owner, path: h.path + ".mirror", to: h.spec.GetMirror(), mirror: true})
	}
	for i, m := range h.spec.GetMirrors() {
		if m.GetDestination() != nil && (m.GetPercentage() == nil || m.GetPercentage().GetValue() > 0) {
			all = append(all, routeTarget{owner: h.owner, path: source.Index(h.path+".mirrors", i) + ".destination", to: m.GetDestination(), mirror: true})
		}
	}
	return all
}

// mirrored reports whether any request is copied to a route's mirror: all are without a percentage
// (pilot/pkg/networking/core/route/route.go MirrorPercent).
func mirrored(r *networkingv1alpha3.HTTPRoute) bool {
	switch {
	case r.GetMirrorPercentage() != nil:
		return r.GetMirrorPercentage().GetValue() > 0
	case r.GetMirrorPercent() != nil: //nolint:staticcheck // istiod reads the deprecated field, too
		return r.GetMirrorPercent().GetValue() > 0 //nolint:staticcheck // as above
	default:
		return true
	}
}

// routeTLS adds the routes by server name; each name goes to the first route that has it.
func (b *boundaryCompiler) routeTLS(routes *serverRoutes, s *edgeServer, r *router, v *virtualService) {
	for i, t := range v.spec.GetTls() {
		path := source.Index("spec.tls", i)
		for _, m := range t.GetMatch() {
			names := m.GetSniHosts()
			if len(t.GetRoute()) == 0 || !layer4ForServer(m.GetPort(), m.GetGateways(), s, v.namespace()) || !b.takeNames(s, r, names) {
				continue
			}
			routes.rules++
			routes.backends = append(routes.backends, b.connections(v, path, t.GetRoute(), names, s)...)
		}
	}
}

// sniSlot is a server name on a port of a proxy's pods; proxy is nil where none is known, and then the
// port is that of the server.
type sniSlot struct {
	proxy *router
	own   *edgeServer // the server, where no proxy is known
	port  uint16
	name  string
}

// takeNames gives server names to a route unless another of the port has one of them already, be it of
// another server with the same bind: then the whole rule is left out
// (pilot/pkg/networking/core/gateway.go buildGatewayNetworkFiltersFromTLSRoutes).
func (b *boundaryCompiler) takeNames(s *edgeServer, r *router, names []string) bool {
	at := sniSlot{proxy: r, own: s, port: s.port}
	if r != nil {
		at.own, at.port = nil, b.layer.listensOn(r, s.port)
	}
	bind := s.spec.GetBind()
	for _, at.name = range names {
		if taken, ok := b.sni[at]; ok && taken == bind {
			return false
		}
	}
	for _, at.name = range names {
		b.sni[at] = bind
	}
	return true
}

// routeTCP adds the first route for connections; false when the VirtualService has none.
func (b *boundaryCompiler) routeTCP(routes *serverRoutes, s *edgeServer, v *virtualService) bool {
	for i, t := range v.spec.GetTcp() {
		match := len(t.GetMatch()) == 0
		for _, m := range t.GetMatch() {
			match = match || layer4ForServer(m.GetPort(), m.GetGateways(), s, v.namespace())
		}
		if match && len(t.GetRoute()) > 0 {
			routes.rules++
			routes.backends = append(routes.backends, b.connections(v, source.Index("spec.tcp", i), t.GetRoute(), nil, s)...)
			return true
		}
	}
	return false
}

// layer4ForServer is the part of a condition on connections that a gateway evaluates (l4SingleMatch).
func layer4ForServer(port uint32, gateways []string, s *edgeServer, own string) bool {
	if port != 0 && port != uint32(s.port) {
		return false
	}
	return len(gateways) == 0 || slices.Contains(fullGatewayNames(gateways, own), s.gateway.name())
}

func (b *boundaryCompiler) connections(v *virtualService, path string, targets []*networkingv1alpha3.RouteDestination, names []string, s *edgeServer) []mesh.Backend {
	var all []mesh.Backend
	for i, d := range targets {
		if len(targets) > 1 && d.GetWeight() == 0 {
			continue
		}
		bk := b.destination(v, source.Index(path+".route", i)+".destination", d.GetDestination(), s)
		bk.Hosts = names
		if len(targets) > 1 {
			bk.Weight = int(d.GetWeight())
		}
		all = append(all, bk)
	}
	return all
}

// destination follows a destination's host to a Service of the cluster, else to a ServiceEntry. A host
// with a dot is complete: "reviews.shop" is not the Service of that name and namespace.
func (b *boundaryCompiler) destination(v *virtualService, path string, d *networkingv1alpha3.Destination, s *edgeServer) mesh.Backend {
	host := fullHost(d.GetHost(), v.namespace(), v.domain)
	at := v.loc(path + ".host")
	bk := b.host(host, uint16(min(d.GetPort().GetNumber(), 65535)), s.port)
	bk.Route, bk.Loc, bk.Subset = v.obj.Ref, at, d.GetSubset()
	for i := range bk.Unknown {
		if bk.Unknown[i].Object.IsZero() {
			bk.Unknown[i].Object, bk.Unknown[i].Loc = v.obj.Ref, at
		}
	}
	bk.Unknown = append(bk.Unknown, v.doubts(path)...)
	return bk
}
