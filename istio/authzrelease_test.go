package istio_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Values that are put into regular expressions as they are let more in than they say; the patch
// releases in which that ended differ.
func TestAuthorizeReleases(t *testing.T) {
	t.Parallel()
	suffix := "rules: [{from: [{source: {principals: ['*/sa/a.b']}}]}]"
	account := "rules: [{from: [{source: {serviceAccounts: [shop/a.b]}}]}]"
	namespace := "rules: [{from: [{source: {namespaces: ['sh.p']}}]}]"
	for _, row := range []struct {
		version, policy, client string
		want                    truth.Value
	}{
		{"1.29.2", suffix, "shop/sa/axb", truth.True},
		{"1.29.3", suffix, "shop/sa/axb", truth.False},
		{"1.28.6", suffix, "shop/sa/axb", truth.True},
		{"1.28.7", suffix, "shop/sa/axb", truth.False},
		{"1.27.9", suffix, "shop/sa/axb", truth.True},
		{"1.31.0", suffix, "shop/sa/axb", truth.False},
		{"1.24.0", suffix, "shop/sa/a.b", truth.True},
		{"1.28.5", account, "shop/sa/axb", truth.True},
		{"1.28.6", account, "shop/sa/axb", truth.False},
		{"1.27.8", account, "shop/sa/axb", truth.True},
		{"1.27.9", account, "shop/sa/axb", truth.False},
		{"1.29.6", namespace, "shop/sa/a", truth.False},
		{"1.29.2", namespace, "shop/sa/a", truth.True},
		{"", namespace, "shop/sa/a", truth.False},
		// A list that is no regular expression makes Envoy refuse the whole configuration.
		{"1.29.2", "rules: [{from: [{source: {namespaces: ['sh(p']}}]}]", "shop/sa/a", truth.Unknown},
		// A suffix is a regular expression as well, and its star repeats the slash before it.
		{"1.29.2", "rules: [{from: [{source: {principals: ['*/sa/*']}}]}]", "shop/sa/a", truth.False},
		{"1.29.2", "rules: [{from: [{source: {principals: ['*/sa/*a']}}]}]", "shop/sa/a", truth.True},
		// A key of when that istiod does not know makes it pass over the rule.
		{"1.24.0", "rules: [{when: [{key: source.serviceAccount, values: [shop/a]}]}]", "shop/sa/a", truth.False},
		{"1.30.0", "action: DENY, rules: [{when: [{key: source.trustDomain, values: ['*']}]}]", "shop/sa/a", truth.True},
		{"1.31.0", "action: DENY, rules: [{when: [{key: source.trustDomain, values: ['*']}]}]", "shop/sa/a", truth.False},
	} {
		opts := installed
		opts.Version, opts.KeepInvalid = row.version, true
		g := build(t, opts, sidecarPod(""), httpService, authz("ns", "a", row.policy))
		p := onePoint(t, g, mesh.Request{From: from(row.client), Port: 8080, HTTP: get("/")})
		if p.Allowed != row.want {
			t.Errorf("%q: %s for %s: %v because %v (%v), want %v", row.version, row.policy, row.client, p.Allowed, p.Why, p.Unknown, row.want)
		}
	}
}

// Before 1.29 ztunnel enforced what was meant as a trial run.
func TestAuthorizeZtunnelTrial(t *testing.T) {
	t.Parallel()
	trial := strings.Replace(authz("ns", "a", "action: DENY, rules: [{}]"), "namespace: ns}", "namespace: ns, annotations: {istio.io/dry-run: 'true'}}", 1)
	for version, want := range map[string]truth.Value{"1.28.9": truth.False, "1.29.0": truth.True, "1.31.0": truth.True, "": truth.True} {
		opts := installed
		opts.Version = version
		p := onePoint(t, build(t, opts, ambientPod(""), httpService, trial), mesh.Request{From: from("shop/sa/cart"), Port: 8080})
		if p.Allowed != want {
			t.Errorf("%q: %v because %v, want %v", version, p.Allowed, p.Why, want)
		}
	}
}

// Where policies ask several providers, a trial run refuses nothing: istiod makes refusals of the
// other policies alone.
func TestAuthorizeTrialOfProviders(t *testing.T) {
	t.Parallel()
	trial := strings.Replace(authz("ns", "trial", "action: CUSTOM, provider: {name: b}, rules: [{to: [{operation: {paths: [/trial]}}]}]"),
		"namespace: ns}", "namespace: ns, annotations: {istio.io/dry-run: 'true'}}", 1)
	opts := installed
	opts.KeepInvalid = true
	opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte(`extensionProviders:
- {name: a, envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80}}
- {name: b, envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80}}`)}
	g := build(t, opts, sidecarPod(""), httpService, trial, authz("ns", "ask", "action: CUSTOM, provider: {name: a}, rules: [{to: [{operation: {paths: [/ask]}}]}]"))
	for path, want := range map[string]truth.Value{"/trial": truth.True, "/ask": truth.False, "/": truth.True} {
		if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get(path)}); p.Allowed != want {
			t.Errorf("%s: %v because %v, want %v", path, p.Allowed, p.Why, want)
		}
	}
}

// A provider that istiod does not take refuses what it would be asked about.
func TestAuthorizeUnusableProvider(t *testing.T) {
	t.Parallel()
	for extra, want := range map[string]truth.Value{
		"": truth.Unknown, "statusOnError: '503'": truth.Unknown, "statusOnError: '999'": truth.False,
		"includeRequestHeadersInCheck: ['*']": truth.False, "headersToUpstreamOnAllow: ['x-*']": truth.Unknown,
	} {
		opts := installed
		opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte("extensionProviders: [{name: a, envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80, " + extra + "}}]")}
		g := build(t, opts, sidecarPod(""), httpService, authz("ns", "ask", "action: CUSTOM, provider: {name: a}, rules: [{}]"))
		if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")}); p.Allowed != want {
			t.Errorf("%s: %v because %v (%v), want %v", extra, p.Allowed, p.Why, p.Unknown, want)
		}
	}
}

// What an authorizer may put into a request it lets pass is not known to the policies after it.
func TestAuthorizeChangedByProvider(t *testing.T) {
	t.Parallel()
	deny := "action: DENY, rules: [{when: [{key: 'request.headers[X-User]', notValues: ['*']}]}]"
	allow := "rules: [{when: [{key: 'request.headers[X-User]', values: ['*']}]}]"
	for _, row := range []struct {
		name, provider, policy string
		want                   truth.Value
	}{
		{"it sets the header that DENY asks for", "envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80, headersToUpstreamOnAllow: ['x-u*']}", deny, truth.Unknown},
		{"it sets another", "envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80, headersToUpstreamOnAllow: [x-team]}", deny, truth.False},
		{"it sets the header that ALLOW asks for", "envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80, headersToUpstreamOnAllow: [X-User]}", allow, truth.Unknown},
		{"it sets none", "envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80}", allow, truth.False},
		{"by gRPC it is taken to set none", "envoyExtAuthzGrpc: {service: w.ns.svc.cluster.local, port: 80}", deny, truth.False},
		{"it does not change who calls", "envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80, headersToUpstreamOnAllow: ['x-u*']}", "action: DENY, rules: [{from: [{source: {namespaces: [shop]}}]}]", truth.False},
	} {
		opts := installed
		opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte("extensionProviders: [{name: a, " + row.provider + "}]")}
		g := build(t, opts, sidecarPod(""), httpService, authz("ns", "ask", "action: CUSTOM, provider: {name: a}, rules: [{}]"), authz("ns", "p", row.policy))
		if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")}); p.Allowed != row.want {
			t.Errorf("%s: %v because %v (%v), want %v", row.name, p.Allowed, p.Why, p.Unknown, row.want)
		}
	}
}

// A sidecar that begins the mesh's mutual TLS names a server of which the question says nothing.
func TestAuthorizeServerName(t *testing.T) {
	t.Parallel()
	g := build(t, installed, sidecarPod(""), httpService, clientPod("shop", "a", true), clientPod("bank", "c", false),
		authz("ns", "a", "action: DENY, rules: [{when: [{key: connection.sni, values: ['*']}]}]"))
	for _, row := range []struct {
		client, sni string
		want        truth.Value
	}{{"a", "", truth.Unknown}, {"a", "x", truth.False}, {"c", "", truth.True}} {
		v := g.Authorize(mesh.Request{From: mesh.Client{Workload: workload(t, g, row.client), SNI: row.sni}, To: workload(t, g, "p"), Port: 8080, HTTP: get("/")})
		p, _ := v.Decisive()
		if p.Allowed != row.want || p.Allowed == truth.Unknown && len(p.Unknown) == 0 {
			t.Errorf("%s naming %q: %v because %v (%v), want %v", row.client, row.sni, p.Allowed, p.Why, p.Unknown, row.want)
		}
	}
}

// In 1.24 a policy that names a Gateway reached Gateways of that name in other namespaces, from where
// istiod looked at all; and a waypoint's RequestAuthentications were not those of the Service's
// namespace.
func TestAuthorizeTargetsBefore25(t *testing.T) {
	t.Parallel()
	gateway := strings.NewReplacer("name: p\n", "name: p\n", "app: w, security.istio.io/tlsMode: istio", "gateway.networking.k8s.io/gateway-name: wp", "[proxy, sidecar]", "[proxy, router]").Replace(sidecarPod(""))
	policy := authz("istio-system", "a", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: wp}], action: DENY, rules: [{}]")
	for version, want := range map[string]truth.Value{"1.24.6": truth.False, "1.25.0": truth.True} {
		opts := installed
		opts.Version = version
		p := onePoint(t, build(t, opts, gateway, policy), mesh.Request{From: from(""), Port: 8080, HTTP: get("/")})
		if p.Allowed != want {
			t.Errorf("%s: %v because %v (%v), want %v", version, p.Allowed, p.Why, p.Unknown, want)
		}
	}
}
