package linkerd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// tcpOnOpaquePorts is the edge release from which TCPRoutes count on opaque ports: linkerd2 a04b83a4a.
var tcpOnOpaquePorts = edition{25, 2, 2}

// egressQuestion is one request to an address that an EgressNetwork has.
type egressQuestion struct {
	layer     *Layer
	network   *egressNetwork
	namespace string // the client's
	request   mesh.EgressRequest
	ingress   bool   // the client's proxy routes by the request's authority
	asked     *asked // as routes for requests look at it; nil for connections
	failure   int    // status of the answer where a route fails a request; 0 for connections
}

// judge says what the EgressNetwork makes of a request, by the policy that the proxy gets for its port
// (policy-controller/grpc/src/outbound.rs to_proto).
func (q *egressQuestion) judge() mesh.Point {
	p := q.byPort()
	if lent := q.network.namesakes; len(lent) > 0 {
		p.Allowed, p.Status, p.Unknown = truth.Unknown, 0, slices.Concat(p.Unknown, lent)
	}
	return p
}

func (q *egressQuestion) byPort() mesh.Point {
	n, port := q.network, q.request.Port
	at := n.ports[port]
	if at != nil && len(at.gaps) > 0 {
		return mesh.Point{Unknown: slices.Clip(at.gaps), Why: []mesh.Step{
			{Rule: mesh.RuleNotUnderstood, Object: at.gaps[0].Object, Loc: at.gaps[0].Loc, Detail: at.gaps[0].Detail}, q.selected(),
		}}
	}
	if n.opaque.has(port) {
		return q.byIngress(q.opaque(at), true)
	}
	routes := at.seenBy(q.namespace, n.obj.Ref.Namespace)
	if len(routes) == 0 {
		return q.byIngress(q.fallback(q.refusal()), false)
	}
	switch kind := routes[0].kind; {
	case kind == egressTLS:
		return q.byIngress(q.tls(routes), true)
	case kind == egressTCP:
		return q.byIngress(q.connection(routes[:1+q.ties(routes)]), true)
	case kind == egressHTTP && !q.speaksHTTP():
		return q.fallback(0)
	case kind == egressHTTP:
		return q.byIngress(q.http(routes), false)
	default:
		return q.byIngress(q.grpc(routes), false)
	}
}

// byIngress leaves the verdict of a request open where a proxy in ingress mode may do something else: it
// follows the header l5d-dst-override, and looks for HTTP on every port, even where the policy is for
// connections (linkerd2-proxy linkerd/app/outbound/src/ingress.rs).
func (q *egressQuestion) byIngress(p mesh.Point, connections bool) mesh.Point {
	if !q.ingress || !q.speaksHTTP() {
		return p
	}
	detail := ""
	for name := range q.request.HTTP.Header {
		if strings.EqualFold(name, "l5d-dst-override") {
			detail = "a proxy in ingress mode sends the request where its header l5d-dst-override says"
		}
	}
	if detail == "" && connections {
		detail = "what a proxy in ingress mode makes of HTTP on a port whose policy is for connections is not worked out"
	}
	if detail != "" {
		p.Allowed, p.Status = truth.Unknown, 0
		p.Unknown = append(p.Unknown, mesh.Gap{Reason: source.ProblemUnsupported, Object: q.network.obj.Ref, Detail: detail})
	}
	return p
}

// speaksHTTP reports whether the proxy sees HTTP: inside of TLS that the application begins it sees none.
func (q *egressQuestion) speaksHTTP() bool { return q.request.HTTP != nil && q.request.SNI == "" }

// refusal is the status of the answer where trafficPolicy refuses a request.
func (q *egressQuestion) refusal() int {
	if q.speaksHTTP() {
		return forbidden
	}
	return 0
}

// opaque judges a port on which no protocol is detected: only TCPRoutes count.
func (q *egressQuestion) opaque(at *egressPort) mesh.Point {
	var routes []*egressRoute
	if q.layer.settings.release.sinceEdge(18, tcpOnOpaquePorts) {
		routes = at.seenBy(q.namespace, q.network.obj.Ref.Namespace, egressTCP)
	}
	p := q.fallback(0)
	if len(routes) > 0 {
		without := p.Allowed
		if p = q.connection(routes[:1+q.ties(routes)]); q.newest() && p.Allowed != without {
			p.Unknown = append(p.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: routes[0].obj.Ref, Loc: routes[0].at("spec.parentRefs"),
				Detail: "TCPRoutes do not count at opaque ports before 2.18, and the release is not known",
			})
		}
	}
	detail := "no protocol is detected on port " + strconv.Itoa(int(q.request.Port)) + ": routes for HTTP, gRPC and TLS do not count"
	if q.network.opaqueLoc.IsZero() {
		p.Why = append(p.Why, q.layer.settings.at(ruleEgressOpaque, detail+" (proxy.opaquePorts)"))
	} else {
		p.Why = append(p.Why, mesh.Step{Rule: ruleEgressOpaque, Object: q.network.obj.Ref, Loc: q.network.opaqueLoc, Detail: detail})
	}
	return p
}

// connection judges a connection by the first TCPRoute: it takes whatever is sent
// (policy-controller/grpc/src/outbound/tcp.rs protocol).
func (q *egressQuestion) connection(routes []*egressRoute) mesh.Point {
	return q.byRoutes(routes, func(*egressRoute) int { return 0 })
}

// ties is how many routes after the first stand at the same place: the order of routes that are alike in
// age and name is not fixed.
func (q *egressQuestion) ties(routes []*egressRoute) int {
	n := 0
	for _, r := range routes[1:] {
		if !sameAge(routes[0], r) {
			break
		}
		n++
	}
	return n
}

func sameAge(a, b *egressRoute) bool {
	return a.meta.CreationTimestamp.Equal(b.meta.CreationTimestamp) && a.obj.Ref.Name == b.obj.Ref.Name
}

// tls judges a connection by TLSRoutes. A connection that is not TLS, or that names no server, fails
// whatever trafficPolicy says (linkerd2-proxy linkerd/app/outbound/src/tls.rs push_tls_cached).
func (q *egressQuestion) tls(routes []*egressRoute) mesh.Point {
	if q.request.SNI == "" {
		return q.wrongProtocol(routes[0], "TLSRoutes of the port let only TLS through that names a server")
	}
	best, found := bestOf(routes, func(r *egressRoute) int { return r.matchServer(q.request.SNI) })
	if best == 0 {
		return q.fallback(0)
	}
	return q.byRoutes(found, func(*egressRoute) int { return 0 })
}

// bestOf are the first of the routes that match best, and those that could as well stand before it.
func bestOf(routes []*egressRoute, match func(*egressRoute) int) (int, []*egressRoute) {
	best, found := 0, []*egressRoute(nil)
	for _, r := range routes {
		switch m := match(r); {
		case m > best:
			best, found = m, []*egressRoute{r}
		case m > 0 && m == best && sameAge(found[0], r):
			found = append(found, r)
		}
	}
	return best, found
}

// wrongProtocol is the refusal of what the routes of a port do not speak.
func (q *egressQuestion) wrongProtocol(r *egressRoute, detail string) mesh.Point {
	return mesh.Point{Allowed: truth.False, By: mesh.Rule{Policy: r.obj.Ref, Index: -1, Loc: r.at("spec.parentRefs")}, Why: []mesh.Step{
		q.network.step(ruleEgressProtocol, "spec", detail), r.step(ruleEgressRoute, "spec.parentRefs", "the route is attached to port "+strconv.Itoa(int(q.request.Port))), q.selected(),
	}}
}

// fallback judges what no route takes, by trafficPolicy; status is that of the answer to requests.
func (q *egressQuestion) fallback(status int) mesh.Point {
	n := q.network
	step := n.step(ruleEgressAllow, "spec.trafficPolicy", "no route takes the request, and trafficPolicy is Allow")
	p := mesh.Point{Allowed: n.deny.Not(), By: mesh.Rule{Policy: n.obj.Ref, Index: -1, Loc: step.Loc}}
	if n.deny == truth.True {
		step.Rule, step.Detail, p.Status = ruleEgressDeny, "no route takes the request, and trafficPolicy is Deny", status
	}
	p.Why = []mesh.Step{step, q.selected()}
	return p
}

// selected says why this EgressNetwork counts.
func (q *egressQuestion) selected() mesh.Step {
	detail := "the client's namespace has EgressNetworks, and this is the most specific of them that has the address"
	if q.network.obj.Ref.Namespace != q.namespace {
		detail = "the client's namespace has no EgressNetwork, and this is the most specific of the global ones that has the address"
	}
	if !q.network.accepted() {
		detail += "; that it is not accepted changes nothing here"
	}
	return q.network.step(ruleEgressNetwork, "spec.networks", detail)
}

// byRoutes judges by routes of which any may be the one that counts; rule says which rule of each matched.
func (q *egressQuestion) byRoutes(routes []*egressRoute, rule func(*egressRoute) int) mesh.Point {
	var p mesh.Point
	for i, r := range routes {
		next := q.byRule(r, rule(r))
		if i == 0 {
			p = next
			continue
		}
		if next.Allowed != p.Allowed {
			p.Allowed = truth.Unknown
			p.Unknown = append(p.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: r.obj.Ref, Loc: r.at("metadata"),
				Detail: "two routes match alike and are alike in age and name: which of them counts is not fixed",
			})
		}
		p.Matched = append(p.Matched, next.By)
	}
	return p
}

// byRule judges by a rule of a route that takes the request.
func (q *egressQuestion) byRule(r *egressRoute, i int) mesh.Point {
	rule := &r.rules[i]
	out := q.outcome(r, rule)
	step := q.network.step(ruleEgressRouteMatched, "spec.networks", r.obj.Ref.Kind.Kind+" "+r.obj.Ref.Namespace+"/"+r.obj.Ref.Name+" takes the request: "+out.detail)
	loc := r.at(rule.field)
	return mesh.Point{
		Allowed: out.passes, By: mesh.Rule{Policy: r.obj.Ref, Index: i, Loc: loc}, Status: out.status, Unknown: slices.Clip(out.unknown),
		Why: []mesh.Step{step, {Rule: ruleEgressRoute, Object: r.obj.Ref, Loc: loc, Detail: "the rule that matched"}, q.selected()},
	}
}
