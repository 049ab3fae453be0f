package linkerd_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

const denyAll = "{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: all, namespace: m}, spec: {trafficPolicy: Deny}}"

// meshedPod writes a running pod p of namespace m with a proxy; init are the arguments of its linkerd-init.
func meshedPod(annotations, init, ips string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: p, namespace: m, uid: u, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {%s}}
spec:
  initContainers: [{name: linkerd-init, image: cr.l5d.io/linkerd/proxy-init:v2.4.2, args: [%s]}]
  containers: [{name: app, image: x}, {name: linkerd-proxy, image: cr.l5d.io/linkerd/proxy:edge-26.6.3}]
status: {phase: Running, podIPs: [%s]}`, annotations, init, ips)
}

// What a running pod sends out is judged by how its own redirection was set up.
func TestEgressOfRunningPods(t *testing.T) {
	t.Parallel()
	const v4, v6 = "{ip: 10.1.1.1}", "{ip: 10.1.1.1}, {ip: 'fd00::1'}"
	tests := []struct {
		name, pod, to, want string
		outlet              truth.Value
	}{
		{"denied", meshedPod("", "--ipv6=false", v4), "198.51.100.1:80", "false linkerd/egress-deny", truth.False},
		{"by the chart's default", meshedPod("", "", v4), "198.51.100.1:4567", "true linkerd/outbound-port-skipped", truth.True},
		{"by an annotation", meshedPod("config.linkerd.io/skip-outbound-ports: '9000-9010'", "", v4), "198.51.100.1:9005", "true linkerd/outbound-port-skipped", truth.True},
		{"which replaces the default", meshedPod("config.linkerd.io/skip-outbound-ports: '9000-9010'", "", v4), "198.51.100.1:4567", "false linkerd/egress-deny", truth.True},
		{"by the arguments, whatever the annotation says now", meshedPod("config.linkerd.io/skip-outbound-ports: '9000'", "--outbound-ports-to-ignore, '7000'", v4), "198.51.100.1:9000", "false linkerd/egress-deny", truth.True},
		{"IPv6 is redirected", meshedPod("", "--proxy-uid, '2102'", v6), "[2001:db8::1]:80", "false linkerd/egress-deny", truth.False},
		{"IPv6 is not", meshedPod("", "--ipv6=false", v6), "[2001:db8::1]:80", "true linkerd/ipv6-not-captured", truth.True},
		{"to itself", meshedPod("", "--ipv6=false", v4), "10.1.1.1:80", "true linkerd/loopback", truth.False},
		{"to another pod", meshedPod("", "--ipv6=false", v4), "10.1.1.2:80", "true linkerd/no-egress-network", truth.False},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", tt.pod, denyAll)
			at := netip.MustParseAddrPort(tt.to)
			v := w.AuthorizeEgress(mesh.EgressRequest{From: w.workload(t, "p"), Addr: at.Addr(), Port: at.Port()})
			if len(v.Points) != 1 || len(v.Points[0].Why) == 0 {
				t.Fatalf("got %+v, want one point with reasons", v)
			}
			if diff := cmp.Diff(tt.want, v.Allowed.String()+" "+v.Points[0].Why[0].Rule); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if o := w.Outlet(w.workload(t, "p")); o.Passes != tt.outlet || len(o.Why) == 0 {
				t.Errorf("outlet: got %+v, want %v", o, tt.outlet)
			}
		})
	}
}

// An EgressNetwork that has pods' own addresses takes mutual TLS from connections to them, and not from those
// by a Service's address.
func TestEgressNetworksOverPods(t *testing.T) {
	t.Parallel()
	over := func(policy, networks string) string {
		return fmt.Sprintf("{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: net, namespace: m}, spec: {trafficPolicy: %s, networks: %s}}", policy, networks)
	}
	const route = "{apiVersion: gateway.networking.k8s.io/v1alpha2, kind: TCPRoute, metadata: {name: c, namespace: m}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 8080}], rules: [{}]}, " +
		"status: {parents: [{controllerName: linkerd.io/policy-controller, parentRef: {group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 8080}, conditions: [{type: Accepted, status: 'True', reason: Accepted}]}]}}"
	tests := []struct {
		name              string
		serverIP          string
		docs              []string
		direct, byService mesh.Wire
	}{
		{"none", "10.1.1.2", nil, mesh.WireMesh, mesh.WireMesh},
		{"outside only", "10.1.1.2", []string{denyAll}, mesh.WireMesh, mesh.WireMesh},
		{"allowed", "10.1.1.2", []string{over("Allow", "[{cidr: 10.0.0.0/8}]")}, mesh.WirePlaintext, mesh.WireMesh},
		{"denied", "10.1.1.2", []string{over("Deny", "[{cidr: 0.0.0.0/0}]")}, mesh.WireNothing, mesh.WireMesh},
		{"elsewhere in the cluster", "10.1.1.2", []string{over("Deny", "[{cidr: 10.2.0.0/16}]")}, mesh.WireMesh, mesh.WireMesh},
		{"an address that is not known", "", []string{over("Deny", "[{cidr: 10.2.0.0/16}]")}, mesh.WireUnknown, mesh.WireMesh},
		{"an address that is not known, outside only", "", []string{denyAll}, mesh.WireMesh, mesh.WireMesh},
		{"by routes", "10.1.1.2", []string{over("Deny", "[{cidr: 10.0.0.0/8}]"), route}, mesh.WireUnknown, mesh.WireMesh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			docs := append([]string{
				namespaceM, pod{name: "client", ip: "10.1.1.1"}.String(), pod{name: "server", ip: tt.serverIP, ports: "{containerPort: 8080}"}.String(),
				serviceTo("server", "8080", ", clusterIP: 10.96.0.9"), serviceTo("headless", "8080", ", clusterIP: None"),
			}, tt.docs...)
			w := build(t, "2.20", docs...)
			client, server := w.workload(t, "client"), w.workload(t, "server")
			for name, way := range map[string]mesh.Way{"address": {}, "Service": {Service: w.service(t, "server"), Port: 80}} {
				want := tt.direct
				if way.Service != nil {
					want = tt.byService
				}
				tr := w.TransportVia(way, client, server, 8080)
				if tr.Sends != want || len(tr.Why) == 0 || want == mesh.WireUnknown && len(tr.Unknown) == 0 {
					t.Errorf("by %s: got %+v, want %v", name, tr, want)
				}
				for _, g := range w.Connections(way, server, 8080) {
					if g.Clients.Has(client) && g.Transport.Sends != want {
						t.Errorf("by %s: among all clients: got %v, want %v", name, g.Transport.Sends, want)
					}
				}
			}
		})
	}
}
