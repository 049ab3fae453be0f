package mesh_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// gw is a Gateway of namespace infra with these listeners.
func gw(listeners string) string {
	return `{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: toy}, spec: {controllerName: toy.example/c}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {team: shop}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: edge, namespace: infra, labels: {gateway.networking.k8s.io/gateway-name: gw, app: edge}}, spec: {containers: [{name: p, image: x}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: infra}, spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: edge}, ports: [{name: https, port: 443, targetPort: 8443}, {name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: infra}, spec: {gatewayClassName: toy, listeners: [` + listeners + `]}}
---
` + app("cart", "") + "}}\n---\n"
}

func route(kind, spec string) string {
	return "{apiVersion: gateway.networking.k8s.io/v1, kind: " + kind + ", metadata: {name: r, namespace: ns}, spec: {parentRefs: [{name: gw, namespace: infra}], " + spec + "}}\n---\n"
}

const (
	fromAll = "allowedRoutes: {namespaces: {from: All}}"
	toCart  = "rules: [{backendRefs: [{name: cart, port: 80}]}]"
)

func TestGatewayAPI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{
			"TLS ends at the listener, and routes take what host names have in common",
			gw("{name: https, port: 443, protocol: HTTPS, hostname: '*.example.com', tls: {certificateRefs: [{name: c}]}, "+fromAll+"}") +
				route("HTTPRoute", "hostnames: [shop.example.com, other.org], rules: [{matches: [{path: {value: /cart}, method: GET}], backendRefs: [{name: cart, port: 80, weight: 9}, {name: gone, port: 80}, {name: cart, port: 81, weight: 0}]}]"),
			`gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443[] hosts=*.example.com by infra/Pod/edge
  Service/ns/cart:80 cart hosts=shop.example.com if path prefix /cart, method GET weight 9
  Service/ns/gone:80 hosts=shop.example.com if path prefix /cart, method GET weight 1 ! there is no such Service in the input
`,
		},
		{
			"a redirect leaves nothing behind the plaintext listener, and a mirror gets its copy",
			gw("{name: http, port: 80, protocol: HTTP, "+fromAll+"}") +
				route("HTTPRoute", "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]"),
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=true load-balancer:80[] by infra/Pod/edge
`,
		},
		{
			"one of two rules redirects",
			gw("{name: http, port: 80, protocol: HTTP, "+fromAll+"}") +
				route("HTTPRoute", "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}, {filters: [{type: RequestMirror, requestMirror: {backendRef: {name: cart, port: 80}}}], matches: [{path: {value: /x, type: Exact}}]}]"),
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
  Service/ns/cart:80 cart if path /x mirror
`,
		},
		{
			"by default a listener takes routes of its own namespace",
			gw("{name: http, port: 80, protocol: HTTP}") + route("HTTPRoute", toCart),
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
! in.yaml:16:117: rejected: HTTPRoute/ns/r spec.parentRefs[0]: no listener takes the route: listener http takes no routes from namespace ns
`,
		},
		{
			"namespaces are taken in by their labels",
			gw("{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}}") + route("HTTPRoute", toCart),
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
  Service/ns/cart:80 cart
`,
		},
		{
			"passthrough goes by server name, and no other kind fits it",
			gw("{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}, "+fromAll+"}") + route("TLSRoute", "hostnames: [a.example.com], "+toCart) + strings.ReplaceAll(route("HTTPRoute", toCart), "name: r,", "name: h,"),
			`gateway Gateway/infra/gw:443 TLS passthrough served=true cert=unknown redirects=false load-balancer:443[] by infra/Pod/edge
  Service/ns/cart:80 cart hosts=a.example.com
! in.yaml:18:117: rejected: HTTPRoute/ns/h spec.parentRefs[0]: no listener takes the route: listener tls takes no HTTPRoute
`,
		},
		{
			"a listener without a name hands over what a narrower one takes",
			gw("{name: all, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}, "+fromAll+"}, {name: one, port: 443, protocol: HTTPS, hostname: a.example.com, tls: {certificateRefs: [{name: c}]}, "+fromAll+"}") +
				route("HTTPRoute", "hostnames: [a.example.com, b.example.com], "+toCart),
			`gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443[] by infra/Pod/edge
  Service/ns/cart:80 cart hosts=b.example.com
gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443[] hosts=a.example.com by infra/Pod/edge
  Service/ns/cart:80 cart hosts=a.example.com
`,
		},
		{
			"a name is narrower than a wildcard of the same length",
			gw("{name: all, port: 80, protocol: HTTP, hostname: '*.example.com', "+fromAll+"}, {name: one, port: 80, protocol: HTTP, hostname: x.example.com, "+fromAll+"}") +
				route("HTTPRoute", "hostnames: [x.example.com, long.example.com], "+toCart),
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] hosts=*.example.com by infra/Pod/edge
  Service/ns/cart:80 cart hosts=long.example.com
gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] hosts=x.example.com by infra/Pod/edge
  Service/ns/cart:80 cart hosts=x.example.com
`,
		},
		{
			"two listeners for one name: the first has it",
			gw("{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}, " + fromAll + "}, {name: b, port: 443, protocol: TLS, tls: {mode: Passthrough}, " + fromAll + "}"),
			`gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443[] by infra/Pod/edge
gateway Gateway/infra/gw:443 TLS passthrough served=false cert=unknown redirects=false load-balancer:443[] by infra/Pod/edge
`,
		},
		{
			"certificates and backends of another namespace need a grant",
			gw("{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c, namespace: certs}]}, "+fromAll+"}") +
				route("HTTPRoute", "rules: [{backendRefs: [{name: far, namespace: else, port: 80}]}]"),
			`gateway Gateway/infra/gw:443 HTTPS terminated served=false cert=false redirects=false load-balancer:443[] by infra/Pod/edge
  Service/else/far:80 ! no ReferenceGrant lets the route send to it
! in.yaml:9:207: dangling: Gateway/infra/gw spec.listeners[0].tls.certificateRefs[0]: no ReferenceGrant lets the listener use Secret/certs/c
`,
		},
		{
			"with a grant they are used",
			gw("{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c, namespace: certs}]}, "+fromAll+"}") +
				route("HTTPRoute", "rules: [{backendRefs: [{name: far, namespace: else, port: 80}]}]") +
				`{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: g, namespace: certs}, spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}], to: [{group: "", kind: Secret, name: c}]}}
---
{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: g, namespace: else}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: ns}], to: [{group: "", kind: Service}]}}
`,
			`gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443[] by infra/Pod/edge
  Service/else/far:80 ! there is no such Service in the input
`,
		},
		{
			"client certificates are demanded, or only asked for",
			strings.Replace(gw("{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}, {name: other, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}"), "gatewayClassName: toy", "gatewayClassName: toy, tls: {frontend: {default: {validation: {caCertificateRefs: [{name: ca, kind: ConfigMap, group: ''}]}}, perPort: [{port: 8443, tls: {validation: {mode: AllowInsecureFallback, caCertificateRefs: [{name: ca, kind: ConfigMap, group: ''}]}}}]}}", 1),
			`gateway Gateway/infra/gw:443 HTTPS terminated served=true cert=true redirects=false load-balancer:443[] by infra/Pod/edge
gateway Gateway/infra/gw:8443 HTTPS terminated served=true cert=false redirects=false by infra/Pod/edge
`,
		},
		{
			"a ListenerSet adds listeners where the Gateway takes them",
			strings.Replace(gw(""), "gatewayClassName: toy", "gatewayClassName: toy, allowedListeners: {namespaces: {from: All}}", 1) +
				`{apiVersion: gateway.networking.k8s.io/v1, kind: ListenerSet, metadata: {name: ls, namespace: ns}, spec: {parentRef: {name: gw, namespace: infra}, listeners: [{name: http, port: 80, protocol: HTTP}]}}
---
` + strings.Replace(route("HTTPRoute", toCart), "name: gw, namespace: infra", "kind: ListenerSet, name: ls", 1),
			`gateway ListenerSet/ns/ls:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
  Service/ns/cart:80 cart
`,
		},
		{
			"a ListenerSet that the Gateway does not take",
			gw("") + `{apiVersion: gateway.networking.k8s.io/v1, kind: ListenerSet, metadata: {name: ls, namespace: ns}, spec: {parentRef: {name: gw, namespace: infra}, listeners: [{name: http, port: 80, protocol: HTTP}]}}
`,
			`gateway ListenerSet/ns/ls:80 HTTP plaintext served=false cert=false redirects=false load-balancer:80[] by infra/Pod/edge
`,
		},
		{
			"a Gateway that is not there, a listener that is not there, and a Service as the parent",
			gw("{name: http, port: 80, protocol: HTTP, "+fromAll+"}") +
				"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: ns}, spec: {parentRefs: [{name: gone}, {name: gw, namespace: infra, sectionName: web}, {group: '', kind: Service, name: cart}], " + toCart + "}}",
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
! in.yaml:16:118: dangling: HTTPRoute/ns/r spec.parentRefs[0].name: there is no Gateway ns/gone in the input
! in.yaml:16:131: dangling: HTTPRoute/ns/r spec.parentRefs[1]: the parent has no listener web
`,
		},
		{
			"a policy makes the gateway begin TLS to the backend",
			gw("{name: http, port: 80, protocol: HTTP, "+fromAll+"}") + route("HTTPRoute", toCart) +
				"{apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: {name: p, namespace: ns}, spec: {targetRefs: [{group: '', kind: Service, name: cart}], validation: {hostname: cart, wellKnownCACertificates: System}}}",
			`gateway Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80[] by infra/Pod/edge
  Service/ns/cart:80 cart ! the policy makes gateways begin TLS to the backend, which is not part of what is judged of the second hop
`,
		},
		{
			"what the API server would refuse is not known",
			gw("{name: a, port: 80, protocol: HTTP, tls: {}}, {name: b, port: 443, protocol: HTTPS}, {name: c, port: 444, protocol: HTTPS, tls: {}}, {name: d, port: 445, protocol: example.com/X}"),
			`gateway Gateway/infra/gw:80 HTTP unknown served=unknown cert=unknown redirects=false load-balancer:80[] by infra/Pod/edge
gateway Gateway/infra/gw:443 HTTPS unknown served=unknown cert=unknown redirects=false load-balancer:443[] by infra/Pod/edge
gateway Gateway/infra/gw:444 HTTPS terminated served=false cert=false redirects=false by infra/Pod/edge
gateway Gateway/infra/gw:445 example.com/X unknown served=unknown cert=unknown redirects=false by infra/Pod/edge
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for line := range strings.Lines(entries(t, tt.text)) {
				if !strings.HasPrefix(line, "load-balancer ") && !strings.HasPrefix(line, "  -:") { // the edge's own Service
					got += line
				}
			}
			for _, p := range graph(t, tt.text).Problems() {
				got += "! " + p.String() + "\n"
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommonHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b, want string
	}{
		{"", "", ""},
		{"", "a.b", "a.b"},
		{"*.b", "a.b c.d", "a.b"},
		{"a.b", "*.b", "a.b"},
		{"*.b", "*.a.b", "*.a.b"},
		{"*.a.b", "*.b", "*.a.b"},
		{"*.b", "b", ""},
		{"*", "a.b", "a.b"},
		{"*.com", "xcom", ""},
	}
	for _, tt := range tests {
		got := strings.Join(mesh.CommonHosts(strings.Fields(tt.a), strings.Fields(tt.b)), " ")
		if got != tt.want {
			t.Errorf("%q and %q have %q in common, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}
