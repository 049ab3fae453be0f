package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// caller is a running pod of namespace shop with a sidecar.
const caller = `{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: caller, namespace: shop, uid: u, labels: {app: caller, security.istio.io/tlsMode: istio}, annotations: {sidecar.istio.io/status: '{}'%s}}
spec: {containers: [{name: a, image: x}, {name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}]}`

// egressGateway is a gateway proxy behind a Service, whose server takes the mesh's mutual TLS.
const egressGateway = `{apiVersion: v1, kind: Pod, metadata: {name: out, namespace: infra, uid: u, labels: {istio: egressgateway, security.istio.io/tlsMode: istio}}, spec: {containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: out, namespace: infra}, spec: {selector: {istio: egressgateway}, ports: [{name: https, port: 443, targetPort: 8443}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: out, namespace: infra}, spec: {selector: {istio: egressgateway}, servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [api.other.org], tls: {mode: ISTIO_MUTUAL}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: out, namespace: shop}
spec:
  hosts: [api.other.org]
  gateways: [infra/out, mesh]
  http:
  - match: [{gateways: [mesh], port: 80}]
    route: [{destination: {host: out.infra.svc.cluster.local, port: {number: 443}}}]
  - match: [{gateways: [infra/out]}]
    route: [{destination: {host: api.other.org, port: {number: 443}}}]
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: out, namespace: shop}, spec: {host: out.infra.svc.cluster.local, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: infra}, spec: {host: api.other.org, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]}}}`

func serviceEntry(spec string) string {
	return "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: api, namespace: shop}, spec: {hosts: [api.other.org], resolution: DNS, " + spec + "}}"
}

const httpPort = "ports: [{number: 80, name: http, protocol: HTTP}]"

const tcpPort = "addresses: [10.1.1.1], ports: [{number: 5432, name: tcp, protocol: TCP}]"

func TestDepartures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		docs []string
		want string
	}{
		{"the application's own bytes", []string{serviceEntry(httpPort)}, "api.other.org:80 HTTP outside=true all | plaintext, then plaintext\n"},
		{
			"TLS begun by the sidecar",
			[]string{serviceEntry(httpPort), "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: shop}, spec: {host: api.other.org, trafficPolicy: {tls: {mode: SIMPLE}}}}"},
			"api.other.org:80 HTTP outside=true all | tls, then tls\n",
		},
		{"a host that the client does not see", []string{serviceEntry("exportTo: [infra], " + httpPort)}, "api.other.org:80 HTTP outside=true [infra] | nothing, then nothing\n"},
		{"a host for nobody", []string{serviceEntry("exportTo: ['~'], " + httpPort)}, "api.other.org:80 HTTP outside=true [] | nothing, then nothing\n"},
		{
			"mutual TLS to a gateway, which begins TLS",
			[]string{serviceEntry("ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]"), egressGateway},
			"api.other.org:80 HTTP outside=true all | mesh via out, then tls\napi.other.org:443 TLS outside=true all | plaintext, then plaintext\n",
		},
		{
			"a gateway whose ports lead on differently: what holds is the route of the port that is sent to",
			[]string{
				serviceEntry("ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]"),
				strings.NewReplacer(
					"ports: [{name: https, port: 443, targetPort: 8443}]", "ports: [{name: https, port: 443, targetPort: 8443}, {name: http, port: 80, targetPort: 8080}]",
					"servers: [", "servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.other.org]}, ",
					"port: {number: 443}}}]\n  - match: [{gateways: [infra/out]}]", "port: {number: 80}}}]\n  - match: [{gateways: [infra/out], port: 80}]\n    route: [{destination: {host: api.other.org, port: {number: 80}}}]\n  - match: [{gateways: [infra/out]}]",
				).Replace(egressGateway),
			},
			"api.other.org:80 HTTP outside=true all | mesh via out, then plaintext\napi.other.org:443 TLS outside=true all | plaintext, then plaintext\n",
		},
		{
			"a gateway without a route to the host",
			[]string{serviceEntry(httpPort), strings.Replace(egressGateway, "gateways: [infra/out, mesh]", "gateways: [mesh]", 1)},
			"api.other.org:80 HTTP outside=true all | unknown via out, then unknown ? no server of infra/Pod/out routes to api.other.org\n",
		},
		{
			"a route by address",
			[]string{serviceEntry(tcpPort), "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: [api.other.org], tcp: [{match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: api.other.org, port: {number: 5432}}}]}]}}"},
			"api.other.org:5432 TCP outside=true all | unknown, then unknown ? a route counts for some addresses only, and at which the host is found is not judged\n",
		},
		{
			"a route by port",
			[]string{serviceEntry(tcpPort), "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: [api.other.org], tcp: [{match: [{port: 5432}], route: [{destination: {host: api.other.org, port: {number: 5432}}}]}]}}"},
			"api.other.org:5432 TCP outside=true all | plaintext, then plaintext\n",
		},
		{
			"a subset with TLS of its own",
			[]string{
				serviceEntry(httpPort),
				"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: shop}, spec: {host: api.other.org, subsets: [{name: s, trafficPolicy: {tls: {mode: SIMPLE}}}]}}",
				"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: [api.other.org], http: [{route: [{destination: {host: api.other.org, subset: s}}]}]}}",
			},
			"api.other.org:80 HTTP outside=true all | unknown, then unknown ? VirtualService shop/v sends to host api.other.org, subset s, for which DestinationRule shop/api has TLS settings of its own\n",
		},
		{
			"a Sidecar resource narrows what the proxy knows",
			[]string{serviceEntry(httpPort), "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: shop}, spec: {egress: [{hosts: [./*]}]}}"},
			"api.other.org:80 HTTP outside=true all | unknown, then unknown ? the Sidecar resource narrows what the proxy knows; whether the host is in it is not judged\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, append([]string{fmt.Sprintf(caller, "")}, tt.docs...)...)
			if diff := cmp.Diff(tt.want, departures(g, workload(t, g, "caller"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func departures(g *mesh.Graph, w *mesh.Workload) string {
	var b strings.Builder
	for _, e := range g.Exits() {
		fmt.Fprintf(&b, "%s:%d %s outside=%v", e.Host, e.Port, e.Protocol, e.Outside)
		if e.Clients == nil {
			b.WriteString(" all")
		} else {
			fmt.Fprintf(&b, " %v", e.Clients)
		}
		d := g.Depart(w, e)
		fmt.Fprintf(&b, " | %s", d.Sends)
		for _, via := range d.Via {
			b.WriteString(" via " + via.ID().Name)
		}
		fmt.Fprintf(&b, ", then %s", d.Beyond)
		for _, gap := range d.Unknown {
			b.WriteString(" ? " + gap.Detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Whether what no configuration names gets out.
func TestOutlets(t *testing.T) {
	t.Parallel()
	const registryOnly = "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: shop}, spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}"
	tests := []struct {
		name string
		docs []string
		want string
	}{
		{"by default it does", []string{fmt.Sprintf(caller, "")}, "true istio/outbound-traffic-policy"},
		{"REGISTRY_ONLY keeps it", []string{fmt.Sprintf(caller, ""), registryOnly}, "false istio/outbound-traffic-policy"},
		{"a policy without a mode is REGISTRY_ONLY", []string{fmt.Sprintf(caller, ""), strings.Replace(registryOnly, "{mode: REGISTRY_ONLY}", "{}", 1)}, "false istio/outbound-traffic-policy"},
		{"what goes around the sidecar gets out", []string{fmt.Sprintf(caller, ", traffic.sidecar.istio.io/excludeOutboundPorts: '443'"), registryOnly}, "true istio/outbound-traffic-policy istio/excluded-ports"},
		{
			"ztunnel keeps nothing",
			[]string{"{apiVersion: v1, kind: Pod, metadata: {name: caller, namespace: shop, uid: u, annotations: {ambient.istio.io/redirection: enabled}}, spec: {containers: [{name: a, image: x}]}}", registryOnly},
			"true istio/ztunnel-passes",
		},
		{"nobody stands in the way", []string{"{apiVersion: v1, kind: Pod, metadata: {name: caller, namespace: shop, uid: u}, spec: {containers: [{name: a, image: x}]}}", registryOnly}, "true mesh/no-adapter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, tt.docs...)
			o := g.Outlet(workload(t, g, "caller"))
			got := o.Passes.String()
			for _, s := range o.Why {
				got += " " + s.Rule
			}
			if got != tt.want {
				t.Errorf("got %s, want %s (%v)", got, tt.want, o.Unknown)
			}
		})
	}
}
