package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// A port is addressed by the Services that send to it, over TCP and in its own namespace, and last by
// the pods' address.
func TestWays(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(
		toyPod("cart", ""), service("z", "cart", ""), service("a", "cart", ""), service("other", "till", ""),
		"{apiVersion: v1, kind: Service, metadata: {name: m, namespace: ns}, spec: {selector: {app: cart}, ports: "+
			"[{name: x, port: 80, targetPort: 8080}, {name: y, port: 81, targetPort: 8080}, {name: z, port: 82, targetPort: 9090}]}}",
		"{apiVersion: v1, kind: Service, metadata: {name: dns, namespace: ns}, spec: {selector: {app: cart}, ports: "+
			"[{name: t, port: 53, targetPort: 5353}, {name: u, port: 53, targetPort: 8080, protocol: UDP}]}}",
		"{apiVersion: v1, kind: Service, metadata: {name: away, namespace: elsewhere}, spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}}",
		"{apiVersion: v1, kind: Service, metadata: {name: none, namespace: ns}, spec: {ports: [{port: 80, targetPort: 8080}]}}",
	))
	cart := find(t, g, "cart")
	for port, want := range map[uint16][]string{
		8080: {"by a:80", "by m:80", "by m:81", "by z:80", "by address"},
		9090: {"by m:82", "by address"},
		5353: {"by dns:53", "by address"},
		7777: {"by address"},
	} {
		var got []string
		for _, w := range g.Ways(cart, port) {
			got = append(got, wayName(w))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ways to port %d (-want +got):\n%s", port, diff)
		}
	}
	for _, name := range []string{"away", "none", "other"} {
		if via(t, g, name).Leads(cart.Template(), 8080) {
			t.Errorf("Service %s leads to the port", name)
		}
	}
}

// facts are the three facts of a connection in one word each, and what is sent.
func facts(tr mesh.Transport) string {
	return fmt.Sprintf("%s: connects %s, encrypted %s, authenticated %s", tr.Sends, tr.Connects, tr.Encrypted, tr.Authenticated)
}

func TestTransport(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(
		toyPod("in", "toy/mode: sidecar"), toyPod("out", "toy/mode: none"), toyPod("riddle", "toy/mode: riddle"),
		toyPod("plain", "toy/mode: sidecar, toy/sends: plaintext"), toyPod("tls", "toy/mode: sidecar, toy/sends: tls"),
		toyPod("silent", "toy/mode: sidecar, toy/sends: nothing"), toyPod("odd", "toy/mode: sidecar, toy/sends: riddle"),
		toyPod("strict", "toy/mode: sidecar"), policy("strict", "workload: strict, mtls: strict"),
		toyPod("unread", "toy/mode: sidecar, toy/enforced: riddle"),
		"{apiVersion: v1, kind: Pod, metadata: {name: torn, namespace: ns, annotations: {toy/mode: sidecar}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: many}]}]}}",
	))
	const no, open = "connects false, encrypted false, authenticated false", "connects unknown, encrypted unknown, authenticated unknown"
	const mutual, bare = "connects true, encrypted true, authenticated true", "connects true, encrypted false, authenticated false"
	for _, row := range []struct{ client, server, want string }{
		{"in", "in", "mesh: " + mutual},
		{"out", "in", "plaintext: " + bare},
		{"out", "out", "plaintext: " + bare},
		{"in", "out", "mesh: " + no},
		{"plain", "strict", "plaintext: " + no},
		{"out", "strict", "plaintext: " + no},
		{"in", "strict", "mesh: " + mutual},
		{"tls", "in", "tls: " + no},
		{"tls", "out", "tls: connects unknown, encrypted true, authenticated false"},
		{"silent", "in", "nothing: " + no},
		{"odd", "in", "unknown: " + open},
		{"odd", "out", "unknown: " + open},
		{"riddle", "in", "unknown: " + open},
		{"in", "riddle", "mesh: " + open},
		{"in", "unread", "mesh: " + open},
		{"torn", "in", "unknown: " + open},
		{"in", "torn", "mesh: " + open},
	} {
		tr := g.Transport(find(t, g, row.client), find(t, g, row.server), 8080)
		if diff := cmp.Diff(row.want, facts(tr)); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", row.client, row.server, diff)
		}
		if row.client != "silent" && len(tr.Why) == 0 {
			t.Errorf("%s to %s: no reason is given", row.client, row.server)
		}
		if !tr.Connects.Known() && len(tr.Unknown) == 0 {
			t.Errorf("%s to %s: nothing says what is missing", row.client, row.server)
		}
	}
}

// Mutual TLS is the case in which all three facts are true.
func TestMTLS(t *testing.T) {
	t.Parallel()
	if got := (mesh.Transport{}).MTLS(); got != truth.Unknown {
		t.Errorf("the zero connection: %v, want unknown", got)
	}
	all := mesh.Transport{Connects: truth.True, Encrypted: truth.True, Authenticated: truth.True}
	half := mesh.Transport{Connects: truth.True, Encrypted: truth.True, Authenticated: truth.False}
	if all.MTLS() != truth.True || half.MTLS() != truth.False {
		t.Errorf("all facts: %v, one missing: %v", all.MTLS(), half.MTLS())
	}
}

// Of pods that differ, on either side, the weakest answer counts, and a step says that they differ.
func TestTransportWeakest(t *testing.T) {
	t.Parallel()
	const strict, bare, riddle = "toy/mode: sidecar", "toy/mode: none", "toy/mode: riddle"
	for _, test := range []struct {
		name           string
		client, server []string // annotations of their pods
		want           string
		differ         bool
	}{
		{"alike", []string{strict, strict}, []string{strict, strict}, "mesh: connects true", false},
		{"not made is stronger than plaintext", []string{bare}, []string{strict, bare}, "plaintext: connects true", true},
		{"one client in plaintext", []string{strict, strict + ", toy/sends: plaintext"}, []string{bare}, "plaintext: connects true", true},
		{"mutual is the strongest", []string{strict}, []string{strict, bare}, "mesh: connects false", true},
		{"undecided is the weakest", []string{strict}, []string{bare, riddle, strict}, "mesh: connects unknown", true},
	} {
		var texts []string
		for i, a := range test.client {
			texts = append(texts, replica("client", fmt.Sprint("client-", i), a))
		}
		for i, a := range test.server {
			texts = append(texts, replica("server", fmt.Sprint("server-", i), a))
		}
		g := graph(t, docs(append(texts, policy("strict", "workload: server, mtls: strict"))...))
		tr := g.Transport(find(t, g, "client"), find(t, g, "server"), 8080)
		if diff := cmp.Diff(test.want, fmt.Sprintf("%s: connects %s", tr.Sends, tr.Connects)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		differ := false
		for _, rule := range rules(tr.Why) {
			differ = differ || rule == mesh.RulePodsDiffer
		}
		if differ != test.differ {
			t.Errorf("%s: a step says that pods differ: %v, want %v: %q", test.name, differ, test.differ, rules(tr.Why))
		}
	}
}

// A way that does not end at the port connects nothing, and the reason names the Service.
func TestNoWay(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("cart", "toy/mode: sidecar"), toyPod("till", "toy/mode: sidecar"), service("till", "till", "")))
	cart, way := find(t, g, "cart"), via(t, g, "till")
	tr := g.TransportVia(way, cart, cart, 8080)
	if diff := cmp.Diff("nothing: connects false, encrypted false, authenticated false", facts(tr)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(tr.Why) != 1 || tr.Why[0].Object.String() != "Service/ns/till" || tr.Why[0].Loc.Field() != "spec.ports" {
		t.Errorf("why: %v", tr.Why)
	}
	if v := g.Authorize(mesh.Request{From: mesh.Client{Workload: cart}, To: cart, Port: 8080, Way: &way}); v.Allowed != truth.False {
		t.Errorf("a request by that way is allowed: %v", v.Allowed)
	}
	c := g.CallersVia(way, cart, 8080)
	if c.Stranger().Access != mesh.AccessNever || !c.With(mesh.AccessNever).Equal(g.Everybody()) {
		t.Errorf("callers by that way: stranger %v, never %q", c.Stranger().Access, names(c.With(mesh.AccessNever)))
	}
	if groups := g.Connections(way, cart, 8080); groups != nil {
		t.Errorf("%d groups of connections by that way", len(groups))
	}
}

// Groups of connections say of each workload what is said when it is asked for alone.
func TestConnections(t *testing.T) {
	t.Parallel()
	eachRandomWorld(t, 60, func(t *testing.T, g *mesh.Graph) {
		for server := range g.Workloads() {
			if len(server.Variants()) > 1 {
				continue
			}
			for _, way := range g.Ways(server, 8080) {
				groups := g.Connections(way, server, 8080)
				for client := range g.Workloads() {
					checkConnection(t, groups, client, g.TransportVia(way, client, server, 8080))
				}
			}
		}
	})
}

func checkConnection(t *testing.T, groups []mesh.ConnectionGroup, client *mesh.Workload, alone mesh.Transport) {
	t.Helper()
	n := 0
	for _, group := range groups {
		if !group.Clients.Has(client) {
			continue
		}
		n++
		got := group.Transport
		if len(client.Variants()) > 1 && got.Connects == truth.Unknown {
			continue // its pods differ
		}
		if diff := cmp.Diff(facts(alone), facts(got)); diff != "" {
			t.Errorf("%s (-alone +group):\n%s", client.ID(), diff)
		}
	}
	if n != 1 {
		t.Errorf("%s is in %d groups", client.ID(), n)
	}
}

// What a client sends whose pod was not understood is open in the groups as well.
func TestClientsNotUnderstood(t *testing.T) {
	t.Parallel()
	torn := func(name string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: ns, annotations: {toy/mode: sidecar}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: many}]}]}}"
	}
	for _, others := range [][]string{nil, {torn("ragged")}} {
		g := graph(t, docs(append(others, toyPod("in", "toy/mode: sidecar"), torn("torn"))...))
		server, client := find(t, g, "in"), find(t, g, "torn")
		checkConnection(t, g.Connections(mesh.Way{}, server, 8080), client, g.TransportVia(mesh.Way{}, client, server, 8080))
		c := g.CallersVia(mesh.Way{}, server, 8080).Of(client)
		if c.Access != mesh.AccessUndecided || len(c.Unknown) == 0 || len(c.Why) == 0 {
			t.Errorf("with %d others: access %v, why %v, unknown %v; want undecided, with a reason", len(others), c.Access, c.Why, c.Unknown)
		}
		v := g.Authorize(mesh.Request{From: mesh.Client{Workload: client}, To: server, Port: 8080, Way: &mesh.Way{}})
		if v.Allowed == truth.True {
			t.Error("a request of the client passes")
		}
	}
}

// A name of another host has no endpoints, whatever it selects.
func TestExternalNameSelectsNothing(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("in", "toy/mode: sidecar"), strings.Replace(service("in", "in", ""), "spec: {", "spec: {type: ExternalName, externalName: x.example, ", 1)))
	if ways := g.Ways(find(t, g, "in"), 8080); len(ways) != 1 {
		t.Errorf("%d ways, want that by address only", len(ways))
	}
}

// Connections to a pod that was not understood are open, and not left out.
func TestConnectionsNotUnderstood(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("in", "toy/mode: sidecar"),
		"{apiVersion: v1, kind: Pod, metadata: {name: torn, namespace: ns}, spec: {containers: [{name: app, image: x, ports: [{containerPort: many}]}]}}"))
	groups := g.Connections(mesh.Way{}, find(t, g, "torn"), 8080)
	if len(groups) != 1 || !groups[0].Clients.Equal(g.Everybody()) || groups[0].Transport.Connects != truth.Unknown || len(groups[0].Transport.Unknown) == 0 {
		t.Errorf("groups: %+v", groups)
	}
}
