package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// edge is a running gateway proxy of namespace infra behind a load balancer, and a Service to route to.
const edge = `apiVersion: v1
kind: Pod
metadata: {name: edge, namespace: infra, uid: u, labels: {istio: ingressgateway, app: edge}}
spec: {serviceAccountName: edge, containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: infra}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: edge}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}, {name: tcp, port: 9000}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop, uid: u, labels: {app: cart}}, spec: {containers: [{name: a, image: x}]}}
`

// gateway is an Istio Gateway infra/gw with these servers.
func gateway(servers string) string {
	return "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: gw, namespace: infra, creationTimestamp: 2026-01-01T00:00:00Z}, spec: {selector: {istio: ingressgateway}, servers: [" + servers + "]}}"
}

// virtualService is a VirtualService shop/vs bound to it.
func virtualService(spec string) string {
	return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: vs, namespace: shop}, spec: {gateways: [infra/gw], " + spec + "}}"
}

// entriesOf writes what Istio answers for, one line each, with backends and problems below.
func entriesOf(g *mesh.Graph) string {
	var b strings.Builder
	for _, e := range g.Entries() {
		if e.Mesh == "" {
			continue
		}
		fmt.Fprintf(&b, "%s:%d %s %s served=%v cert=%v redirects=%v", e.Object, e.Port, e.Protocol, e.TLS, e.Served, e.ClientCertificate, e.RedirectsToTLS)
		for _, x := range e.Exposed {
			fmt.Fprintf(&b, " %s:%d", x.Kind, x.Port)
		}
		if len(e.Hosts) > 0 {
			fmt.Fprintf(&b, " hosts=%s", strings.Join(e.Hosts, ","))
		}
		b.WriteByte('\n')
		for _, gap := range e.Unknown {
			fmt.Fprintf(&b, "  ? %s\n", gap.Detail)
		}
		for _, s := range e.Why {
			if s.Rule == "istio/gateway-conflict" || s.Rule == "istio/not-a-gateway" || s.Rule == "mesh/route-refused" {
				fmt.Fprintf(&b, "  because %s\n", s.Detail)
			}
		}
		for _, bk := range e.Backends {
			b.WriteString("  " + backendOf(bk) + "\n")
		}
	}
	for _, p := range g.Problems() {
		fmt.Fprintf(&b, "! %s %s %s: %s\n", p.Code, p.Object, p.Field, p.Message)
	}
	return b.String()
}

func backendOf(bk mesh.Backend) string {
	line := fmt.Sprintf("-> %s%s:%d", bk.Target, bk.External, bk.Port)
	if bk.External != "" {
		line = fmt.Sprintf("-> %s:%d", bk.External, bk.Port)
	}
	for _, w := range bk.Workloads {
		line += " " + w.ID().Name
	}
	if len(bk.Hosts) > 0 {
		line += " hosts=" + strings.Join(bk.Hosts, ",")
	}
	if bk.Match != "" {
		line += " if " + bk.Match
	}
	if bk.Weight > 0 {
		line += fmt.Sprintf(" weight %d", bk.Weight)
	}
	if bk.Subset != "" {
		line += " subset " + bk.Subset
	}
	if bk.Mirror {
		line += " mirror"
	}
	for _, g := range bk.Unknown {
		line += " ? " + g.Detail
	}
	return line
}

type boundaryCase struct {
	name string
	docs []string
	want string
}

func checkBoundary(t *testing.T, tests []boundaryCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, append([]string{edge}, tt.docs...)...)
			if diff := cmp.Diff(tt.want, entriesOf(g)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every TLS mode of a server: pilot/pkg/networking/core/gateway.go, listener.go (git 86c9f01).
func TestServerTLS(t *testing.T) {
	t.Parallel()
	server := func(protocol, tls string) string {
		if tls != "" {
			tls = ", tls: {" + tls + "}"
		}
		return gateway("{port: {number: 443, name: p, protocol: " + protocol + "}, hosts: ['*']" + tls + "}")
	}
	line := func(protocol, rest string) string {
		return "Gateway/infra/gw:443 " + protocol + " " + rest + " load-balancer:443\n"
	}
	// Without a route nobody listens for connections.
	const behind = "  -> Service/shop/cart:80 cart\n"
	tcp := virtualService("hosts: [a.b], tcp: [{route: [{destination: {host: cart}}]}]")
	sni := virtualService("hosts: [a.b], tls: [{match: [{sniHosts: [a.b]}], route: [{destination: {host: cart}}]}]")
	named := strings.Replace(behind, "\n", " hosts=a.b\n", 1)
	checkBoundary(t, []boundaryCase{
		{"plaintext", []string{server("HTTP", "")}, line("HTTP", "plaintext served=true cert=false redirects=false")},
		{"redirected", []string{server("HTTP", "httpsRedirect: true")}, line("HTTP", "plaintext served=true cert=false redirects=true")},
		{"bytes as they come", []string{server("TCP", ""), tcp}, line("TCP", "opaque served=true cert=unknown redirects=false") + behind},
		{"SIMPLE", []string{server("HTTPS", "mode: SIMPLE, credentialName: c")}, line("HTTPS", "terminated served=true cert=false redirects=false")},
		{"MUTUAL", []string{server("HTTPS", "mode: MUTUAL, credentialName: c")}, line("HTTPS", "terminated served=true cert=true redirects=false")},
		{"MUTUAL without verification", []string{server("HTTPS", "mode: MUTUAL, credentialName: c, insecureSkipVerify: true")}, line("HTTPS", "terminated served=true cert=false redirects=false")},
		{"OPTIONAL_MUTUAL authenticates nobody", []string{server("HTTPS", "mode: OPTIONAL_MUTUAL, credentialName: c")}, line("HTTPS", "terminated served=true cert=false redirects=false")},
		{"ISTIO_MUTUAL", []string{server("HTTPS", "mode: ISTIO_MUTUAL")}, line("HTTPS", "mesh-mutual served=true cert=true redirects=false")},
		{"ISTIO_MUTUAL for connections", []string{server("TLS", "mode: ISTIO_MUTUAL"), tcp}, line("TLS", "mesh-mutual served=true cert=true redirects=false") + behind},
		{"PASSTHROUGH", []string{server("TLS", "mode: PASSTHROUGH"), sni}, line("TLS", "passthrough served=true cert=unknown redirects=false") + named},
		{"TLS without a mode is PASSTHROUGH", []string{server("HTTPS", "httpsRedirect: false"), sni}, line("HTTPS", "passthrough served=true cert=unknown redirects=false") + named},
		{
			"AUTO_PASSTHROUGH",
			[]string{server("TLS", "mode: AUTO_PASSTHROUGH")},
			line("TLS", "mesh-passthrough served=true cert=unknown redirects=false") +
				"  -> -:0 if the server name is that of a port of one of the mesh's Services\n",
		},
		{
			"HTTPS without TLS settings is refused",
			[]string{server("HTTPS", ""), virtualService("hosts: [a.b], http: [{route: [{destination: {host: cart}}]}]")},
			"! rejected Gateway/infra/gw spec.servers[0].tls: protocol HTTPS needs TLS settings\n",
		},
	})
}

// Which proxies run a server, and which servers get into each other's way.
func TestServers(t *testing.T) {
	t.Parallel()
	const https = "{port: {number: 443, name: %s, protocol: HTTPS}, hosts: [%s], tls: {mode: SIMPLE, credentialName: c}}"
	checkBoundary(t, []boundaryCase{
		{
			"nobody is selected",
			[]string{strings.Replace(gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}"), "istio: ingressgateway", "istio: gone", 1)},
			`Gateway/infra/gw:80 HTTP plaintext served=unknown cert=false redirects=false
  ? no workload of the input is selected by the Gateway, so which proxies run it is not known
`,
		},
		{
			"a pod that is no gateway gets no servers",
			[]string{strings.Replace(gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}"), "istio: ingressgateway", "app: cart", 1)},
			`Gateway/infra/gw:80 HTTP plaintext served=false cert=false redirects=false
  because the selector takes in shop/Pod/cart, whose pods are no gateway proxies and get no servers
`,
		},
		{
			"without a selector every gateway proxy runs it",
			[]string{strings.Replace(gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}"), "selector: {istio: ingressgateway}, ", "", 1)},
			"Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n",
		},
		{
			"one name has one server",
			[]string{gateway(fmt.Sprintf(https, "a", "a.example.com") + ", " + fmt.Sprintf(https, "b", "a.example.com"))},
			`Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443 hosts=a.example.com
Gateway/infra/gw:443 HTTPS terminated served=false cert=false redirects=false hosts=a.example.com
  because infra/Pod/edge leaves the server out: an earlier server on the port has the name a.example.com
`,
		},
		{
			"two HTTPS servers need port names of their own",
			[]string{gateway(fmt.Sprintf(https, "a", "a.example.com") + ", " + fmt.Sprintf(https, "a", "b.example.com"))},
			`! rejected Gateway/infra/gw spec.servers[1].port.name: the name of the port stands twice
`,
		},
		{
			"servers with addresses of their own are listeners of their own",
			[]string{gateway("{port: {number: 9000, name: a, protocol: HTTP}, hosts: ['*']}, {port: {number: 9000, name: b, protocol: TCP}, hosts: ['*'], bind: 10.0.0.1}, {port: {number: 9000, name: c, protocol: TCP}, hosts: ['*'], bind: 10.0.0.1}"), virtualService("hosts: [a.b], tcp: [{route: [{destination: {host: cart}}]}]")},
			`Gateway/infra/gw:9000 HTTP plaintext served=true cert=false redirects=false load-balancer:9000
Gateway/infra/gw:9000 TCP opaque served=true cert=unknown redirects=false load-balancer:9000
  -> Service/shop/cart:80 cart
Gateway/infra/gw:9000 TCP opaque served=false cert=unknown redirects=false
  because infra/Pod/edge leaves the server out: server "b" of Gateway infra/gw of protocol TCP has the port already
  -> Service/shop/cart:80 cart
`,
		},
		{
			"a port is for requests in the clear or for connections: the older Gateway has it",
			[]string{
				gateway("{port: {number: 8080, name: t, protocol: TCP}, hosts: ['*']}"),
				"{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: old, namespace: shop, creationTimestamp: 2025-01-01T00:00:00Z}, spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}]}}",
			},
			`Gateway/infra/gw:8080 TCP opaque served=false cert=unknown redirects=false
  because infra/Pod/edge leaves the server out: server "h" of Gateway shop/old of protocol HTTP has the port already
Gateway/shop/old:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80
`,
		},
	})
}

// Which VirtualServices a server takes, and where they send.
func TestVirtualServices(t *testing.T) {
	t.Parallel()
	const (
		httpServer = "{port: {number: 80, name: h, protocol: HTTP}, hosts: [%s]}"
		head       = "Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80"
		cart       = "{destination: {host: cart.shop.svc.cluster.local}}"
	)
	server := func(hosts string) string { return gateway(fmt.Sprintf(httpServer, hosts)) }
	checkBoundary(t, []boundaryCase{
		{
			"host names in common, short hosts, one port, weights, subsets, mirrors",
			[]string{server("'*.example.com'"), virtualService("hosts: [a.example.com, b.org], http: [{match: [{uri: {prefix: /x}, method: {exact: GET}}], route: [{destination: {host: cart, subset: v1}, weight: 90}, {destination: {host: cart.shop.svc.cluster.local, port: {number: 80}}, weight: 10}, {destination: {host: gone}, weight: 0}], mirror: {host: cart}}]")},
			head + ` hosts=*.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x, method GET weight 90 subset v1
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x, method GET weight 10
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x, method GET mirror
`,
		},
		{
			"a host with a dot is complete",
			[]string{server("'*'"), virtualService("hosts: ['*'], http: [{route: [{destination: {host: cart.shop}}]}]")},
			head + "\n  -> cart.shop:80 hosts=* ? neither a Service nor a ServiceEntry of the input has host cart.shop\n",
		},
		{
			"a ServiceEntry's host, and a Service that is not there",
			[]string{
				server("'*'"), virtualService("hosts: ['*'], http: [{match: [{uri: {exact: /}}], route: [{destination: {host: api.other.org, port: {number: 443}}}]}, {route: [{destination: {host: gone}}]}]"),
				"{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: o, namespace: shop}, spec: {hosts: [api.other.org], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}}",
			},
			head + `
  -> api.other.org:443 hosts=* if path /
  -> Service/shop/gone:0 hosts=* ? there is no such Service in the input
`,
		},
		{
			"nothing gets past a route for everything",
			[]string{server("'*'"), virtualService("hosts: ['*'], http: [{route: [" + cart + "]}, {match: [{uri: {exact: /y}}], route: [{destination: {host: gone}}]}]")},
			head + "\n  -> Service/shop/cart:80 cart hosts=*\n! warned VirtualService/shop/vs spec.http[1]: a route before it has no matches, so that no traffic gets here\n",
		},
		{
			"hosts of a server may be kept to a namespace",
			[]string{server("infra/*"), virtualService("hosts: ['*'], http: [{route: [" + cart + "]}]")},
			head + "\n",
		},
		{
			"exportTo hides a VirtualService from the gateway's namespace",
			[]string{server("'*'"), virtualService("hosts: ['*'], exportTo: ['.'], http: [{route: [" + cart + "]}]")},
			head + "\n",
		},
		{
			"exportTo names the gateway's namespace",
			[]string{server("'*'"), virtualService("hosts: ['*'], exportTo: [infra], http: [{route: [" + cart + "]}]")},
			head + "\n  -> Service/shop/cart:80 cart hosts=*\n",
		},
		{
			"conditions on the gateway, the port and the proxy's labels",
			[]string{server("'*'"), virtualService("hosts: ['*'], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: a}}]}, {match: [{port: 81}], route: [{destination: {host: b}}]}, {match: [{sourceLabels: {app: other}}], route: [{destination: {host: c}}]}, {match: [{gateways: [infra/gw], uri: {exact: /d}}], route: [" + cart + "]}]")},
			head + "\n  -> Service/shop/cart:80 cart hosts=* if path /d\n",
		},
		{
			"everything is redirected to https",
			[]string{server("'*'"), virtualService("hosts: ['*'], http: [{redirect: {scheme: https}}]")},
			"Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=true load-balancer:80\n",
		},
		{
			"a delegate's routes within the conditions of the route that delegates",
			[]string{
				server("'*'"),
				virtualService("hosts: ['*'], http: [{match: [{uri: {prefix: /shop}}], delegate: {name: d, namespace: team}}, {match: [{uri: {prefix: /x}}], delegate: {name: gone}}]"),
				"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: d, namespace: team}, spec: {http: [{match: [{uri: {prefix: /shop/a}}], route: [" + cart + "]}, {match: [{uri: {prefix: /y}}], route: [{destination: {host: yy}}]}]}}",
			},
			head + `
  -> Service/shop/cart:80 cart hosts=* if path prefix /shop/a
! dangling VirtualService/shop/vs spec.http[1].delegate: there is no VirtualService shop/gone without hosts in the input; the route is dropped
! rejected VirtualService/team/d spec.http[1].match: the delegate's conditions lie outside those of VirtualService shop/vs; the route is dropped
`,
		},
		{
			"passthrough goes by server name, once for each",
			[]string{
				gateway("{port: {number: 443, name: t, protocol: TLS}, hosts: ['*.example.com'], tls: {mode: PASSTHROUGH}}"),
				virtualService("hosts: [a.example.com], http: [{route: [{destination: {host: nope}}]}], tls: [{match: [{sniHosts: [a.example.com], port: 443}], route: [" + cart + "]}, {match: [{sniHosts: [a.example.com]}], route: [{destination: {host: nope}}]}]"),
			},
			`Gateway/infra/gw:443 TLS passthrough served=true cert=unknown redirects=false load-balancer:443 hosts=*.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com
`,
		},
		{
			"connections take the first route, after TLS has ended or without it",
			[]string{
				gateway("{port: {number: 443, name: t, protocol: TLS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c}}, {port: {number: 9000, name: tcp, protocol: TCP}, hosts: ['*']}"),
				virtualService("hosts: ['*'], tcp: [{match: [{port: 9000}], route: [" + cart + "]}, {route: [{destination: {host: cart, port: {number: 80}}}]}]"),
			},
			`Gateway/infra/gw:443 TLS terminated served=true cert=false redirects=false load-balancer:443
  -> Service/shop/cart:80 cart
Gateway/infra/gw:9000 TCP opaque served=true cert=unknown redirects=false load-balancer:9000
  -> Service/shop/cart:80 cart
`,
		},
		{
			"the names that a Gateway is called by, and one that is not there",
			[]string{
				server("'*'"),
				"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: same, namespace: infra}, spec: {gateways: [gw, ./gw, gw.infra.svc.cluster.local, mesh, gone], hosts: [a.example.com], http: [{route: [" + cart + "]}]}}",
			},
			head + `
  -> Service/shop/cart:80 cart hosts=a.example.com
! dangling VirtualService/infra/same spec.gateways[4]: there is no Gateway infra/gone in the input
`,
		},
	})
}

// Ingresses that Istio serves: pilot/pkg/config/kube/ingress (git 86c9f01).
func TestServedIngress(t *testing.T) {
	t.Parallel()
	const rules = "rules: [{host: a.example.com, http: {paths: [{path: /x, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]"
	ingress := func(meta, spec string) string {
		return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in, namespace: shop" + meta + "}, spec: {" + spec + rules + "}}"
	}
	const class = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: mesh}, spec: {controller: istio.io/ingress-controller}}"
	const plain = `Ingress/shop/in:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80 hosts=a.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x
`
	checkBoundary(t, []boundaryCase{
		{"by the controller of its class", []string{class, ingress("", "ingressClassName: mesh, ")}, plain},
		{"by the old annotation", []string{ingress(", annotations: {kubernetes.io/ingress.class: istio}", "")}, plain},
		{"the annotation counts before the class", []string{class, ingress(", annotations: {kubernetes.io/ingress.class: nginx}", "ingressClassName: mesh, ")}, ""},
		{
			"the API server gives the default class to an Ingress without one",
			[]string{strings.Replace(class, "name: mesh", "name: mesh, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}", 1), ingress("", "")},
			plain,
		},
		{
			"a controller that is switched off takes none",
			[]string{class, ingress("", "ingressClassName: mesh, "), "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'ingressControllerMode: \"OFF\"'}}"},
			"",
		},
		{"without a class Istio takes none", []string{ingress("", "")}, ""},
		{
			"TLS ends with SIMPLE, and the default backend is passed over",
			[]string{class, ingress("", "ingressClassName: mesh, tls: [{hosts: [a.example.com], secretName: s}, {hosts: [b.example.com]}], defaultBackend: {service: {name: cart, port: {number: 80}}}, ")},
			`Ingress/shop/in:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x
Ingress/shop/in:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443 hosts=a.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /x
Ingress/shop/in:443 HTTPS terminated served=false cert=false redirects=false load-balancer:443 hosts=b.example.com
`,
		},
	})
}

// A Gateway that Istio answers for is not listed twice.
func TestServedOnce(t *testing.T) {
	t.Parallel()
	g := build(t, installed, edge,
		"{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: w, namespace: shop}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}}",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: a, namespace: shop}, spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}}",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: b, namespace: shop}, spec: {gatewayClassName: other, listeners: [{name: http, port: 80, protocol: HTTP}]}}",
	)
	var got []string
	for _, e := range g.Entries() {
		if e.Kind == mesh.EntryGateway {
			got = append(got, e.Object.Name+" of mesh "+e.Mesh)
		}
	}
	if diff := cmp.Diff([]string{"a of mesh istio", "b of mesh "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
