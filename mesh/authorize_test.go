package mesh_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

const authorizeWorld = `{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: ns, annotations: {toy/proxy: ns/front}}, spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: riddle, namespace: ns, annotations: {toy/proxy: "?"}}, spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: toy.example/v1, kind: Policy, metadata: {name: front, namespace: ns}, spec: {proxy: ns/front, callers: ['web?', till]}}
---
{apiVersion: toy.example/v1, kind: Policy, metadata: {name: cart, namespace: ns}, spec: {workload: cart, callers: [till, web, side, 'batch??']}}
---
`

// A request gets through when the connection is made and every point lets it pass.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	g := graph(t, authorizeWorld+docs(
		toyPod("cart", "toy/mode: ambient"), toyPod("till", "toy/mode: ambient"), toyPod("web", "toy/mode: ambient"), toyPod("side", "toy/mode: sidecar"),
		toyPod("batch", "toy/mode: sidecar"), toyPod("other", "toy/mode: ambient"), toyPod("out", "toy/mode: none"),
	))
	get, post := &mesh.HTTP{Method: "GET"}, &mesh.HTTP{Method: "POST"}
	front, direct, riddle := via(t, g, "cart"), mesh.Way{}, via(t, g, "riddle")
	of := func(name string) mesh.Client { return mesh.Client{Workload: find(t, g, name)} }
	for _, row := range []struct {
		name     string
		from     mesh.Client
		way      *mesh.Way
		http     *mesh.HTTP
		want     truth.Value
		points   string // kind and answer of each
		decisive mesh.PointKind
	}{
		{"both points allow", of("till"), &front, post, truth.True, "ns/front true, server true", mesh.PointServer},
		{"the first way is by the proxy", of("till"), nil, post, truth.True, "ns/front true, server true", mesh.PointServer},
		{"the proxy refuses", of("web"), &front, post, truth.False, "ns/front false, server true", mesh.PointWaypoint},
		{"the proxy allows reading", of("web"), &front, get, truth.True, "ns/front true, server true", mesh.PointServer},
		{"around the proxy", of("web"), &direct, post, truth.True, "server true", mesh.PointServer},
		{"a client that knows of no proxies", of("side"), &front, post, truth.True, "server true", mesh.PointServer},
		{"which proxy is not known", of("till"), &riddle, post, truth.True, "server true", mesh.PointServer},
		{"the server does not know", of("batch"), &direct, nil, truth.Unknown, "server unknown", mesh.PointServer},
		{"the server refuses", of("other"), &direct, nil, truth.False, "server false", mesh.PointServer},
		{"no identity in plaintext", of("out"), &direct, nil, truth.False, "server false", mesh.PointServer},
		{"an identity by itself", mesh.Client{Identity: "toy://ns/till"}, &direct, nil, truth.True, "server true", mesh.PointServer},
		{"by the proxy, as described", mesh.Client{Identity: "toy://ns/web", ByProxy: true}, &front, post, truth.False, "ns/front false, server true", mesh.PointWaypoint},
		{"not by the proxy, as described", mesh.Client{Identity: "toy://ns/web"}, &front, post, truth.True, "server true", mesh.PointServer},
		{"an identity is not sent in plaintext", mesh.Client{Identity: "toy://ns/till", Wire: mesh.WirePlaintext}, &direct, nil, truth.False, "server false", mesh.PointServer},
		{"a workload with another identity", mesh.Client{Workload: find(t, g, "other"), Identity: "toy://ns/till"}, &direct, nil, truth.True, "server true", mesh.PointServer},
		{"a workload whose wire is given", mesh.Client{Workload: find(t, g, "till"), Wire: mesh.WirePlaintext}, &direct, nil, truth.False, "server false", mesh.PointServer},
		{"nobody", mesh.Client{}, &direct, nil, truth.False, "server false", mesh.PointServer},
	} {
		v := g.Authorize(mesh.Request{From: row.from, To: find(t, g, "cart"), Port: 8080, Way: row.way, HTTP: row.http})
		if v.Allowed != row.want {
			t.Errorf("%s: %v, want %v", row.name, v.Allowed, row.want)
		}
		if diff := cmp.Diff(row.points, points(v)); diff != "" {
			t.Errorf("%s: points (-want +got):\n%s", row.name, diff)
		}
		if p, ok := v.Decisive(); !ok || p.Kind != row.decisive || p.Mesh != "toy" {
			t.Errorf("%s: decisive %v of mesh %q at %v, want %v", row.name, ok, p.Mesh, p.Kind, row.decisive)
		}
	}
}

func points(v mesh.Verdict) string {
	text := ""
	for i, p := range v.Points {
		if i > 0 {
			text += ", "
		}
		if p.Kind == mesh.PointWaypoint {
			text += p.Proxy
		} else {
			text += "server"
		}
		text += " " + p.Allowed.String()
	}
	return text
}

// What is sent to a Service of which the proxy is not known, when the client says that it goes there.
func TestAuthorizeProxyNotKnown(t *testing.T) {
	t.Parallel()
	g := graph(t, authorizeWorld+toyPod("cart", "toy/mode: ambient"))
	way := via(t, g, "riddle")
	v := g.Authorize(mesh.Request{From: mesh.Client{Identity: "toy://ns/till", ByProxy: true}, To: find(t, g, "cart"), Port: 8080, Way: &way})
	if diff := cmp.Diff([]string{"which proxy it asks for cannot be read"}, gapDetails(v.Transport.Unknown)); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// A connection that is not made lets nothing through, whatever the points say, and the other way round.
func TestAuthorizeConjunction(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(
		toyPod("cart", "toy/mode: sidecar"), toyPod("out", "toy/mode: none"), toyPod("odd", "toy/mode: sidecar, toy/sends: riddle"),
		policy("cart", "workload: cart, mtls: strict"), toyPod("open", "toy/mode: sidecar"), policy("open", "workload: open, callers: [cart]"),
	))
	for _, row := range []struct {
		client, server string
		want           truth.Value
	}{
		{"out", "cart", truth.False}, // strict, and nothing forbids it
		{"odd", "cart", truth.Unknown},
		{"odd", "open", truth.False}, // whatever it sends, it has no identity that is listed
		{"cart", "open", truth.True},
	} {
		v := g.Authorize(mesh.Request{From: mesh.Client{Workload: find(t, g, row.client)}, To: find(t, g, row.server), Port: 8080})
		if v.Allowed != row.want {
			t.Errorf("%s to %s: %v, want %v", row.client, row.server, v.Allowed, row.want)
		}
	}
}

// Where the pods of either side differ, the verdict is open; where they agree, it is theirs.
func TestAuthorizePodsDiffer(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(
		replica("client", "client-0", "toy/mode: sidecar"), replica("client", "client-1", "toy/mode: none"),
		toyPod("strict", "toy/mode: sidecar"), policy("strict", "workload: strict, mtls: strict"), toyPod("open", "toy/mode: sidecar"),
		replica("mixed", "mixed-0", "toy/mode: sidecar"), replica("mixed", "mixed-1", "toy/mode: none"),
		policy("mixed", "workload: mixed, callers: []"), toyPod("out", "toy/mode: none"),
	))
	for _, row := range []struct {
		client, server string
		want           truth.Value
		gaps           int
	}{
		{"client", "strict", truth.Unknown, 1},
		{"client", "open", truth.True, 0},
		{"out", "mixed", truth.Unknown, 1},
	} {
		v := g.Authorize(mesh.Request{From: mesh.Client{Workload: find(t, g, row.client)}, To: find(t, g, row.server), Port: 8080})
		if v.Allowed != row.want || len(v.Unknown) != row.gaps {
			t.Errorf("%s to %s: %v with %d gaps, want %v with %d", row.client, row.server, v.Allowed, len(v.Unknown), row.want, row.gaps)
		}
	}
}

// Decisive is the point that refuses, else one that is open, else the last.
func TestDecisive(t *testing.T) {
	t.Parallel()
	point := func(kind mesh.PointKind, v truth.Value) mesh.Point { return mesh.Point{Kind: kind, Allowed: v} }
	for _, test := range []struct {
		points []mesh.Point
		want   mesh.PointKind
	}{
		{nil, mesh.PointUnknown},
		{[]mesh.Point{point(mesh.PointWaypoint, truth.Unknown), point(mesh.PointServer, truth.False)}, mesh.PointServer},
		{[]mesh.Point{point(mesh.PointWaypoint, truth.Unknown), point(mesh.PointServer, truth.True)}, mesh.PointWaypoint},
		{[]mesh.Point{point(mesh.PointWaypoint, truth.True), point(mesh.PointServer, truth.True)}, mesh.PointServer},
	} {
		p, ok := mesh.Verdict{Points: test.points}.Decisive()
		if p.Kind != test.want || ok != (len(test.points) > 0) {
			t.Errorf("%d points: %v, %v, want %v", len(test.points), p.Kind, ok, test.want)
		}
	}
}

// What is no TCP passes proxies by: nothing protects it, and nobody judges it.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("a", "toy/mode: sidecar"), toyPod("b", "toy/mode: sidecar"),
		"{apiVersion: toy.example/v1, kind: Policy, metadata: {name: b, namespace: ns}, spec: {workload: b, mtls: strict, callers: [nobody]}}"))
	a, b := find(t, g, "a"), find(t, g, "b")
	if v := g.Authorize(mesh.Request{From: mesh.Client{Workload: a}, To: b, Port: 8080}); v.Allowed != truth.False {
		t.Errorf("by TCP: %v", v)
	}
	v := g.Authorize(mesh.Request{From: mesh.Client{Workload: a}, To: b, Port: 8080, Protocol: "UDP"})
	if v.Allowed != truth.True || v.Transport.Encrypted != truth.False || len(v.Points) > 0 || v.Transport.Why[0].Rule != mesh.RuleNotTCP {
		t.Errorf("by UDP: %v, %v", v, v.Transport)
	}
}
