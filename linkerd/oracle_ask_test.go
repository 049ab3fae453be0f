package linkerd_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// oracleQuestion is a request of a pod, or of a client of which the question says all.
type oracleQuestion struct {
	client *oracleObject[oraclePod] // nil for the latter
	peer   oraclePeer
	server oracleTarget
	port   int
	way    oracleWay
	req    oracleSent
}

func (q oracleQuestion) String() string {
	from := fmt.Sprintf("%s %q tls %v", q.peer.addr, q.peer.identity, q.peer.tls)
	if q.client != nil {
		from = q.client.Namespace + "/" + q.client.Name + " (" + from + ")"
	}
	return fmt.Sprintf("request of %s to %s/%s:%d by :%d: %+v", from, q.server.Namespace, q.server.Name, q.port, q.way.port, q.req)
}

// oraclePlace is a port of a pod or machine.
type oraclePlace struct {
	target oracleTarget
	port   int
}

// places are those that questions are about: every port of every target, and again those with a Server,
// and those with routes.
func (c *oracleComparison) places() (all []oraclePlace) {
	for _, t := range c.ends() {
		if t.foreign() {
			continue
		}
		for _, port := range []int{8080, 9090, 5432, 4567, 7777} {
			all = append(all, oraclePlace{t, port})
			if container, _ := t.proxied(); !container || len(c.w.serversOf(t, port)) == 0 || c.w.skips(t, port, netip.Addr{}) {
				continue
			}
			times := 4
			if p := c.w.portPolicies(t, port)[0]; len(p.routes) > 0 && p.routes[0].group() != "default" {
				times = 16
			}
			all = append(all, slices.Repeat([]oraclePlace{{t, port}}, times)...)
		}
	}
	return all
}

// requests compares n random requests.
func (c *oracleComparison) requests(n int) {
	c.t.Helper()
	places := c.places()
	for range n {
		at := places[c.d.IntN(len(places))]
		q := oracleQuestion{server: at.target, port: at.port, req: c.d.sent()}
		ways := c.ways(q.server, q.port)
		q.way = ways[c.d.IntN(len(ways))]
		if c.d.one(2) {
			q.client = &c.w.pods[c.d.IntN(len(c.w.pods))]
			if c.w.podTarget(q.client).foreign() || q.client.Name == q.server.Name {
				continue
			}
		} else {
			q.peer = c.d.peer()
		}
		c.ask(q)
	}
}

// addr draws the address of a client, of a family that proxies take connections over.
func (d *oracleDice) addr() netip.Addr {
	a := netip.MustParseAddr(d.of(oracleAddrs))
	if a.Is6() && !d.w.dual() {
		a = netip.MustParseAddr("10.42.0.1")
	}
	return a
}

// peer draws a client that is no workload.
func (d *oracleDice) peer() oraclePeer {
	p := oraclePeer{addr: d.addr()}
	if d.one(12) {
		p.addr = netip.MustParseAddr("127.0.0.1")
	}
	switch d.IntN(4) {
	case 0:
	case 1:
		p.tls = true
	case 2:
		p.tls, p.identity = true, "spiffe://root.example/vm"
	default:
		p.tls, p.identity = true, d.of([]string{d.w.identity("web", "a"), d.w.identity("api", "b"), d.w.identity("x", "a"), d.w.identity("default", "a"), "web.a", "other.cluster.local"})
	}
	return p
}

// arriving is what arrives of a question's request at the server: what the client's side makes of it.
func (c *oracleComparison) arriving(q *oracleQuestion) (mtls string) {
	if q.client == nil {
		return map[bool]string{true: "mutual", false: "none"}[q.peer.tls]
	}
	e := c.w.edge(q.client, q.server, q.port, q.way.dialled, q.way.port)
	q.peer.addr, _ = netip.ParseAddr(q.client.Status.IP)
	q.peer.tls, q.peer.identity = e.mtls == "mutual", ""
	q.peer.direct = q.peer.tls && e.port == 4143
	if q.peer.tls {
		q.peer.identity = c.w.podIdentity(q.client)
	}
	if e.reason == oracleThroughEgress {
		return e.reason
	}
	return e.mtls
}

// judged is what the oracle makes of a question: the verdicts that are possible; false when it has no say.
func (c *oracleComparison) judged(q *oracleQuestion) (all []oracleVerdict, ok bool) {
	mtls := c.arriving(q)
	all = c.w.decide(q.server, q.port, q.peer, q.req)
	if mtls == "broken" {
		return []oracleVerdict{{verdict: "broken"}}, true
	}
	if mtls == oracleThroughEgress {
		switch out := c.w.wayOut(q.client.Namespace, q.way.dialled, q.port, q.req); {
		case out.open:
			return nil, false
		case out.verdict == "deny":
			return []oracleVerdict{{verdict: "broken"}}, true
		}
	}
	if all[0].verdict == "unenforced" {
		return all, !q.peer.tls // nothing ends the mesh's TLS there
	}
	for _, p := range c.w.portPolicies(q.server, q.port) {
		if !q.req.speaks(p) {
			return nil, false
		}
	}
	return all, true
}

func (v oracleVerdict) allowed() truth.Value {
	return truth.Of(v.verdict == "allow" || v.verdict == "unenforced")
}

// request is the question in the graph's words.
func (c *oracleComparison) request(q oracleQuestion) mesh.Request {
	r := mesh.Request{To: c.end(q.server), Port: uint16(q.port), Way: &q.way.Way, HTTP: q.req.asked()}
	if q.client != nil {
		r.From.Workload = c.workload(q.client.oracleMeta, "Pod")
		return r
	}
	r.From = mesh.Client{Wire: mesh.WirePlaintext, Identity: q.peer.identity, Addr: q.peer.addr}
	switch {
	case q.peer.identity != "":
		r.From.Wire = mesh.WireMesh
	case q.peer.tls:
		r.From.Wire = mesh.WireTLS
	}
	return r
}

func (c *oracleComparison) ask(q oracleQuestion) {
	c.t.Helper()
	all, ok := c.judged(&q)
	if !ok {
		return
	}
	v := all[0]
	got := c.g.Authorize(c.request(q))
	c.asked["request "+v.verdict]++
	alike := func(w oracleVerdict) bool { return w.allowed() == v.allowed() }
	want := v.allowed()
	if slices.ContainsFunc(all, func(w oracleVerdict) bool { return !alike(w) }) {
		c.asked["request open"]++
		want = truth.Unknown
	}
	allowed := got.Allowed
	if q.client == nil && q.peer.tls && q.peer.identity == "" && len(got.Points) > 0 {
		allowed = got.Points[0].Allowed // whose TLS it is, the question does not say
	}
	c.same(q.String(), want.String(), allowed.String(), all, "\n", oracleWhy(got))
	if len(all) == 1 && v.verdict != "broken" {
		c.detail(q, v, got)
	}
}

// detail compares who let the request in and what refused it.
func (c *oracleComparison) detail(q oracleQuestion, v oracleVerdict, got mesh.Verdict) {
	c.t.Helper()
	at := slices.IndexFunc(got.Points, func(p mesh.Point) bool { return p.Kind == mesh.PointServer })
	if v.verdict == "unenforced" {
		c.same(q.String()+" is judged", "false", fmt.Sprint(at >= 0), oracleWhy(got))
		return
	}
	if at < 0 {
		c.fail("%s is not judged; want %+v; %s", q, v, oracleWhy(got))
		return
	}
	p := got.Points[at]
	var by []string
	if v.verdict == "allow" {
		for _, r := range append([]mesh.Rule{p.By}, p.Matched...) {
			by = append(by, r.Policy.Kind.Kind+"/"+r.Policy.Name)
		}
		slices.Sort(by)
	}
	server, route := oracleNamed(p.Why, "linkerd/server", "linkerd/default-policy"), oracleNamed(p.Why, "linkerd/route")
	want := fmt.Sprint(v.by, v.status)
	words := fmt.Sprint(by, p.Status)
	if strings.HasPrefix(v.server, "Server/") {
		want, words = want+" at "+v.server, words+" at "+server
	}
	if strings.Contains(v.route, "Route/") && !strings.HasSuffix(v.route, "/default") {
		want, words = want+" by "+v.route, words+" by "+route
	}
	c.same(q.String()+" is let in by", want, words, oracleWhy(got))
	c.limit(q, v, p)
}

// oracleNamed is the object of the first step with one of the rules.
func oracleNamed(why []mesh.Step, rules ...string) string {
	for _, s := range why {
		if slices.Contains(rules, s.Rule) {
			return s.Object.Kind.Kind + "/" + s.Object.Name
		}
	}
	return ""
}

// limit compares the rates that a request counts against.
func (c *oracleComparison) limit(q oracleQuestion, v oracleVerdict, p mesh.Point) {
	c.t.Helper()
	if v.verdict != "allow" || !q.req.http {
		return
	}
	policy := c.w.portPolicies(q.server, q.port)[0]
	b := c.w.bucket(policy, q.peer.identity)
	if policy.told && q.peer.identity != "" {
		b = oracleBucket{} // rates count for HTTP only
	}
	scopes := map[string]mesh.LimitScope{"override": mesh.LimitNamed, "identity": mesh.LimitClient}
	want, got := "none", "none"
	if scope, ok := scopes[b.scope]; ok {
		want = fmt.Sprint(b.policy, scope, b.rate, b.shared)
	}
	for _, l := range p.Limits {
		if l.Scope == mesh.LimitNamed || l.Scope == mesh.LimitClient {
			got = fmt.Sprint(l.Policy.Name, l.Scope, l.PerSecond, l.Shared)
		}
	}
	c.same(q.String()+" counts against", want, got)
}

func oracleWhy(v mesh.Verdict) string {
	var b strings.Builder
	for _, p := range v.Points {
		fmt.Fprintf(&b, "%s %s by %s status %d identity %s\n  why %v\n  unknown %v\n", p.Kind, p.Allowed, p.By.Policy, p.Status, p.Identity, p.Why, p.Unknown)
	}
	fmt.Fprintf(&b, "connects %s: %v %v", v.Transport.Connects, v.Transport.Why, v.Transport.Unknown)
	return b.String()
}
