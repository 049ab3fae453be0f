package istio_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// dice draws the parts of a random world.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

// clientWorld writes a cluster in which most of what steers clients happens.
func clientWorld(d dice) []string {
	namespaces := []string{"a", "b", "c", "d", "istio-system"}
	docs := []string{
		"{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: b, labels: {istio.io/waypoint-for: " + d.of("all", "service", "workload") + "}}, spec: {gatewayClassName: istio-waypoint, listeners: []}, status: {addresses: [{value: x}]}}",
	}
	for _, ns := range namespaces {
		labels := ""
		if ns == "b" {
			labels = d.of("", "istio.io/use-waypoint: wp")
		}
		docs = append(docs, fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {%s}}}", ns, labels))
		for i := range 3 {
			docs = append(docs, randomPod(d, ns, fmt.Sprintf("%s%d", ns, i)))
		}
		if d.IntN(2) == 0 {
			docs = append(docs, randomSidecar(d, ns))
		}
		docs = append(docs, fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: s, namespace: %s, annotations: {%s}}, spec: {clusterIP: %s, selector: {%s}, ports: [{name: %s, port: 80, targetPort: 8080}]}}`,
			ns, d.of("", "", `networking.istio.io/exportTo: "."`, `networking.istio.io/exportTo: "a,c"`, `networking.istio.io/exportTo: "~"`),
			d.of("10.0.0.1", "None"), d.of("v: x", "app: "+ns+"0"), d.of("http", "tcp", "web")))
		if d.IntN(2) == 0 {
			docs = append(docs, peerAuth(ns, "pa", "mtls: {mode: "+d.of("UNSET", "STRICT", "DISABLE", "PERMISSIVE")+"}"))
		}
	}
	for i := range d.IntN(3) {
		docs = append(docs, randomRoute(d, d.of(namespaces...), fmt.Sprint("v", i)))
	}
	for i := range d.IntN(7) {
		docs = append(docs, randomRule(d, d.of(namespaces...), fmt.Sprint("r", i)))
	}
	return docs
}

func randomPod(d dice, ns, name string) string {
	labels := "app: " + name + ", v: " + d.of("x", "y")
	annotations, containers := "", "{name: app, image: x}"
	switch d.IntN(6) {
	case 0:
		annotations = "ambient.istio.io/redirection: enabled"
	case 1:
		containers += ", {name: istio-proxy, image: p, args: [proxy, " + d.of("router", "waypoint") + "]}"
	case 2:
	default:
		labels += ", security.istio.io/tlsMode: " + d.of("istio", "istio", "disabled")
		annotations = `sidecar.istio.io/status: "{}", ` + d.of("", "", "", `traffic.sidecar.istio.io/excludeOutboundPorts: "80"`, `traffic.sidecar.istio.io/includeOutboundIPRanges: ""`, `traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/8`)
		containers += ", {name: istio-proxy, image: p, args: [proxy, sidecar]}"
	}
	owner := ""
	if d.IntN(4) == 0 { // a workload of two pods that may differ
		owner = ", ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: pair, uid: u, controller: true}]"
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: %s, labels: {%s}, annotations: {%s}%s}, spec: {serviceAccountName: %s, containers: [%s]}, status: {phase: Running}}", name, ns, labels, annotations, owner, name, containers)
}

func randomSidecar(d dice, ns string) string {
	selector := d.of("", "workloadSelector: {labels: {v: x}}, ")
	return fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: sc, namespace: %s, creationTimestamp: "2026-01-01T00:00:00Z"}, spec: {%segress: [{hosts: [%s]}]%s}}`, ns, selector,
		d.of("'./*'", "'./*'", "'*/*'", "'b/*'", "'*/s.a.svc.cluster.local', './*'", "'~/*'"), d.of("", ", outboundTrafficPolicy: {mode: REGISTRY_ONLY}", ", outboundTrafficPolicy: {mode: ALLOW_ANY}"))
}

// randomRoute is a VirtualService that names a Service of another namespace, which Sidecars may import by it.
func randomRoute(d dice, ns, name string) string {
	return fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: %s, namespace: %s}, spec: {%s%shttp: [{route: [{destination: {host: s.%s.svc.cluster.local}}]}]}}`, name, ns,
		d.of("", "hosts: [x.example.org], ", "hosts: ['*.example.org'], ", "hosts: [s], "), d.of("", "", "gateways: [edge], ", "gateways: [mesh, edge], "), d.of("a", "b", "c", "d"))
}

func randomRule(d dice, ns, name string) string {
	spec := []string{"host: '" + d.of("s", "s.a.svc.cluster.local", "s.b.svc.cluster.local", "*.local", "*.svc.cluster.local", "*") + "'"}
	switch d.IntN(3) {
	case 0:
		spec = append(spec, "workloadSelector: {matchLabels: {v: "+d.of("x", "y")+"}}")
	case 1:
		spec = append(spec, "exportTo: ["+d.of("'*'", "'.'", "a", "b, c", "'.', b")+"]")
	default:
	}
	tls := "tls: {mode: " + d.of("DISABLE", "ISTIO_MUTUAL", "SIMPLE") + "}"
	spec = append(spec, "trafficPolicy: {"+d.of(tls, tls, "loadBalancer: {simple: PASSTHROUGH}", tls+", portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]")+"}")
	return fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: %s, namespace: %s, creationTimestamp: "2026-01-01T00:00:0%dZ"}, spec: {%s}}`, name, ns, d.IntN(9), strings.Join(spec, ", "))
}

// verdictOf is what two answers about a connection must have in common.
type verdictOf struct {
	Sends, Inside                      mesh.Wire
	Proxy                              string
	Connects, Encrypted, Authenticated string
}

func verdictOfTransport(t mesh.Transport) verdictOf {
	return verdictOf{t.Sends, t.Inside, t.Proxy, t.Connects.String(), t.Encrypted.String(), t.Authenticated.String()}
}

// Every workload is in exactly one group of a target's senders, and the group's answer is the one that
// the workload gets when it is asked alone. Where its pods do not agree, nothing is known of it.
func TestSendersAgreeWithSingleAnswers(t *testing.T) {
	t.Parallel()
	worlds := 300 / thinner
	if testing.Short() {
		worlds = 10
	}
	seen := map[mesh.Wire]int{}
	for seed := range worlds {
		d := dice{rand.New(rand.NewPCG(uint64(seed), 1))}
		docs := clientWorld(d)
		opts := istio.Options{
			Version: "1.31.0", Revisions: []istio.Revision{{}}, CNI: &istio.CNI{Ambient: true},
			Env: map[string]string{"PILOT_ENABLE_AMBIENT": d.of("true", "false")},
		}
		g := build(t, opts, docs...)
		layer := g.Layer(istio.Name).(*istio.Layer)
		for _, target := range targetsOf(g) {
			groups := layer.Senders(target)
			for w := range g.Workloads() {
				compareSender(t, layer, groups, target, w, seen)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, strings.Join(docs, "\n"))
		}
	}
	for wire := mesh.WireUnknown; wire <= mesh.WireTunnel; wire++ {
		if wire != mesh.WireTLSMutual && seen[wire] == 0 {
			t.Errorf("no world has a client that sends %s", wire)
		}
	}
}

// targetsOf are all ports of all servers, by each way to them.
func targetsOf(g *mesh.Graph) []mesh.Target {
	layer := g.Layer(istio.Name).(*istio.Layer)
	var all []mesh.Target
	for w := range g.Workloads() {
		for _, v := range w.Variants() {
			in := layer.Inbound(v.Pod, v.Enrolment, 8080)
			all = append(all, mesh.Target{Server: v, Port: 8080, Inbound: in})
			for _, s := range w.Services() {
				if way := (mesh.Way{Service: s, Port: 80}); way.Leads(v.Pod, 8080) {
					all = append(all, mesh.Target{Server: v, Port: 8080, Way: way, Inbound: in})
				}
			}
		}
	}
	return all
}

func compareSender(t *testing.T, layer *istio.Layer, groups []istio.SendGroup, target mesh.Target, w *mesh.Workload, seen map[mesh.Wire]int) {
	t.Helper()
	var in []istio.SendGroup
	for _, group := range groups {
		if group.Clients.Has(w) {
			in = append(in, group)
		}
	}
	if len(in) != 1 {
		t.Errorf("%s is in %d groups of %s", w.ID(), len(in), target.Server.Pod.Name)
		return
	}
	var alone []verdictOf
	var why []mesh.Step
	var gaps []mesh.Gap
	for _, v := range w.Variants() {
		e := mesh.Edge{Client: v, Server: target.Server, Port: target.Port, Way: target.Way}
		s := layer.Send(e)
		one := layer.Receive(e, s, layer.Inbound(target.Server.Pod, target.Server.Enrolment, target.Port))
		one.Sends, one.Inside, one.Proxy = s.Wire, s.Inside, s.Proxy
		why, gaps = slices.Concat(why, s.Why, one.Why), slices.Concat(gaps, s.Unknown, one.Unknown)
		alone = append(alone, verdictOfTransport(one))
	}
	want := alone[0]
	if slices.ContainsFunc(alone, func(v verdictOf) bool { return v != want }) {
		want = verdictOf{Connects: "unknown", Encrypted: "unknown", Authenticated: "unknown"}
	}
	seen[want.Sends]++
	if diff := cmp.Diff(want, verdictOfTransport(in[0].Transport)); diff != "" {
		way := ""
		if target.Way.Service != nil {
			way = target.Way.Service.Namespace.Name + "/" + target.Way.Service.Name
		}
		t.Errorf("%s to %s by %q (-alone +in its group):\n%s", w.ID(), target.Server.Pod.Name, way, diff)
	}
	if !slices.ContainsFunc(alone, func(v verdictOf) bool { return v != alone[0] }) {
		checkReasons(t, in[0].Transport, why, gaps, w.ID().String())
	}
	if len(in[0].Transport.Why) == 0 && len(in[0].Transport.Unknown) == 0 {
		t.Errorf("%s to %s: no reason is given", w.ID(), target.Server.Pod.Name)
	}
}

// checkReasons holds the reasons of a group against those that one of its clients is given alone: each
// must be among them, but for the name of what is the client's own.
func checkReasons(t *testing.T, got mesh.Transport, why []mesh.Step, gaps []mesh.Gap, client string) {
	t.Helper()
	for _, s := range got.Why {
		if !slices.ContainsFunc(why, func(own mesh.Step) bool {
			named := own.Object == s.Object && own.Detail == s.Detail && own.Loc.Field() == s.Loc.Field()
			detail := strings.Replace(own.Detail, "Sidecar "+own.Object.Namespace+"/"+own.Object.Name, "the client's Sidecar resource", 1)
			if own.Object.Kind.Kind == "Sidecar" && strings.Contains(own.Detail, "does not import") {
				detail = "the clients' Sidecar resources do not import the Service"
			}
			return own.Rule == s.Rule && (named || s.Object.IsZero() && s.Loc.IsZero() && (detail == s.Detail || own.Detail == s.Detail))
		}) {
			t.Errorf("%s is told %s: %s: %s, which is not said of it alone: %v", client, s.Rule, s.Object, s.Detail, why)
		}
	}
	for _, g := range got.Unknown {
		if !slices.ContainsFunc(gaps, func(own mesh.Gap) bool {
			return own.Reason == g.Reason && own.Detail == g.Detail && (own.Object == g.Object || g.Object.IsZero())
		}) {
			t.Errorf("%s is told %s: %s, which is not said of it alone: %v", client, g.Object, g.Detail, gaps)
		}
	}
}

// The order in which a cluster's objects are read changes nothing about who sends what.
func TestSendersIgnoreOrder(t *testing.T) {
	t.Parallel()
	for seed := range 30 {
		d := dice{rand.New(rand.NewPCG(uint64(seed), 2))}
		docs := clientWorld(d)
		opts := installed
		want := senderLines(build(t, opts, docs...))
		d.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		if diff := cmp.Diff(want, senderLines(build(t, opts, docs...))); diff != "" {
			t.Fatalf("seed %d: another order says (-first +second):\n%s", seed, diff)
		}
	}
}

func senderLines(g *mesh.Graph) []string {
	layer := g.Layer(istio.Name).(*istio.Layer)
	var lines []string
	for _, target := range targetsOf(g) {
		for _, group := range layer.Senders(target) {
			var names []string
			for w := range group.Clients.All() {
				names = append(names, w.ID().Name)
			}
			rule := ""
			if len(group.Sending.Why) > 0 {
				rule = group.Sending.Why[0].Rule + " " + group.Sending.Why[0].Detail
			}
			lines = append(lines, fmt.Sprint(target.Server.Pod.Name, names, verdictOfTransport(group.Transport), rule, len(group.Transport.Unknown)))
		}
	}
	return lines
}

// A reason that several clients have, each by a setting of its own, names the setting of none of them.
func TestSharedReasonsNameNobody(t *testing.T) {
	t.Parallel()
	pod := func(ns, spec string) string {
		return "{apiVersion: v1, kind: Namespace, metadata: {name: " + ns + "}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: " + ns + ", uid: u, labels: {app: p}, annotations: {sidecar.istio.io/status: '{}'}}, spec: {initContainers: [{name: istio-init, image: proxyv2}], containers: [{name: app, image: x}" + spec + "]}}"
	}
	const proxy = ", {name: istio-proxy, image: proxyv2:1.31.0, args: [proxy, sidecar]}"
	hidden := func(ns string) string {
		return "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: own, namespace: " + ns + "}, spec: {egress: [{hosts: [./*]}]}}"
	}
	g := build(t, installed,
		pod("a", proxy), pod("b", proxy), hidden("a"), hidden("b"), pod("w", ""), pod("x", ""), pod("server", proxy),
		"{apiVersion: v1, kind: Service, metadata: {name: s, namespace: server}, spec: {clusterIP: 10.0.0.1, selector: {app: p}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
	)
	server, ok := g.Workload(mesh.WorkloadID{Namespace: "server", Kind: "Pod", Name: "p"})
	if !ok {
		t.Fatal("no server")
	}
	got := map[string]string{}
	for _, group := range g.Connections(g.Ways(server, 8080)[0], server, 8080) {
		for w := range group.Clients.All() {
			step := group.Transport.Why[0]
			got[w.ID().Namespace] = step.Object.String() + " " + step.Detail
		}
	}
	hiddenText := (source.Ref{}).String() + " the clients' Sidecar resources do not import the Service"
	outsideText := (source.Ref{}).String() + " no proxy stands beside the client"
	want := map[string]string{"a": hiddenText, "b": hiddenText, "w": outsideText, "x": outsideText, "server": got["server"]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
