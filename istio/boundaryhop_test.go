package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// What lies behind the edge: whether the second hop is mutual TLS, and whether the backend is reached
// around the gateway.
func TestBehindTheEdge(t *testing.T) {
	t.Parallel()
	const meshed = `
---
{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop, uid: u, labels: {app: cart, security.istio.io/tlsMode: istio}, annotations: {sidecar.istio.io/status: '{}'}}, spec: {containers: [{name: a, image: x}, {name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}]}}
`
	base, _, _ := strings.Cut(edge, "---\n{apiVersion: v1, kind: Pod")
	base += strings.TrimPrefix(meshed, "\n")
	plain := edge
	in := gateway("{port: {number: 443, name: s, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c}}")
	route := virtualService("hosts: ['*'], http: [{route: [{destination: {host: cart}}]}]")
	strict := "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: p, namespace: shop}, spec: {mtls: {mode: STRICT}}}"
	tests := []struct {
		name string
		docs []string
		want string
	}{
		{"permissive: the second hop is mutual TLS, and others come in the clear", []string{base, in, route}, "hop edge to cart 8080 mesh mtls=true\ndetour cart 8080 closed=false\n"},
		{"strict: nobody comes around", []string{base, in, route, strict}, "hop edge to cart 8080 mesh mtls=true\ndetour cart 8080 closed=true\n"},
		{"outside the mesh: TLS ends at the edge and the rest is in the clear", []string{plain, in, route}, "hop edge to cart 8080 plaintext mtls=false\ndetour cart 8080 closed=false\n"},
		{
			"only the gateway's identity is admitted: nobody comes around, though a load balancer leads to the port",
			[]string{
				base, in, route,
				"{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {rules: [{from: [{source: {principals: [cluster.local/ns/infra/sa/edge]}}]}]}}",
				"{apiVersion: v1, kind: Service, metadata: {name: around, namespace: shop}, spec: {type: LoadBalancer, selector: {app: cart}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}}",
			},
			"hop edge to cart 8080 mesh mtls=true\ndetour cart 8080 closed=true load-balancer:80 node-port:30080\n",
		},
		{
			"what the sidecar does not capture is open whatever policies say",
			[]string{strings.Replace(base, "sidecar.istio.io/status: '{}'", "sidecar.istio.io/status: '{}', traffic.sidecar.istio.io/excludeInboundPorts: '8080'", 1), in, route, strict},
			"hop edge to cart 8080 mesh mtls=false\ndetour cart 8080 closed=false\n",
		},
		{
			"a node port leads around the gateway",
			[]string{base, in, route, strict, "{apiVersion: v1, kind: Service, metadata: {name: around, namespace: shop}, spec: {type: NodePort, selector: {app: cart}, ports: [{port: 9, targetPort: 8080, nodePort: 30009}]}}"},
			"hop edge to cart 8080 mesh mtls=true\ndetour cart 8080 closed=true node-port:30009\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, tt.docs...)
			if diff := cmp.Diff(tt.want, behind(g)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func behind(g *mesh.Graph) string {
	var b strings.Builder
	for _, e := range g.Entries() {
		if e.Mesh == "" {
			continue
		}
		for _, bk := range e.Backends {
			for _, h := range g.Hops(e, bk) {
				fmt.Fprintf(&b, "hop %s to %s %d %s mtls=%v\n", h.Proxy.ID().Name, h.Server.ID().Name, h.Port, h.Transport.Sends, h.Transport.MTLS())
			}
			for _, d := range g.Detours(e, bk) {
				fmt.Fprintf(&b, "detour %s %d closed=%v", d.Server.ID().Name, d.Port, d.Open == truth.False)
				for _, x := range d.Exposed {
					fmt.Fprintf(&b, " %s:%d", x.Kind, x.Port)
				}
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}
