package istio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
)

// apiGateway is a Gateway infra/gw of class istio, whose proxies stand behind Service infra/edge.
func apiGateway(spec, listeners string) string {
	return "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: infra}, spec: {gatewayClassName: istio, addresses: [{type: Hostname, value: edge}], " + spec + "listeners: [" + listeners + "]}}"
}

func httpRoute(kind, rules string) string {
	return "{apiVersion: gateway.networking.k8s.io/v1, kind: " + kind + ", metadata: {name: r, namespace: shop}, spec: {parentRefs: [{name: gw, namespace: infra}], rules: [" + rules + "]}}"
}

const takesAll = "allowedRoutes: {namespaces: {from: All}}"

// Listeners as istiod makes servers of them: pilot/pkg/config/kube/gateway/conversion.go (git 86c9f01).
func TestAPIListeners(t *testing.T) {
	t.Parallel()
	https := func(tls string) string {
		return "{name: l, port: 443, protocol: HTTPS, tls: {" + tls + "}, " + takesAll + "}"
	}
	option := func(mode string) string {
		return https("options: {gateway.istio.io/tls-terminate-mode: " + mode + "}, certificateRefs: [{name: c}]")
	}
	line := func(rest string) string { return "Gateway/infra/gw:443 HTTPS " + rest + " load-balancer:443\n" }
	const validated = "tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]}}}}, "
	checkBoundary(t, []boundaryCase{
		{"Terminate is SIMPLE", []string{apiGateway("", https("certificateRefs: [{name: c}]"))}, line("terminated served=true cert=false redirects=false")},
		{"MUTUAL by option", []string{apiGateway("", option("MUTUAL"))}, line("terminated served=true cert=true redirects=false")},
		{"OPTIONAL_MUTUAL by option", []string{apiGateway("", option("OPTIONAL_MUTUAL"))}, line("terminated served=true cert=false redirects=false")},
		{"ISTIO_MUTUAL needs no Secret", []string{apiGateway("", https("options: {gateway.istio.io/tls-terminate-mode: ISTIO_MUTUAL}"))}, line("mesh-mutual served=true cert=true redirects=false")},
		{"ISTIO_SIMPLE needs no Secret", []string{apiGateway("", https("options: {gateway.istio.io/tls-terminate-mode: ISTIO_SIMPLE}"))}, line("terminated served=true cert=false redirects=false")},
		{"other options are no certificate", []string{apiGateway("", https("options: {a: b}"))}, line("terminated served=false cert=false redirects=false")},
		{"validation of client certificates", []string{apiGateway(validated, https("certificateRefs: [{name: c}]"))}, line("terminated served=true cert=true redirects=false")},
		{"the option counts more than the validation", []string{apiGateway(validated, option("OPTIONAL_MUTUAL"))}, line("terminated served=true cert=false redirects=false")},
		{
			"between networks the mesh's TLS is handed on",
			[]string{apiGateway("", "{name: l, port: 443, protocol: TLS, tls: {mode: Passthrough, options: {gateway.istio.io/listener-protocol: auto-passthrough}}}")},
			"Gateway/infra/gw:443 TLS mesh-passthrough served=true cert=unknown redirects=false load-balancer:443\n",
		},
		{
			"a protocol that Istio does not know",
			[]string{apiGateway("", "{name: l, port: 443, protocol: UDP}")},
			"Gateway/infra/gw:443 UDP opaque served=false cert=unknown redirects=false load-balancer:443\n",
		},
		{
			"a port that the Service lacks",
			[]string{apiGateway("", "{name: l, port: 81, protocol: HTTP}")},
			"Gateway/infra/gw:81 HTTP plaintext served=false cert=false redirects=false\n",
		},
		{
			"the Service that istiod makes is not in the input",
			[]string{strings.Replace(apiGateway("", "{name: l, port: 80, protocol: HTTP}"), "addresses: [{type: Hostname, value: edge}], ", "", 1)},
			`Gateway/infra/gw:80 HTTP plaintext served=unknown cert=false redirects=false
  ? Service infra/gw-istio, which istiod makes for the Gateway, is not in the input, so its proxies are not known
`,
		},
		{
			"addresses that name no Service",
			[]string{strings.Replace(apiGateway("", "{name: l, port: 80, protocol: HTTP}"), "value: edge", "value: edge.other.svc.cluster.local", 1)},
			"Gateway/infra/gw:80 HTTP plaintext served=false cert=false redirects=false\n",
		},
		{
			"a gateway between clusters",
			[]string{strings.Replace(apiGateway("", "{name: mesh, port: 9000, protocol: HBONE}"), "gatewayClassName: istio", "gatewayClassName: istio-east-west", 1)},
			"Gateway/infra/gw:9000 HBONE mesh-mutual served=true cert=true redirects=false load-balancer:9000\n",
		},
		{
			"backends: a Service, a host of the mesh, and what Istio does not know",
			[]string{
				apiGateway("", "{name: l, port: 80, protocol: HTTP, "+takesAll+"}"),
				httpRoute("HTTPRoute", "{backendRefs: [{name: cart, port: 80}, {group: networking.istio.io, kind: Hostname, name: api.other.org, port: 443}, {group: x.example, kind: Bucket, name: z}]}"),
				"{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: o, namespace: shop}, spec: {hosts: [api.other.org], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}}",
			},
			`Gateway/infra/gw:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80
  -> Service/shop/cart:80 cart weight 1
  -> api.other.org:443 weight 1
  -> Bucket/shop/z:0 weight 1 ? backends of kind Bucket.x.example are not evaluated
`,
		},
	})
}

// What changed between releases, and what follows when the release is not known.
func TestAPIListenersByRelease(t *testing.T) {
	t.Parallel()
	validated := apiGateway("tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]}}}}, ", "{name: l, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}")
	set := apiGateway("allowedListeners: {namespaces: {from: All}}, ", "") +
		"\n---\n{apiVersion: gateway.networking.k8s.io/v1, kind: ListenerSet, metadata: {name: ls, namespace: shop}, spec: {parentRef: {name: gw, namespace: infra}, listeners: [{name: h, port: 80, protocol: HTTP}]}}"
	tcp := apiGateway("", "{name: l, port: 9000, protocol: TCP, "+takesAll+"}") + "\n---\n" + httpRoute("TCPRoute", "{backendRefs: [{name: cart, port: 80}]}")
	tests := []struct {
		name, version, doc, want string
	}{
		{"validation of client certificates", "1.27.3", validated, "Gateway/infra/gw:443 HTTPS terminated served=true cert=false redirects=false load-balancer:443\n"},
		{"validation of client certificates", "1.28.0", validated, "Gateway/infra/gw:443 HTTPS terminated served=true cert=true redirects=false load-balancer:443\n"},
		{"validation of client certificates", "", validated, `Gateway/infra/gw:443 HTTPS terminated served=unknown cert=unknown redirects=false load-balancer:443
  ? Istio before 1.28 passes over the Gateway's validation of client certificates, and the version is not known
`},
		{"ListenerSet", "1.29.2", set, "ListenerSet/shop/ls:80 HTTP plaintext served=false cert=false redirects=false load-balancer:80\n"},
		{"ListenerSet", "1.30.0", set, "ListenerSet/shop/ls:80 HTTP plaintext served=true cert=false redirects=false load-balancer:80\n"},
		{"TCPRoute", "1.30.0", tcp, "Gateway/infra/gw:9000 TCP opaque served=false cert=unknown redirects=false load-balancer:9000\n"},
		{"TCPRoute", "1.31.0", tcp, "Gateway/infra/gw:9000 TCP opaque served=true cert=unknown redirects=false load-balancer:9000\n  -> Service/shop/cart:80 cart\n"},
		{"TCPRoute", "", tcp, "Gateway/infra/gw:9000 TCP opaque served=true cert=unknown redirects=false load-balancer:9000\n  -> Service/shop/cart:80 cart ? Istio reads TCPRoute since 1.31, and the version is not known\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.version, func(t *testing.T) {
			t.Parallel()
			opts := istio.Options{Version: tt.version, Revisions: []istio.Revision{{}}}
			if diff := cmp.Diff(tt.want, entriesOf(build(t, opts, edge, tt.doc))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
