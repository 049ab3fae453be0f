package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// outboundPoint judges a request, or a connection, on the client's side: whether what the client sends to
// a Service arrives at this server, and is not sent elsewhere or answered before. It returns false where
// no route and no ServiceProfile has a say.
func (l *Layer) outboundPoint(e mesh.Edge, r mesh.Request) (mesh.Point, bool) {
	o := l.clients.outbound[e.Way.Service]
	if e.Way.Service == nil || o == nil || !l.routesRequests(e.Client, e.Way) {
		return mesh.Point{}, false
	}
	q := outboundQuestion{layer: l, outbound: o, edge: e, client: e.Client.Pod.Namespace.Name}
	if p := o.profileOf(q.client, e.Way.Service); p != nil && l.asksProfile(e.Way.Service) {
		switch {
		case len(p.gaps) > 0:
			return q.undecided(p.step(ruleProfile, "spec", "the ServiceProfile was not understood"), p.gaps), true
		case len(p.targets) > 0:
			return q.byBackends(p.backends(e.Way.Port), p.step(ruleProfile, "spec.dstOverrides", ""), mesh.Rule{Policy: p.obj.Ref, Index: -1, Loc: p.at("spec.dstOverrides")}), true
		case r.HTTP != nil && p.routes && !l.opaqueService(e.Way, p):
			return mesh.Point{}, false // what none of its routes takes goes to the Service all the same
		}
	}
	if r.HTTP == nil || l.opaqueService(e.Way, o.profileOf(q.client, e.Way.Service)) {
		return q.connection()
	}
	return q.request(r.HTTP)
}

// routesRequests reports whether the client's proxy has a say about what goes to a Service.
func (l *Layer) routesRequests(c mesh.Party, way mesh.Way) bool {
	return c.Pod != nil && joined(c.Enrolment) && !c.Pod.Machine && way.Service != nil && !way.Service.Headless &&
		!l.config(c.Pod).skipOutbound.has(way.Port)
}

// asksProfile reports whether proxies ask for ServiceProfiles of a Service: not for one whose address is
// outside of the cluster's networks. One of which no address is known is taken to be inside.
func (l *Layer) asksProfile(s *mesh.Service) bool {
	return len(s.ClusterIPs) == 0 || l.settings.networks.hasAll(s.ClusterIPs) != truth.False
}

// opaqueService reports whether proxies detect no protocol on a port of a Service, so that routes for
// requests do not count.
func (l *Layer) opaqueService(way mesh.Way, p *profile) bool {
	if p != nil && p.opaque.has(way.Port) && l.asksProfile(way.Service) {
		return true
	}
	annotations := way.Service.Annotations
	if way.Service.Created.IsZero() {
		annotations = l.ServiceAnnotations(way.Service) // the injector has yet to be asked
	}
	text, given := annotations[annotationOpaquePorts]
	if !given {
		text = *l.settings.values.Proxy.OpaquePorts
	}
	return lenientPorts(text, servicePortNamed(way.Service)).has(way.Port)
}

// servicePortNamed finds the port of a Service by a name.
func servicePortNamed(s *mesh.Service) func(string) (uint16, bool) {
	return func(name string) (uint16, bool) {
		i := slices.IndexFunc(s.Ports, func(sp mesh.ServicePort) bool { return sp.Name == name && name != "" })
		if i < 0 {
			return 0, false
		}
		return s.Ports[i].Port, true
	}
}

// outboundQuestion is a request on its way out of the client's proxy.
type outboundQuestion struct {
	layer    *Layer
	outbound *outbound
	edge     mesh.Edge
	client   string // the client's namespace
}

func (q *outboundQuestion) point(v truth.Value, step mesh.Step, by mesh.Rule) mesh.Point {
	return mesh.Point{Mesh: Name, Kind: mesh.PointClient, Allowed: v, By: by, Why: []mesh.Step{step}}
}

func (q *outboundQuestion) undecided(step mesh.Step, gaps []mesh.Gap) mesh.Point {
	p := q.point(truth.Unknown, step, mesh.Rule{Policy: step.Object, Index: -1, Loc: step.Loc})
	p.Unknown = gaps
	return p
}

// connection judges what carries no HTTP, or what the proxy does not look into.
func (q *outboundQuestion) connection() (mesh.Point, bool) {
	if routes := q.outbound.requestRoutes(q.edge.Way, q.client); len(routes) > 0 {
		return mesh.Point{}, false // what is no HTTP goes to the Service where routes for requests count
	}
	routes := q.outbound.connectionRoutes(q.edge.Way, q.client)
	if len(routes) == 0 {
		return mesh.Point{}, false
	}
	var p mesh.Point
	for i := range routes {
		r := &routes[i]
		if len(r.gaps) > 0 {
			return q.undecided(r.step(ruleOutboundRoute, "spec", "the route was not understood"), r.gaps), true
		}
		step := r.step(ruleOutboundRoute, "spec.rules[0].backendRefs", "")
		one := q.byBackends(q.layer.backendsOf(r.backends, q.edge.Way.Service), step, mesh.Rule{Policy: r.obj.Ref, Loc: r.at("spec.rules[0]")})
		if i > 0 && one.Allowed != p.Allowed {
			return q.undecided(step, []mesh.Gap{q.gap(step, "several routes take the connection, and which one counts is not worked out")}), true
		}
		p = one
	}
	return p, true
}

func (q *outboundQuestion) gap(step mesh.Step, detail string) mesh.Gap {
	return mesh.Gap{Reason: source.ProblemIncomplete, Object: step.Object, Loc: step.Loc, Detail: detail}
}

// request judges a request by the routes of the Service. Where there are any, one that none of them takes
// is answered with 404 (policy-controller/grpc/src/outbound/http.rs protocol).
func (q *outboundQuestion) request(h *mesh.HTTP) (mesh.Point, bool) {
	routes := q.outbound.requestRoutes(q.edge.Way, q.client)
	if len(routes) == 0 {
		return mesh.Point{}, false
	}
	for _, r := range routes {
		if len(r.gaps) > 0 || r.broken != "" {
			gaps := r.gaps
			if r.broken != "" {
				gaps = append(slices.Clone(gaps), q.gap(r.resource.step(ruleOutboundRoute, "spec", ""), "the client's proxy does not take the route: "+r.broken))
			}
			return q.undecided(r.resource.step(ruleOutboundRoute, "spec", "the route was not understood"), gaps), true
		}
	}
	asked := newAsked(h, q.layer.policy.foldHosts)
	found := findRoute(routes, &asked)
	if !found.ok() {
		s := q.edge.Way.Service
		p := q.point(truth.False, mesh.Step{
			Rule: ruleOutboundNoRoute, Object: s.Object(), Loc: s.At("metadata.name"), Detail: "routes are attached to the Service, and none takes the request",
		}, mesh.Rule{Index: -1})
		p.Status = 404
		return q.doubt(p, &asked), true
	}
	rule := &found.route.rules[found.rule]
	step := found.route.resource.step(ruleOutboundRoute, rule.at, "")
	by := mesh.Rule{Policy: found.route.ref(), Index: found.rule, Loc: found.route.at(rule.at)}
	if v := redirected(rule.redirect, &asked); v != truth.False {
		step.Detail = "the client's proxy answers the request with a redirect"
		p := q.point(v.Not(), step, by)
		p.Status = redirectStatus(rule.redirect)
		if v == truth.Unknown {
			p.Unknown = []mesh.Gap{q.gap(step, "whether the redirect leads elsewhere is not worked out")}
		}
		return q.doubt(p, &asked), true
	}
	return q.doubt(q.byBackends(q.layer.backendsOf(rule.backends, q.edge.Way.Service), step, by), &asked), true
}

// doubt withdraws an answer where a pattern was compared of which the proxy may think otherwise.
func (q *outboundQuestion) doubt(p mesh.Point, asked *asked) mesh.Point {
	if asked.doubtful {
		p.Allowed = truth.Unknown
		p.Unknown = append(p.Unknown, q.gap(p.Why[0], "whether the proxy's pattern spans the request is not worked out"))
	}
	return p
}

// byBackends says what becomes of what a rule takes: without backends it goes to the Service, and one
// backend alone gets everything whatever its weight (linkerd2-proxy linkerd/distribute/src/params.rs).
func (q *outboundQuestion) byBackends(all []backend, step mesh.Step, by mesh.Rule) mesh.Point {
	if len(all) == 0 {
		step.Detail = "the route takes what is sent, and leaves it to the Service"
		return q.point(truth.True, step, by)
	}
	if len(all) > 1 {
		all = slices.DeleteFunc(slices.Clone(all), func(b backend) bool { return b.unused })
	}
	here, failing := 0, ""
	for _, b := range all {
		switch {
		case b.failure != "":
			failing = b.failure
		case q.layer.leads(b, q.edge.Server.Pod, q.edge.Port):
			here++
		}
	}
	switch {
	case len(all) == 0:
		step.Detail = "all backends have weight 0"
		return q.undecided(step, []mesh.Gap{q.gap(step, step.Detail)})
	case here == len(all):
		step.Detail = "the route sends it to Services that lead here"
		return q.point(truth.True, step, by)
	case here > 0:
		step.Detail = "the route shares it between Services that lead here and others"
		p := q.undecided(step, []mesh.Gap{q.gap(step, "where the route sends a request is left to chance")})
		p.By = by
		return p
	case failing != "":
		step.Detail = "the route sends it nowhere near: " + failing
	default:
		step.Detail = "the route sends it to other Services"
	}
	return q.point(truth.False, step, by)
}
