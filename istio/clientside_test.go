package istio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// sidecarResource writes a Sidecar of ns-a.
func sidecarResource(spec string) string {
	return `{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: ns-a, creationTimestamp: "2026-01-01T00:00:00Z"}, spec: {` + spec + `}}`
}

func exportedService(to string) string {
	return strings.Replace(tableService("sidecar"), "namespace: ns-b}", `namespace: ns-b, annotations: {networking.istio.io/exportTo: "`+to+`"}}`, 1)
}

// sendingRoute is a VirtualService that names the server's Service as a destination.
func sendingRoute(namespace, spec string) string {
	return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: " + namespace + "}, spec: {" + spec +
		"tcp: [{route: [{destination: {host: sidecar.ns-b.svc.cluster.local}}]}]}}"
}

// What a sidecar knows of Services decides before anything that it would send to them.
// source: pilot/pkg/model/sidecar.go and push_context.go of Istio 1.31.
func TestServiceVisibility(t *testing.T) {
	t.Parallel()
	const seen, hidden = "istio_mtls→mtls", "no-cluster→unreachable"
	importing := func(hosts string) []string {
		return ruleWorld(sidecarResource("egress: [{hosts: [" + hosts + "]}]"))
	}
	exported := func(to string) []string {
		docs := ruleWorld()
		docs[len(docs)-1] = exportedService(to)
		return docs
	}
	old := installed
	old.Version = "1.30.0"
	unversioned := installed
	unversioned.Version = ""
	configured := func(text string) istio.Options {
		o := installed
		o.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte(text)}
		return o
	}
	for _, c := range []struct {
		name string
		opts istio.Options
		docs []string
		want string
	}{
		{"no Sidecar", installed, ruleWorld(), seen},
		{"without egress", installed, ruleWorld(sidecarResource("outboundTrafficPolicy: {mode: REGISTRY_ONLY}")), seen},
		{"everything", installed, importing("'*/*'"), seen},
		{"the client's namespace", installed, importing("'./*'"), hidden},
		{"the Service's namespace", installed, importing("ns-b/*"), seen},
		{"its host", installed, importing("ns-b/sidecar.ns-b.svc.cluster.local"), seen},
		{"its host in another namespace", installed, importing("ns-c/sidecar.ns-b.svc.cluster.local"), hidden},
		{"its host anywhere", installed, importing("'*/sidecar.ns-b.svc.cluster.local'"), seen},
		{"a pattern", installed, importing("'*/*.ns-b.svc.cluster.local'"), seen},
		{"a short host, for which the Sidecar is refused", installed, importing("ns-b/sidecar"), seen},
		{"nothing", installed, importing("'~/*'"), hidden},
		{"left out, since 1.31", installed, importing("'*/*', '~ns-b/*'"), hidden},
		{"left out, before 1.31", old, importing("'*/*', '~ns-b/*'"), seen},
		{"left out, of an unknown version", unversioned, importing("'*/*', '~ns-b/*'"), "?→?"},
		{"left out elsewhere, of an unknown version", unversioned, importing("'*/*', '~ns-c/*'"), seen},
		{"another port", installed, ruleWorld(sidecarResource("egress: [{port: {number: 443, protocol: HTTP, name: x}, hosts: ['*/*']}]")), hidden},
		{"its port", installed, ruleWorld(sidecarResource("egress: [{port: {number: 80, protocol: HTTP, name: x}, hosts: ['*/*']}]")), seen},
		{"a listener of its own", installed, ruleWorld(sidecarResource("egress: [{port: {number: 80, protocol: HTTP, name: x}, bind: 127.0.0.1, hosts: ['*/*']}]")), "?→?"},
		{"hidden, but a VirtualService may name it", installed, append(importing("'./*'"), sendingRoute("ns-a", "hosts: [x], ")), "?→?"},
		{"hidden, and the VirtualService is not imported", installed, append(importing("'./*'"), sendingRoute("ns-c", "hosts: [x], ")), hidden},
		{"hidden, and the VirtualService is for gateways", installed, append(importing("'./*'"), sendingRoute("ns-a", "hosts: [x], gateways: [edge], ")), hidden},
		{"hidden, and the VirtualService is for sidecars, too", installed, append(importing("'./*'"), sendingRoute("ns-a", "hosts: [x], gateways: [edge, mesh], ")), "?→?"},
		{"hidden, but a delegate may name it", installed, append(importing("'./*'"), sendingRoute("ns-c", "")), "?→?"},
		{"hidden, and the VirtualService has another host than is imported", installed, append(importing("'ns-c/y.example.org'"), sendingRoute("ns-c", "hosts: [x.example.org], ")), hidden},
		{"hidden, and the VirtualService's pattern meets what is imported", installed, append(importing("'ns-c/y.example.org'"), sendingRoute("ns-c", "hosts: ['*.example.org'], ")), "?→?"},
		{"for other pods", installed, ruleWorld(sidecarResource("workloadSelector: {labels: {app: nobody}}, egress: [{hosts: ['./*']}]")), seen},
		{"unreadable", installed, ruleWorld(sidecarResource("egress: 7")), "?→?"},
		{"exported to its own namespace", installed, exported("."), hidden},
		{"exported to nobody", installed, exported("~"), hidden},
		{"exported by name", installed, exported("ns-c, ns-a"), seen},
		{"exported to all", installed, exported("*"), seen},
		{"private by default", configured("defaultServiceExportTo: ['.']"), ruleWorld(), hidden},
		{"private by default and exported", configured("defaultServiceExportTo: ['.']"), exported("*"), seen},
		{"rules are private by default", configured("defaultDestinationRuleExportTo: ['.']"), ruleWorld(datedRule("ns-b", "r", 0, serverHost+tlsOff)), seen},
		{"a mesh configuration that is not understood", configured("enableAutoMtls: maybe"), ruleWorld(), "?→?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, c.opts, c.docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// clientAnnotated is a world whose client's pod has an annotation.
func clientAnnotated(annotation string) []string {
	docs := ruleWorld()
	docs[2] = strings.Replace(docs[2], "annotations: {", "annotations: {"+annotation+", ", 1)
	return docs
}

// Connections that redirection leaves out leave the client in the clear.
// source: tools/istio-iptables/pkg/capture/run.go of Istio 1.31.
func TestClientBypass(t *testing.T) {
	t.Parallel()
	const through, around = "istio_mtls→mtls", "plaintext→plaintext"
	user := ruleWorld()
	user[2] = strings.Replace(user[2], "{name: app, image: x,", "{name: app, image: x, securityContext: {runAsUser: 1337},", 1)
	some := ruleWorld()
	some[2] = strings.Replace(user[2], "containers: [", "containers: [{name: other, image: x}, ", 1)
	for _, c := range []struct {
		name string
		docs []string
		want string
	}{
		{"the Service's port", clientAnnotated(`traffic.sidecar.istio.io/excludeOutboundPorts: "80"`), around},
		{"the pod's port", clientAnnotated(`traffic.sidecar.istio.io/excludeOutboundPorts: "8080"`), through},
		{"ports that cannot be read", clientAnnotated(`traffic.sidecar.istio.io/excludeOutboundPorts: "http"`), "?→?"},
		{"no range", clientAnnotated(`traffic.sidecar.istio.io/includeOutboundIPRanges: ""`), around},
		{"no range but the port", clientAnnotated(`traffic.sidecar.istio.io/includeOutboundIPRanges: "", traffic.sidecar.istio.io/includeOutboundPorts: "80"`), through},
		{"some range", clientAnnotated(`traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8`), "?→?"},
		{"not some range", clientAnnotated(`traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/8`), "?→?"},
		{"interfaces", clientAnnotated(`traffic.sidecar.istio.io/excludeInterfaces: eth1`), "?→?"},
		{"no interception", clientAnnotated(`sidecar.istio.io/interceptionMode: NONE`), around},
		{"the sidecar's user", user, around},
		{"one container with the sidecar's user", some, "?→?"},
		{"inbound only", clientAnnotated(`traffic.sidecar.istio.io/excludeInboundPorts: "80"`), through},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, installed, c.docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Where an address range decides and both ways come to the same, the answer is known.
func TestBypassThatChangesNothing(t *testing.T) {
	t.Parallel()
	docs := append(clientAnnotated(`traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/8`), datedRule("ns-b", "r", 0, serverHost+tlsOff))
	if diff := cmp.Diff("plaintext→plaintext", cell(t, build(t, installed, docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Behind a headless Service one pod without a sidecar has clients send plaintext to all of them, and
// with sidecars only, the mode of a workload does not count.
// source: pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode of Istio 1.31.
func TestHeadless(t *testing.T) {
	t.Parallel()
	world := func(more ...string) []string {
		docs := ruleWorld(more...)
		docs[5] = strings.Replace(docs[5], "10.0.0.1", "None", 1)
		return docs
	}
	plain := strings.Replace(tablePod("ns-b", "plain", "none"), "app: plain", "app: sidecar", 1)
	for _, c := range []struct {
		name string
		docs []string
		want string
	}{
		{"all have sidecars", world(), "istio_mtls→mtls"},
		{"one has none", world(plain), "plaintext→plaintext"},
		{"the workload's mode is DISABLE", world(peerAuth("ns-b", "p", "selector: {matchLabels: {app: sidecar}}, mtls: {mode: DISABLE}")), "istio_mtls→fail"},
		{"the namespace's mode is DISABLE", world(peerAuth("ns-b", "p", "mtls: {mode: DISABLE}")), "plaintext→plaintext"},
		{"a rule", world(plain, datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}")), "istio_mtls→mtls"},
		{"a rule that passes connections through", append(ruleWorld(plain), datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}")), "plaintext→plaintext"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, installed, c.docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// byAddress asks for a connection to the pod's own address.
func byAddress(t *testing.T, g *mesh.Graph, client, server string, port uint16) string {
	t.Helper()
	got := g.TransportVia(mesh.Way{}, workload(t, g, client), workload(t, g, server), port)
	return wireWord(got) + "→" + resultWord(got)
}

// A sidecar passes on connections to a pod's address, but for pods of headless Services.
func TestByAddress(t *testing.T) {
	t.Parallel()
	headless := func(port string) []string {
		docs := ruleWorld()
		docs[5] = "{apiVersion: v1, kind: Service, metadata: {name: h, namespace: ns-b}, spec: {clusterIP: None, selector: {app: sidecar}, ports: [{" + port + "}]}}"
		return docs
	}
	for _, c := range []struct {
		name string
		docs []string
		want string
	}{
		{"no headless Service", ruleWorld(), "plaintext→plaintext"},
		{"registry only", ruleWorld(sidecarResource("egress: [{hosts: ['*/*']}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}")), "no-cluster→unreachable"},
		{"a policy without a mode is registry only", ruleWorld(sidecarResource("outboundTrafficPolicy: {}")), "no-cluster→unreachable"},
		{"tcp", headless("name: tcp, port: 9000"), "istio_mtls→mtls"},
		{"http", headless("name: http, port: 9000"), "plaintext→plaintext"},
		{"no protocol", headless("name: web, port: 9000"), "?→?"},
		{"another number", headless("name: tcp, port: 80, targetPort: 9000"), "plaintext→plaintext"},
		{"ambient server", append(ruleWorld()[:4:4], strings.Replace(tablePod("ns-b", "sidecar", "ambient"), "xx", "", 1)), "plaintext→plaintext"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, byAddress(t, build(t, installed, c.docs...), "client-sidecar", "sidecar", 9000)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// waypointWorld has a waypoint that takes a kind of traffic, an ambient client and a server of a kind.
func waypointWorld(traffic, server string, more ...string) []string {
	return append([]string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: ns-a}}",
		"{apiVersion: v1, kind: Namespace, metadata: {name: ns-b, labels: {istio.io/use-waypoint: wp}}}",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: ns-b, labels: {istio.io/waypoint-for: " + traffic + "}}, spec: {gatewayClassName: istio-waypoint, listeners: []}, status: {addresses: [{value: x}]}}",
		tablePod("ns-a", "client-ambient", "ambient"), tablePod("ns-a", "client-sidecar", "sidecar"), tablePod("ns-a", "client-none", "none"),
		tablePod("ns-b", "server", server), tableService("server"),
	}, more...)
}

// Clients in ambient mode send to a Service's waypoint, or to that of a pod that they address itself;
// what leaves the waypoint decides as well.
// source: ztunnel src/proxy/outbound.rs; pilot/pkg/networking/core/cluster_waypoint.go of Istio 1.31.
func TestWaypoint(t *testing.T) {
	t.Parallel()
	strict := peerAuth("ns-b", "p", "mtls: {mode: STRICT}")
	for _, c := range []struct {
		name, client string
		docs         []string
		address      bool
		want, proxy  string
	}{
		{"through the Service's", "client-ambient", waypointWorld("service", "ambient"), false, "hbone→mtls", "ns-b/wp"},
		{"to the pod's address", "client-ambient", waypointWorld("service", "ambient"), true, "hbone→mtls", ""},
		{"through the pod's", "client-ambient", waypointWorld("workload", "ambient"), true, "hbone→mtls", "ns-b/wp"},
		{"a Service, with one for workloads", "client-ambient", waypointWorld("workload", "ambient"), false, "hbone→mtls", ""},
		{"to a pod without a proxy", "client-ambient", waypointWorld("all", "none"), false, "hbone→plaintext", "ns-b/wp"},
		{"to a strict sidecar, which takes no HBONE", "client-ambient", waypointWorld("all", "sidecar", strict), false, "hbone→fail", "ns-b/wp"},
		{"to a strict sidecar that takes HBONE", "client-ambient", waypointWorld("all", "hbonesidecar", strict), false, "hbone→mtls", "ns-b/wp"},
		{"sidecars do not use it", "client-sidecar", waypointWorld("all", "ambient"), false, "hbone→mtls", ""},
		{"nor do others", "client-none", waypointWorld("all", "ambient"), false, "plaintext→plaintext", ""},
		{"a rule has it begin TLS", "client-ambient", waypointWorld("all", "none", datedRule("ns-b", "r", 0, "host: server"+tlsOwn)), false, "hbone→app-tls", "ns-b/wp"},
		{"its own mutual TLS it does not begin", "client-ambient", waypointWorld("all", "none", datedRule("ns-b", "r", 0, "host: server, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}")), false, "hbone→plaintext", "ns-b/wp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := installed
			opts.Env = map[string]string{"PILOT_ENABLE_AMBIENT": "true"}
			g := build(t, opts, c.docs...)
			way := mesh.Way{}
			for s := range g.Services() {
				if !c.address {
					way = mesh.Way{Service: s, Port: 80}
				}
			}
			got := g.TransportVia(way, workload(t, g, c.client), workload(t, g, "server"), 8080)
			if diff := cmp.Diff([]string{c.want, c.proxy}, []string{wireWord(got) + "→" + resultWord(got), got.Proxy}); diff != "" {
				t.Errorf("(-want +got):\n%s\n%v", diff, got.Why)
			}
		})
	}
}

// Gateways use a Service's waypoint only where a label says so.
func TestIngressWaypoint(t *testing.T) {
	t.Parallel()
	gateway := strings.Replace(tablePod("ns-a", "gateway", "sidecar"), "[proxy, sidecar]", "[proxy, router]", 1)
	labelled := func(docs []string) []string {
		docs[1] = strings.Replace(docs[1], "use-waypoint: wp", `use-waypoint: wp, istio.io/ingress-use-waypoint: "true"`, 1)
		return docs
	}
	for name, c := range map[string]struct {
		docs  []string
		proxy string
	}{
		"no label":   {waypointWorld("all", "ambient", gateway), ""},
		"a label":    {labelled(waypointWorld("all", "ambient", gateway)), "ns-b/wp"},
		"wrong kind": {labelled(waypointWorld("workload", "ambient", gateway)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := installed
			opts.Env = map[string]string{"PILOT_ENABLE_AMBIENT": "true"}
			g := build(t, opts, c.docs...)
			for s := range g.Services() {
				got := g.TransportVia(mesh.Way{Service: s, Port: 80}, workload(t, g, "gateway"), workload(t, g, "server"), 8080)
				if got.Proxy != c.proxy || got.MTLS() != truth.True {
					t.Errorf("got proxy %q, %s; want %q, mutual TLS", got.Proxy, got.MTLS(), c.proxy)
				}
			}
		})
	}
}

// Where it is not known whether istiod lets proxies send HBONE, what they send to ambient pods is not.
func TestUnknownHBONE(t *testing.T) {
	t.Parallel()
	docs := ruleWorld()
	docs[4] = tablePod("ns-b", "sidecar", "ambient")
	for value, want := range map[string]string{"true": "hbone→mtls", "false": "plaintext→plaintext", "": "?→?"} {
		opts := installed
		if value != "" {
			opts.Env = map[string]string{"PILOT_ENABLE_AMBIENT": value}
		}
		if diff := cmp.Diff(want, cell(t, build(t, opts, docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
			t.Errorf("PILOT_ENABLE_AMBIENT=%q (-want +got):\n%s", value, diff)
		}
	}
}
