package linkerd_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// oracleComparison asks the adapter and the oracle the same questions about a random world.
type oracleComparison struct {
	t    testing.TB
	seed uint64
	w    *oracleWorld
	g    *mesh.Graph
	d    *oracleDice
	told int // differences that were reported

	answers []string // what the adapter said, where record is set
	record  bool

	asked map[string]int // questions by what the oracle answered
}

func oracleGraph(t testing.TB, docs [][]byte) *mesh.Graph {
	t.Helper()
	list := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"List","items":[%s]}`, bytes.Join(docs, []byte(",\n")))
	snap, err := snapshot.Read(context.Background(), "world.json", bytes.NewReader(list), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(context.Background(), snap, linkerd.New(linkerd.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newOracleComparison(t testing.TB, seed uint64) *oracleComparison {
	t.Helper()
	w, d := oracleRandomWorld(seed)
	c := &oracleComparison{t: t, seed: seed, w: w, d: d, asked: map[string]int{}}
	c.g = oracleGraph(t, w.documents(t))
	for _, p := range c.g.Problems() {
		switch p.Code {
		case source.ProblemWarned, source.ProblemRejected, source.ProblemDangling: // what follows is known
		case source.ProblemBadValue:
			if p.Object.Kind.Kind != "Pod" {
				c.fail("the world is not understood: %s: %v", p.Object, p)
			} // the words of annotations that count for nothing
		default:
			c.fail("the world is not understood: %s: %v", p.Object, p)
		}
	}
	return c
}

// fail reports a difference, the first with the world; more than a few tell nothing new.
func (c *oracleComparison) fail(format string, args ...any) {
	c.t.Helper()
	switch c.told++; {
	case c.told > 3:
		return
	case c.told == 1:
		c.t.Errorf("seed %d:\n%s", c.seed, c.w.text(c.t))
	}
	c.t.Errorf("seed %d: "+format, append([]any{c.seed}, args...)...)
}

func (c *oracleComparison) same(question, want, got string, why ...any) {
	c.t.Helper()
	if c.record {
		c.answers = append(c.answers, question+": "+got)
	}
	if want != got {
		c.fail("%s\nwant %s\ngot  %s\n%s", question, want, got, fmt.Sprint(why...))
	}
}

func (c *oracleComparison) workload(m oracleMeta, kind string) *mesh.Workload {
	c.t.Helper()
	w, ok := c.g.Workload(mesh.WorkloadID{Namespace: m.Namespace, Kind: kind, Name: m.Name})
	if !ok {
		c.t.Fatalf("seed %d: no workload for %s %s/%s", c.seed, kind, m.Namespace, m.Name)
	}
	return w
}

// ends are all pods and machines.
func (c *oracleComparison) ends() []oracleTarget {
	var all []oracleTarget
	for i := range c.w.pods {
		all = append(all, c.w.podTarget(&c.w.pods[i]))
	}
	for i := range c.w.machines {
		all = append(all, oracleMachineTarget(&c.w.machines[i]))
	}
	return all
}

func (c *oracleComparison) end(t oracleTarget) *mesh.Workload {
	c.t.Helper()
	if t.machine {
		return c.workload(t.oracleMeta, "ExternalWorkload")
	}
	return c.workload(t.oracleMeta, "Pod")
}

// foreign reports whether another control plane serves the pod, of which the world knows nothing.
func (t oracleTarget) foreign() bool {
	label := t.Labels["linkerd.io/control-plane-ns"]
	return !t.machine && label != "" && label != "linkerd"
}

// oracleWay is a way to a port: by the target's address, or by a Service.
type oracleWay struct {
	mesh.Way
	dialled netip.Addr
	port    int // that is dialled
}

// ways are those that lead to the port of a target.
func (c *oracleComparison) ways(t oracleTarget, port int) []oracleWay {
	all := []oracleWay{{dialled: t.addr, port: port}}
	for _, s := range c.w.services {
		if s.Namespace != t.Namespace || s.Spec.Selector["app"] != t.Labels["app"] {
			continue
		}
		for _, sp := range s.Spec.Ports {
			way := mesh.Way{Service: c.service(s.oracleMeta), Port: uint16(sp.Port)}
			number, is := sp.Target.number()
			if !is {
				number = c.namedTarget(t, string(sp.Target))
			}
			if number == port {
				all = append(all, oracleWay{way, netip.MustParseAddr(s.Spec.IP), sp.Port})
			}
		}
	}
	return all
}

// namedTarget is the first port of that name in a pod's containers, which is the one that the endpoints
// controller takes; 0 for none.
func (c *oracleComparison) namedTarget(t oracleTarget, name string) int {
	if t.machine {
		return slices.Concat(t.named[name], []int{0})[0]
	}
	for _, container := range oracleRestartable(t) {
		for _, p := range container.Ports {
			if p.Name == name && strings.EqualFold(oracleOr(p.Protocol, "TCP"), "TCP") {
				return p.Number
			}
		}
	}
	return 0
}

// oracleRestartable are the containers whose ports a Service can name: init containers count when they
// go on running.
func oracleRestartable(t oracleTarget) []oracleContainer {
	all := slices.Clone(t.containers)
	for _, c := range t.initContainers {
		if c.Restart == "Always" {
			all = append(all, c)
		}
	}
	return all
}

func (c *oracleComparison) service(m oracleMeta) *mesh.Service {
	c.t.Helper()
	for s := range c.g.Services() {
		if s.Namespace.Name == m.Namespace && s.Name == m.Name {
			return s
		}
	}
	c.t.Fatalf("seed %d: no service %s/%s", c.seed, m.Namespace, m.Name)
	return nil
}

// edges compares what becomes of connections from every pod to every port by every way.
func (c *oracleComparison) edges() {
	c.t.Helper()
	for i := range c.w.pods {
		client := &c.w.pods[i]
		for _, t := range c.ends() {
			if c.w.podTarget(client).foreign() || t.Name == client.Name {
				continue
			}
			for _, port := range []int{8080, 9090, 5432, 4567, 4191} {
				for _, way := range c.ways(t, port) {
					c.edge(client, t, port, way)
				}
			}
		}
	}
}

func (c *oracleComparison) edge(client *oracleObject[oraclePod], t oracleTarget, port int, way oracleWay) {
	c.t.Helper()
	e := c.w.edge(client, t, port, way.dialled, way.port)
	got := c.g.TransportVia(way.Way, c.workload(client.oracleMeta, "Pod"), c.end(t), uint16(port))
	question := fmt.Sprintf("connection of %s/%s to %s/%s:%d by %s:%d", client.Namespace, client.Name, t.Namespace, t.Name, port, way.dialled, way.port)
	c.asked["edge "+e.mtls]++
	var want string
	if e.reason == oracleThroughEgress {
		var routed bool
		if e.mtls, routed = c.w.outOf(client.Namespace, way.dialled, port); routed {
			return // requests decide
		}
	}
	switch e.mtls {
	case "mutual":
		want = fmt.Sprint("mesh true true true ", e.identity)
		if t.machine && oracleProxyPort(port) {
			break
		}
		want += fmt.Sprint(" ", e.port)
	case "broken":
		want = "connects false"
	default:
		want = "plaintext true false false"
	}
	words := fmt.Sprint(got.Sends, " ", got.Connects, " ", got.Encrypted, " ", got.Authenticated)
	if got.Connects == truth.False {
		words = "connects false"
	}
	if e.mtls == "mutual" {
		words += " " + got.Expects
		if len(strings.Fields(want)) > 5 {
			words += fmt.Sprint(" ", max(int(got.Port), map[bool]int{true: port}[got.Port == 0]))
		}
	}
	c.same(question, want, words, e.reason, "\n", got.Why, got.Unknown)
}

// sent draws a request.
func (d *oracleDice) sent() oracleSent {
	req := oracleSent{http: !d.one(4), method: d.of([]string{"GET", "GET", "POST"}), path: d.of(oraclePaths), host: d.of(oracleHostsAre)}
	req.query = d.of([]string{"", "", "q=1", "q=2&r=1"})
	if d.one(3) {
		req.headers = map[string]string{d.of([]string{"x-env", "X-Env"}): d.of([]string{"prod", "pr", "dev"})}
	}
	if req.http && strings.HasPrefix(req.path, "/s.") && d.one(2) {
		req.method, req.grpc, req.query = "POST", true, ""
		req.headers = map[string]string{"content-type": "application/grpc"}
	}
	return req
}

// http is the request in the graph's words; nil where it is none.
func (r oracleSent) asked() *mesh.HTTP {
	if !r.http {
		return nil
	}
	h := &mesh.HTTP{Method: r.method, Path: r.path, Host: r.host}
	if r.query != "" {
		h.Path += "?" + r.query
	}
	for name, value := range r.headers {
		h.Header = map[string][]string{name: {value}}
	}
	return h
}

// speaks reports whether the bytes are what a port's protocol is: what becomes of others is the parser's
// affair.
func (r oracleSent) speaks(p oraclePortPolicy) bool {
	return r.http || p.protocol == "unknown" || p.protocol == "opaque" || p.protocol == "TLS"
}
