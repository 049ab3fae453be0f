package istio_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// comparison asks the adapter and the oracle the same questions about a random world.
type comparison struct {
	t    testing.TB
	seed uint64
	w    *oracleWorld
	g    *mesh.Graph
	d    *oracleDice
	told int // differences that were reported
	// What was compared.
	ports, connections, requests int
}

// oracleGraph builds the graph of documents.
func oracleGraph(t testing.TB, w *oracleWorld, docs [][]byte) *mesh.Graph {
	t.Helper()
	list := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"List","items":[%s]}`, bytes.Join(docs, []byte(",\n")))
	snap, err := snapshot.Read(context.Background(), "world.json", bytes.NewReader(list), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(context.Background(), snap, istio.New(w.options(t)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newComparison(t testing.TB, seed uint64) *comparison {
	t.Helper()
	w, f, r := randomWorld(seed)
	c := &comparison{t: t, seed: seed, w: w, d: &oracleDice{Rand: r, f: f, w: w}}
	c.g = oracleGraph(t, w, w.documents(t))
	for _, p := range c.g.Problems() {
		if p.Code == source.ProblemWarned {
			continue
		}
		c.fail("the world is not understood: %s: %v", p.Object, p)
	}
	return c
}

// fail reports a difference, the first with the world; more than a few tell nothing new.
func (c *comparison) fail(format string, args ...any) {
	c.t.Helper()
	switch c.told++; {
	case c.told > 5:
		return
	case c.told == 1:
		c.t.Errorf("seed %d (%s):\n%s", c.seed, c.d.f.name, c.w.text(c.t))
	}
	c.t.Errorf("seed %d: "+format, append([]any{c.seed}, args...)...)
}

func (c *comparison) same(question, want, got string) {
	c.t.Helper()
	if want != got {
		c.fail("%s\nwant %s\ngot  %s", question, want, got)
	}
}

func (c *comparison) workload(p *oracleObject[oraclePod]) *mesh.Workload {
	c.t.Helper()
	w, ok := c.g.Workload(mesh.WorkloadID{Namespace: p.Namespace, Kind: "Pod", Name: p.Name})
	if !ok {
		c.t.Fatalf("seed %d: no workload for pod %s/%s", c.seed, p.Namespace, p.Name)
	}
	return w
}

func (c *comparison) way(s *oracleObject[oracleService], port int) *mesh.Way {
	for svc := range c.g.Services() {
		if svc.Namespace.Name == s.Namespace && svc.Name == s.Name {
			return &mesh.Way{Service: svc, Port: uint16(port)}
		}
	}
	c.t.Fatalf("seed %d: no service %s/%s", c.seed, s.Namespace, s.Name)
	return nil
}

// The ports that are asked about; no service sends to the last.
var oraclePorts = []int{8080, 9000, 7000, 5555}

// modes compares what every port accepts.
func (c *comparison) modes() {
	c.t.Helper()
	for _, p := range c.w.pods {
		w := c.workload(&p)
		for _, port := range oraclePorts {
			var want string
			switch oracleEnrolment(&p) {
			case oracleNone:
				want = "none"
			case oracleZtunnel:
				want = map[bool]string{true: "strict", false: "permissive"}[c.w.ztunnelStrict(&p, port)]
			case oracleSidecars:
				want = map[string]string{"STRICT": "strict", "PERMISSIVE": "permissive", "DISABLE": "disabled"}[c.w.sidecarMode(&p, port)]
				if !oracleCaptured(&p, port) {
					want = "none"
				}
			default:
				continue
			}
			c.ports++
			c.same(fmt.Sprintf("mode of %s/%s:%d", p.Namespace, p.Name, port), want, w.Inbound(uint16(port)).Enforced.String())
		}
	}
}

// Wires of the oracle in the graph's words.
var oracleWires = map[string][2]mesh.Wire{
	"plaintext": {mesh.WirePlaintext}, "istio_mtls": {mesh.WireMesh}, "hbone": {mesh.WireTunnel}, "no-cluster": {mesh.WireNothing},
	"tls_simple": {mesh.WireTLS}, "tls_mutual": {mesh.WireTLSMutual},
	"hbone+tls_simple": {mesh.WireTunnel, mesh.WireTLS}, "hbone+tls_mutual": {mesh.WireTunnel, mesh.WireTLSMutual},
}

// outcomeOf is what becomes of a connection, in the graph's words.
func outcomeOf(result string) string {
	switch result {
	case "mtls":
		return "connects true encrypted true authenticated true"
	case "plaintext":
		return "connects true encrypted false authenticated false"
	case "app-tls":
		return "connects unknown encrypted true authenticated false"
	default:
		return "connects false"
	}
}

func outcome(t mesh.Transport) string {
	if t.Connects == truth.False {
		return "connects false"
	}
	return fmt.Sprintf("connects %s encrypted %s authenticated %s", t.Connects, t.Encrypted, t.Authenticated)
}

// edges compares what becomes of connections from every pod to every port of a service.
func (c *comparison) edges() {
	c.t.Helper()
	for _, s := range c.w.services {
		for _, sp := range s.Spec.Ports {
			way := c.way(&s, sp.Port)
			for _, server := range c.w.pods {
				if server.Namespace == s.Namespace && oracleCovers(s.Spec.Selector, server.Labels) {
					for _, client := range c.w.pods {
						c.edge(&client, &s, sp, *way, &server)
					}
				}
			}
		}
	}
}

func (c *comparison) edge(client *oracleObject[oraclePod], s *oracleObject[oracleService], sp oracleServicePort, way mesh.Way, server *oracleObject[oraclePod]) {
	c.t.Helper()
	if oracleEnrolment(client) == oracleWaypoint || client == server {
		return
	}
	question := fmt.Sprintf("connection of %s/%s to %s:%d at %s/%s:%d", client.Namespace, client.Name, oracleHost(s), sp.Port, server.Namespace, server.Name, sp.target())
	t := c.g.TransportVia(way, c.workload(client), c.workload(server), uint16(sp.target()))
	if wp := c.w.waypointOf(s); wp != nil && oracleEnrolment(client) == oracleZtunnel {
		c.same(question+" by way of", wp.Namespace+"/wp "+mesh.WireTunnel.String(), t.Proxy+" "+t.Sends.String())
		return
	}
	c.connections++
	wire := c.w.sends(client, s, sp, server)
	want := fmt.Sprint(oracleWires[wire][0], " ", oracleWires[wire][1], " ", outcomeOf(c.w.arrives(wire, c.w.principal(client), server, sp.target())))
	c.same(question, want, fmt.Sprint(t.Sends, " ", t.Inside, " ", outcome(t)))
}

// described asks about requests of which the question says what arrives.
func (c *comparison) described(n int) {
	c.t.Helper()
	for range n {
		server := c.w.pods[c.d.IntN(len(c.w.pods))]
		if oracleEnrolment(&server) == oracleWaypoint {
			continue
		}
		port := oraclePorts[c.d.IntN(len(oraclePorts))]
		wire := c.d.of([]string{"plaintext", "mesh", "mesh", "mesh", "tls_simple"})
		req := c.d.request(port)
		if wire == "mesh" {
			wire = "istio_mtls"
			if oracleEnrolment(&server) == oracleZtunnel {
				wire = "hbone"
			}
			domain := c.d.of(append(c.w.domains(), "other"))
			req.principal = domain + "/ns/" + c.d.of([]string{"ns-a", "ns-a", "ns-b", "nsa", "other"}) + "/sa/" + c.d.of([]string{"sa1", "sa2"})
		}
		if protocol := c.w.inboundProtocol(&server, port); protocol == "http" {
			req.http = true
		}
		c.request(&server, port, wire, req)
	}
}

func (c *comparison) request(server *oracleObject[oraclePod], port int, wire string, req *oracleRequest) {
	c.t.Helper()
	c.requests++
	from := mesh.Client{Wire: oracleWires[wire][0], Addr: req.source, Origin: req.remote, SNI: req.sni}
	if req.principal != "" {
		from.Identity = "spiffe://" + req.principal
	}
	way := &mesh.Way{}
	v := c.g.Authorize(mesh.Request{From: from, To: c.workload(server), Port: uint16(port), Way: way, HTTP: req.asked()})
	question := fmt.Sprintf("%s to %s/%s:%d: %s", wire, server.Namespace, server.Name, port, *req)
	result := c.w.arrives(wire, req.principal, server, port)
	c.same(question, outcomeOf(result), outcome(v.Transport))
	want, ok := c.w.judge(server, port, result, req)
	if !ok {
		c.same(question, fmt.Sprintf("allowed %s, points 0", connects(result)), fmt.Sprintf("allowed %s, points %d", v.Allowed, len(v.Points)))
		return
	}
	if result == "fail" {
		c.same(question, "allowed false", "allowed "+v.Allowed.String())
		return
	}
	c.verdict(question, connects(result), want, v)
}

// connects is whether a connection with that result is made.
func connects(result string) truth.Value {
	switch result {
	case "mtls", "plaintext":
		return truth.True
	case "app-tls":
		return truth.Unknown
	default:
		return truth.False
	}
}

// judge is what stands before a pod's port says to a request; false when nothing does.
func (w *oracleWorld) judge(server *oracleObject[oraclePod], port int, result string, req *oracleRequest) (oracleVerdict, bool) {
	switch oracleEnrolment(server) {
	case oracleZtunnel:
		return w.judgeZtunnel(server, req), true
	case oracleSidecars:
		if !oracleCaptured(server, port) {
			return oracleVerdict{}, false
		}
		protocol := w.inboundProtocol(server, port)
		return w.judgeEnvoy(server, nil, req, protocol == "tcp" || protocol == "" && !req.http || result == "app-tls"), true
	default:
		return oracleVerdict{}, false
	}
}

// verdict compares the one point of a verdict.
func (c *comparison) verdict(question string, made truth.Value, want oracleVerdict, v mesh.Verdict) {
	c.t.Helper()
	allowed := truth.Of(want.allowed)
	if want.allowed && len(want.asks) > 0 {
		allowed = truth.Unknown
	}
	if len(v.Points) != 1 {
		c.same(question, "one point", fmt.Sprintf("%+v", v))
		return
	}
	p := v.Points[0]
	c.same(question, fmt.Sprint("allowed ", allowed.And(made)), fmt.Sprint("allowed ", v.Allowed))
	c.same(question, c.pointLine(allowed, want, p.By), pointText(p.Allowed, byLine(p.By), p.Asks, matchedLines(p.Matched)))
}

// pointLine is the expected line of a point. Where the oracle names several rules any will do.
func (c *comparison) pointLine(allowed truth.Value, want oracleVerdict, by mesh.Rule) string {
	rules := want.by
	if allowed == truth.Unknown { // the authorizer decides, whatever the other policies allow
		rules = want.askedBy
	}
	decided := byLine(by)
	if !slices.Contains(rules, decided) {
		decided = strings.Join(rules, " or ")
	}
	matched := slices.Sorted(slices.Values(want.matched))
	return pointText(allowed, decided, want.asks, matched)
}

// pointText leaves out whom else a refused request is put before: the answer does not hang on it.
func pointText(allowed truth.Value, by string, asks, matched []string) string {
	if allowed == truth.False {
		asks = nil
	}
	return fmt.Sprintf("point %s by %s asks %v matched %v", allowed, by, asks, matched)
}

func byLine(r mesh.Rule) string {
	if r.Policy.Name == "" {
		return ""
	}
	return fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", r.Policy.Namespace, r.Policy.Name, r.Index)
}

func matchedLines(rules []mesh.Rule) []string {
	var lines []string
	for _, r := range rules {
		lines = append(lines, byLine(r))
	}
	slices.Sort(lines)
	return lines
}

// asked is the HTTP part of a request in the graph's words.
func (r *oracleRequest) asked() *mesh.HTTP {
	if !r.http {
		return nil
	}
	return &mesh.HTTP{Method: r.method, Path: r.path, Host: r.host, Header: r.headers, Token: r.jwt, BadToken: r.badJWT}
}

// oraclePath is how a client's request comes to a port: directly, or by way of a waypoint.
type oraclePath struct {
	client   *oracleObject[oraclePod]
	service  *oracleObject[oracleService] // nil for the pod's own address
	port     oracleServicePort            // of the service
	server   *oracleObject[oraclePod]
	target   int // port of the server
	waypoint *oracleObject[oraclePod]
}

func (w *oracleWorld) path(client *oracleObject[oraclePod], s *oracleObject[oracleService], sp oracleServicePort, server *oracleObject[oraclePod], target int) oraclePath {
	p := oraclePath{client: client, service: s, port: sp, server: server, target: target}
	if s != nil && oracleEnrolment(client) == oracleZtunnel {
		p.waypoint = w.waypointOf(s) // a headless service has no address of its own, and so none
	}
	return p
}

// wire is what the last proxy on the path sends to the server, and who it is.
func (w *oracleWorld) wire(p oraclePath) (wire, principal string) {
	switch {
	case p.waypoint != nil && oracleTunnels(p.server):
		return "hbone", w.principal(p.waypoint) // waypoints tunnel wherever they can: xds/endpoints/endpoint_builder.go
	case p.waypoint != nil:
		return w.waypointWire(p), ""
	case p.service != nil:
		return w.sends(p.client, p.service, p.port, p.server), w.principal(p.client)
	case oracleEnrolment(p.client) == oracleZtunnel && oracleTunnels(p.server):
		return "hbone", w.principal(p.client)
	default:
		return "plaintext", "" // a sidecar passes on what it knows no service for
	}
}

// waypointWire is what a waypoint sends to a server that takes no tunnels: it has no other mutual TLS
// of the mesh. networking/core/cluster_waypoint.go buildWaypointTLSContext.
func (w *oracleWorld) waypointWire(p oraclePath) string {
	if tls := w.destinationRule(p.waypoint, p.service).tls(p.port.Port); tls != nil {
		if mode := tls.mode(); mode == "SIMPLE" || mode == "MUTUAL" {
			return "tls_" + strings.ToLower(mode)
		}
	}
	return "plaintext"
}

// along is what becomes of the connection and what each proxy on the path says. The points at which
// nobody judges are left out.
func (w *oracleWorld) along(p oraclePath, req oracleRequest) (made truth.Value, points []oraclePoint) {
	if p.waypoint != nil {
		at := req
		at.principal, at.port = w.principal(p.client), p.port.Port
		protocol := p.port.protocol()
		points = append(points, oraclePoint{w.judgeEnvoy(p.waypoint, p.service, &at, protocol == "tcp" || protocol == "" && !req.http)})
	}
	wire, principal := w.wire(p)
	result := w.arrives(wire, principal, p.server, p.target)
	if result == "fail" || result == "unreachable" {
		return truth.False, points
	}
	req.port, req.principal = p.target, ""
	if result == "mtls" {
		req.principal = principal
	}
	if v, ok := w.judge(p.server, p.target, result, &req); ok {
		points = append(points, oraclePoint{v})
	}
	if p.waypoint != nil && len(points) == 2 { // whose address the world does not tell
		for _, from := range oracleAddresses {
			req.source, req.remote = from, from
			v, _ := w.judge(p.server, p.target, result, &req)
			points[1] = append(points[1], v)
		}
	}
	return connects(result), points
}

// oracleAddresses are some on each side of every block of the pool.
var oracleAddresses = []netip.Addr{
	netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.1.2.4"), netip.MustParseAddr("10.1.9.9"),
	netip.MustParseAddr("192.168.0.7"), netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("2001:db8::1"),
}

// oraclePoint is what a proxy may say: several verdicts where it depends on something that the world
// does not tell.
type oraclePoint []oracleVerdict

// value is whether the point lets the request pass: an external authorizer may still refuse.
func (p oraclePoint) value() truth.Value {
	for _, v := range p {
		if v.value() != p[0].value() {
			return truth.Unknown
		}
	}
	return p[0].value()
}

// allowedAlong is the conjunction of a path.
func (w *oracleWorld) allowedAlong(p oraclePath, req oracleRequest) truth.Value {
	made, points := w.along(p, req)
	for _, v := range points {
		made = made.And(v.value())
	}
	return made
}

func (v oracleVerdict) value() truth.Value {
	if v.allowed && len(v.asks) > 0 {
		return truth.Unknown
	}
	return truth.Of(v.allowed)
}

// routed asks about requests of the world's pods through its services.
func (c *comparison) routed(n int) {
	c.t.Helper()
	for range n {
		client, s := c.w.pods[c.d.IntN(len(c.w.pods))], c.w.services[c.d.IntN(len(c.w.services))]
		sp := s.Spec.Ports[c.d.IntN(len(s.Spec.Ports))]
		server := c.w.pod(s.Namespace + "/" + s.Spec.Selector["app"])
		if oracleEnrolment(&client) == oracleWaypoint {
			continue
		}
		req := c.d.request(sp.target())
		req.http = req.http || sp.protocol() == "http"
		c.route(c.w.path(&client, &s, sp, server, sp.target()), req)
	}
}

func (c *comparison) route(p oraclePath, req *oracleRequest) {
	c.t.Helper()
	c.requests++
	if req.sni == "" && oracleEnrolment(p.client) == oracleSidecars {
		req.sni = "other" // a proxy names some server; without a name the adapter does not know which
	}
	r := mesh.Request{
		From: mesh.Client{Workload: c.workload(p.client), Addr: req.source, Origin: req.remote, SNI: req.sni},
		To:   c.workload(p.server), Port: uint16(p.target), Way: c.way(p.service, p.port.Port), HTTP: req.asked(),
	}
	v := c.g.Authorize(r)
	question := fmt.Sprintf("%s/%s by %s:%d to %s/%s:%d: %s", p.client.Namespace, p.client.Name, oracleHost(p.service), p.port.Port,
		p.server.Namespace, p.server.Name, p.target, *req)
	made, points := c.w.along(p, *req)
	want := made
	for i, o := range points {
		// Of an address that is not known the adapter need not see that all of them give one answer.
		unsure := len(o) > 1 && len(v.Points) == len(points) && v.Points[i].Allowed == truth.Unknown
		if unsure {
			want = want.And(truth.Unknown)
			continue
		}
		want = want.And(o.value())
	}
	c.same(question, fmt.Sprint("allowed ", want), fmt.Sprint("allowed ", v.Allowed))
	if want != v.Allowed {
		c.fail("because: %s", reasons(v.Transport.Why, v.Transport.Unknown))
	}
	if made != truth.False {
		c.points(question, points, v.Points)
	}
}

func (c *comparison) points(question string, want []oraclePoint, got []mesh.Point) {
	c.t.Helper()
	if len(got) != len(want) {
		c.same(question, fmt.Sprintf("points %+v", want), fmt.Sprintf("points %+v", got))
		return
	}
	for i, o := range want {
		p := got[i]
		switch {
		case len(o) == 1:
			c.same(question, c.pointLine(o.value(), o[0], p.By), pointText(p.Allowed, byLine(p.By), p.Asks, matchedLines(p.Matched)))
		case p.Allowed != truth.Unknown:
			c.same(question, fmt.Sprint("point ", o.value()), fmt.Sprint("point ", p.Allowed))
		}
	}
}

// TestOracleAgrees compares the adapter with the oracle in random worlds.
func TestOracleAgrees(t *testing.T) {
	t.Parallel()
	const worlds = 8400 / thinner
	var sum comparison
	for seed := range uint64(worlds) {
		c := compareWorld(t, seed)
		sum.ports += c.ports
		sum.connections += c.connections
		sum.requests += c.requests
		if t.Failed() {
			return
		}
	}
	t.Logf("%d worlds: %d ports, %d connections, %d requests", worlds, sum.ports, sum.connections, sum.requests)
}

func compareWorld(t testing.TB, seed uint64) *comparison {
	t.Helper()
	c := newComparison(t, seed)
	f := c.d.f
	if f.peers > 0 || f.captures {
		c.modes()
	}
	if f.peers+f.rules+f.waypoints > 0 { // without them connections are all alike
		c.edges()
	}
	if f.policies > 0 {
		c.described(8)
		c.routed(6)
	}
	return c
}

// FuzzOracle compares the adapter with the oracle in the world of any seed, with all its callers and
// in any order of its objects.
func FuzzOracle(f *testing.F) {
	for i := range oracleFocuses {
		f.Add(uint64(1_000_000 + i))
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := compareWorld(t, seed)
		c.described(40)
		c.routed(40)
		c.allCallers(200)
		c.shuffled()
	})
}

// shuffled compares whole answers with those for the same objects in another order.
func (c *comparison) shuffled() {
	c.t.Helper()
	docs := c.w.documents(c.t)
	c.d.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	questions := c.questions(6)
	want, got := c.answers(c.g, questions), c.answers(oracleGraph(c.t, c.w, docs), questions)
	if diff := cmp.Diff(want, got); diff != "" {
		c.fail("the order of the objects changes answers (-first +shuffled):\n%s", diff)
	}
}

// questions are requests of pods to pods.
func (c *comparison) questions(n int) (all []oraclePath) {
	for range n {
		client, s := c.w.pods[c.d.IntN(len(c.w.pods))], c.w.services[c.d.IntN(len(c.w.services))]
		sp := s.Spec.Ports[c.d.IntN(len(s.Spec.Ports))]
		all = append(all, c.w.path(&client, &s, sp, c.w.pod(s.Namespace+"/"+s.Spec.Selector["app"]), sp.target()))
	}
	return all
}

// answers are verdicts and callers with all their reasons, but without places.
func (c *comparison) answers(g *mesh.Graph, questions []oraclePath) []string {
	other := *c
	other.g = g
	lines := []string{}
	for _, p := range questions {
		way, to := other.way(p.service, p.port.Port), other.workload(p.server)
		v := g.Authorize(mesh.Request{From: mesh.Client{Workload: other.workload(p.client)}, To: to, Port: uint16(p.target), Way: way, HTTP: &mesh.HTTP{Method: "GET", Path: "/"}})
		lines = append(lines, fmt.Sprint(v.Allowed, outcome(v.Transport)), reasons(v.Transport.Why, v.Transport.Unknown))
		for _, point := range v.Points {
			lines = append(lines, fmt.Sprint(point.Kind, point.Proxy, point.Identity, point.Allowed, byLine(point.By), matchedLines(point.Matched), point.Asks), reasons(point.Why, point.Unknown))
		}
		for _, w := range g.CallersVia(*way, to, uint16(p.target)).Ways {
			for _, group := range w.Groups {
				lines = append(lines, fmt.Sprint(slices.Collect(ids(group.Clients.All())), termLines(group.Admission)), reasons(group.Admission.Why, group.Admission.Unknown))
			}
			lines = append(lines, termLines(w.Stranger), reasons(w.Stranger.Why, w.Stranger.Unknown))
		}
	}
	for _, conflict := range g.Conflicts() {
		lines = append(lines, fmt.Sprint(conflict.Rule, conflict.Objects, conflict.Settled))
	}
	return lines
}

func ids(ws iter.Seq[*mesh.Workload]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for w := range ws {
			if !yield(w.ID().String()) {
				return
			}
		}
	}
}

func termLines(a mesh.Admission) string {
	line := a.Access.String()
	for _, t := range a.Terms {
		for _, list := range [][]mesh.Clause{t.When, t.Unless} {
			for _, clause := range list {
				line += fmt.Sprint(" | ", t.Kind, " ", t.Proxy, " ", clause.Conditions, " ", byLine(clause.Rule))
			}
			line += " unless"
		}
	}
	return line
}

func reasons(why []mesh.Step, unknown []mesh.Gap) string {
	var b strings.Builder
	for _, s := range why {
		fmt.Fprintf(&b, "%s %s %s; ", s.Rule, s.Object, s.Detail)
	}
	for _, g := range unknown {
		fmt.Fprintf(&b, "unknown: %s %s; ", g.Object, g.Detail)
	}
	return b.String()
}

// TestOracleOrder shuffles the objects of random worlds.
func TestOracleOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(560 / thinner) {
		if newComparison(t, 500_000+seed).shuffled(); t.Failed() {
			return
		}
	}
}
