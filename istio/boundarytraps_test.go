package istio_test

import "testing"

// Servers for connections are listened for only where a route leads on:
// pilot/pkg/networking/core/gateway.go createGatewayTCPFilterChainOpts (git 86c9f01).
func TestServersWithoutRoutes(t *testing.T) {
	t.Parallel()
	passthrough := gateway("{port: {number: 443, name: t, protocol: TLS}, hosts: ['*.example.com'], tls: {mode: PASSTHROUGH}}")
	const unserved = "Gateway/infra/gw:443 TLS passthrough served=false cert=unknown redirects=false load-balancer:443 hosts=*.example.com\n"
	checkBoundary(t, []boundaryCase{
		{"passthrough without a VirtualService", []string{passthrough}, unserved},
		{
			"passthrough whose VirtualService has routes for requests only",
			[]string{passthrough, virtualService("hosts: [a.example.com], http: [{route: [{destination: {host: cart}}]}]")},
			unserved,
		},
		{
			"passthrough whose route is for another port",
			[]string{passthrough, virtualService("hosts: [a.example.com], tls: [{match: [{port: 8443, sniHosts: [a.example.com]}], route: [{destination: {host: cart}}]}]")},
			unserved,
		},
		{
			"a server name goes to one route of the port, whichever server that is behind",
			[]string{
				passthrough,
				"{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: old, namespace: infra, creationTimestamp: 2025-01-01T00:00:00Z}, spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: t, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}]}}",
				"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: vs, namespace: shop}, spec: {gateways: [infra/gw, infra/old], hosts: [a.example.com], tls: [{match: [{sniHosts: [a.example.com]}], route: [{destination: {host: cart}}]}]}}",
			},
			unserved + `Gateway/infra/old:443 TLS passthrough served=true cert=unknown redirects=false load-balancer:443
  -> Service/shop/cart:80 cart hosts=a.example.com
`,
		},
		{
			"requests need no route: they are answered with 404",
			[]string{gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}")},
			"Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n",
		},
		{
			"a listener of the Gateway API for connections",
			[]string{apiGateway("", "{name: l, port: 443, protocol: TLS, tls: {mode: Passthrough}}")},
			"Gateway/infra/gw:443 TLS passthrough served=false cert=unknown redirects=false load-balancer:443\n",
		},
	})
}

// What stands behind a destination's host: pilot/pkg/networking/core/route/route.go GetDestinationCluster,
// pilot/pkg/model/push_context.go ServiceForHostname (git 86c9f01).
func TestDestinationHosts(t *testing.T) {
	t.Parallel()
	server := gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}")
	entry := func(namespace, host, ports string) string {
		return "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: o, namespace: " + namespace + "}, spec: {hosts: ['" + host + "'], ports: [" + ports + "], resolution: NONE}}"
	}
	to := func(destination string) string {
		return virtualService("hosts: ['*'], http: [{route: [{destination: {" + destination + "}}]}]")
	}
	const (
		head = "Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n"
		tls  = "{number: 443, name: tls, protocol: TLS}"
		web  = "{number: 8080, name: web, protocol: HTTP}"
	)
	checkBoundary(t, []boundaryCase{
		{
			"a ServiceEntry of another namespace with a Service's host does not hide the Service",
			[]string{server, to("host: cart"), entry("other", "cart.shop.svc.cluster.local", web)},
			head + "  -> Service/shop/cart:80 cart hosts=* ? the ServiceEntry has the host of the Service, too; which endpoints it adds or takes away is not followed\n",
		},
		{
			"a wildcard that covers a Service's host is not its host",
			[]string{server, to("host: cart"), entry("other", "*.svc.cluster.local", web)},
			head + "  -> Service/shop/cart:80 cart hosts=*\n",
		},
		{
			"nor is a wildcard the host of a name outside",
			[]string{server, to("host: api.other.org, port: {number: 443}"), entry("shop", "*.other.org", tls)},
			head + "  -> api.other.org:443 hosts=* ? neither a Service nor a ServiceEntry of the input has host api.other.org\n",
		},
		{
			"the wildcard itself",
			[]string{server, to("host: '*.other.org', port: {number: 443}"), entry("shop", "*.other.org", tls)},
			head + "  -> *.other.org:443 hosts=*\n",
		},
		{
			"without a port the host's only one",
			[]string{server, to("host: api.other.org"), entry("shop", "api.other.org", tls)},
			head + "  -> api.other.org:443 hosts=*\n",
		},
		{
			"without a port that of the server, where the host has several",
			[]string{server, to("host: api.other.org"), entry("shop", "api.other.org", tls+", "+web)},
			head + "  -> api.other.org:80 hosts=*\n",
		},
	})
}

// A Gateway that a delegating route names is the one of its own namespace, also where the delegate has
// no conditions: pilot/pkg/model/virtualservice.go ResolveVirtualServiceShortnames (git 86c9f01).
func TestDelegateWithoutConditions(t *testing.T) {
	t.Parallel()
	checkBoundary(t, []boundaryCase{{
		"the name of the Gateway is that of the root",
		[]string{
			gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}"),
			"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: vs, namespace: infra}, spec: {gateways: [gw], hosts: ['*'], http: [{match: [{gateways: [gw], uri: {prefix: /a}, ignoreUriCase: true}], delegate: {name: d, namespace: shop}}]}}",
			"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: d, namespace: shop}, spec: {http: [{route: [{destination: {host: cart}}]}]}}",
		},
		`Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80
  -> Service/shop/cart:80 cart hosts=* if path prefix /a
`,
	}})
}

// Servers of different kinds of objects on one port: pilot/pkg/model/gateway.go mergeGateways, and
// pilot/pkg/config/kube/ingress/virtualservices.go (git 86c9f01).
func TestRivals(t *testing.T) {
	t.Parallel()
	const (
		class = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: mesh}, spec: {controller: istio.io/ingress-controller}}"
	)
	https := gateway("{port: {number: 443, name: s, protocol: HTTPS}, hosts: [a.example.com], tls: {mode: SIMPLE, credentialName: c}}")
	listener := func(host string) string {
		return apiGateway("", "{name: l, port: 443, protocol: HTTPS, hostname: "+host+", tls: {certificateRefs: [{name: c}]}}")
	}
	ingress := func(name, host string) string {
		return "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: " + name + ", namespace: shop}, spec: {ingressClassName: mesh, tls: [{hosts: [" + host + "], secretName: s}], rules: [{host: " + host + ", http: {paths: [{path: /" + name + ", pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]}}"
	}
	const gap = "  ? it asks for the same port of infra/Pod/edge in a way that one of the two has to yield; which one istiod leaves out is not followed\n"
	const shared = " ? several Ingresses have rules for host a.example.com, and all of them are bound to the servers of the oldest Ingress alone\n"
	checkBoundary(t, []boundaryCase{
		{
			"a listener of the Gateway API and a server for one name",
			[]string{https, listener("a.example.com")},
			"Gateway/infra/gw:443 HTTPS terminated served=unknown cert=false redirects=false load-balancer:443 hosts=a.example.com\n" + gap +
				"Gateway/infra/gw:443 HTTPS terminated served=unknown cert=false redirects=false load-balancer:443 hosts=a.example.com\n" + gap,
		},
		{
			"they stand beside each other for two names",
			[]string{https, listener("b.example.com")},
			"Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443 hosts=b.example.com\n" +
				"Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443 hosts=a.example.com\n",
		},
		{
			"a listener in the clear on a port with TLS",
			[]string{https, apiGateway("", "{name: l, port: 443, protocol: HTTP}")},
			"Gateway/infra/gw:443 HTTP plaintext served=unknown cert=false redirects=false load-balancer:443\n" + gap +
				"Gateway/infra/gw:443 HTTPS terminated served=unknown cert=false redirects=false load-balancer:443 hosts=a.example.com\n" + gap,
		},
		{
			"requests in the clear share a port",
			[]string{gateway("{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}"), apiGateway("", "{name: l, port: 80, protocol: HTTP}")},
			"Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n" +
				"Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n",
		},
		{
			"two Ingresses with rules and certificates for one host",
			[]string{class, ingress("in", "a.example.com"), ingress("other", "a.example.com")},
			`Ingress/shop/in:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80 hosts=a.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /in
Ingress/shop/in:443 HTTPS terminated served=unknown cert=false redirects=false load-balancer:443 hosts=a.example.com
` + gap + "  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /in" + shared +
				`Ingress/shop/other:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80 hosts=a.example.com
  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /other
Ingress/shop/other:443 HTTPS terminated served=unknown cert=false redirects=false load-balancer:443 hosts=a.example.com
` + gap + "  -> Service/shop/cart:80 cart hosts=a.example.com if path prefix /other" + shared,
		},
	})
}
