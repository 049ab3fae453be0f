package istio_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// authz writes an AuthorizationPolicy; rest is the flow-style content of its spec.
func authz(ns, name, rest string) string {
	return fmt.Sprintf(`apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: %s, namespace: %s}
spec: {%s}`, name, ns, rest)
}

// httpService is Service ns/w, which declares port 8080 of pod p as HTTP, 9000 as TCP, and of 7000
// nothing.
const httpService = `apiVersion: v1
kind: Service
metadata: {name: w, namespace: ns}
spec:
  selector: {app: w}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}, {name: other, port: 7000}]`

// onePoint asks about a request that arrives at pod ns/p, and returns the only point that judges it.
func onePoint(t *testing.T, g *mesh.Graph, r mesh.Request) mesh.Point {
	t.Helper()
	r.To, r.Way = workload(t, g, "p"), &mesh.Way{}
	v := g.Authorize(r)
	if len(v.Points) != 1 {
		t.Fatalf("judged at %d points: %+v", len(v.Points), v.Points)
	}
	return v.Points[0]
}

func from(identity string) mesh.Client {
	if identity == "" {
		return mesh.Client{}
	}
	return mesh.Client{Identity: "spiffe://cluster.local/ns/" + identity}
}

func get(path string) *mesh.HTTP { return &mesh.HTTP{Method: "GET", Path: path, Host: "w.ns"} }

// The policies of a sidecar: what they say of requests to HTTP port 8080 and TCP port 9000.
func TestAuthorizeSidecar(t *testing.T) {
	t.Parallel()
	const shop = "shop/sa/cart"
	for _, row := range []struct {
		name, policy string // the content of a spec
		client       string
		port         uint16
		http         *mesh.HTTP
		want         truth.Value
		rule         string // of the first step
	}{
		{"no rules allow nothing", "", shop, 8080, get("/"), truth.False, "istio/no-allow-match"},
		{"an empty rule allows everything", "rules: [{}]", "", 8080, get("/"), truth.True, "istio/allow-rule"},
		{"nothing is known of plaintext peers", "rules: [{from: [{source: {principals: ['*']}}]}]", "", 8080, get("/"), truth.False, "istio/no-allow-match"},
		{"not* matches plaintext peers", "action: DENY, rules: [{from: [{source: {notPrincipals: ['*']}}]}]", "", 8080, get("/"), truth.False, "istio/deny-rule"},
		{"DENY leaves the rest alone", "action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]", shop, 8080, get("/"), truth.True, "istio/no-allow-policy"},
		{"DENY of HTTP denies all TCP", "action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]", shop, 9000, nil, truth.False, "istio/deny-rule"},
		{"ALLOW of HTTP allows no TCP", "rules: [{to: [{operation: {methods: [GET]}}]}]", shop, 9000, nil, truth.False, "istio/no-allow-match"},
		{"a path is what precedes the query", "rules: [{to: [{operation: {paths: [/a]}}]}]", shop, 8080, get("/a?b"), truth.True, "istio/allow-rule"},
		{"paths are normalized", "action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]", shop, 8080, get("/x/../admin"), truth.False, "istio/deny-rule"},
		{"so is the path among the headers", "action: DENY, rules: [{when: [{key: 'request.headers[:path]', values: ['/admin?x=1']}]}]", shop, 8080, get("/x/../admin?x=1"), truth.False, "istio/deny-rule"},
		{"a prefix with a slash leaves the bare path out", "rules: [{to: [{operation: {paths: ['/a/*']}}]}]", shop, 8080, get("/a"), truth.False, "istio/no-allow-match"},
		{"a host is compared with its port", "rules: [{to: [{operation: {hosts: [W.NS]}}]}]", shop, 8080, get("/"), truth.True, "istio/allow-rule"},
		{"ports are those of the pod", "rules: [{to: [{operation: {ports: ['80']}}]}]", shop, 8080, get("/"), truth.False, "istio/no-allow-match"},
		{"every condition must hold", "rules: [{when: [{key: source.namespace, values: [shop]}, {key: 'request.headers[x-a]', values: ['1']}]}]", shop, 8080, get("/"), truth.False, "istio/no-allow-match"},
		{"an account of the policy's own namespace", "rules: [{from: [{source: {serviceAccounts: [cart]}}]}]", "ns/sa/cart", 8080, get("/"), truth.True, "istio/allow-rule"},
		{"policies with a target leave sidecars alone", "targetRefs: [{kind: Service, name: w}]", shop, 8080, get("/"), truth.True, "istio/no-allow-policy"},
		{"an unknown address leaves it open", "rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]", shop, 8080, get("/"), truth.Unknown, "istio/allow-rule"},
		{"escapes of letters may be decoded", "rules: [{to: [{operation: {paths: [/a]}}]}]", shop, 8080, get("/%61"), truth.Unknown, "istio/no-allow-match"},
		{"Envoy's metadata is not in the input", "action: DENY, rules: [{when: [{key: 'experimental.envoy.filters.a[b]', values: [c]}]}]", shop, 8080, get("/"), truth.Unknown, "istio/deny-rule"},
		{"a provider that is not there refuses", "action: CUSTOM, provider: {name: x}, rules: [{}]", shop, 8080, get("/"), truth.False, "istio/custom-provider"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, sidecarPod(""), httpService, authz("ns", "a", row.policy))
			p := onePoint(t, g, mesh.Request{From: from(row.client), Port: row.port, HTTP: row.http})
			if p.Allowed != row.want || len(p.Why) == 0 || p.Why[0].Rule != row.rule {
				t.Errorf("allowed: %v because %v (%v); want %v by %s", p.Allowed, p.Why, p.Unknown, row.want, row.rule)
			}
			if p.Allowed == truth.Unknown && len(p.Unknown) == 0 {
				t.Error("an open verdict without a gap")
			}
		})
	}
}

// What was not understood in a policy leaves open what the policy might decide, and nothing else.
func TestAuthorizeNotUnderstood(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		policies []string
		want     truth.Value
	}{
		{"a field that Istio does not know", []string{authz("ns", "a", "rules: [{from: [{source: {principal: [x]}}]}]")}, truth.Unknown},
		{"under a rule that denies whatever else holds", []string{
			authz("ns", "a", "rules: [{from: [{source: {principal: [x]}}]}]"), authz("ns", "b", "action: DENY, rules: [{}]"),
		}, truth.False},
		{"beside a rule that allows", []string{
			authz("ns", "a", "rules: [{from: [{source: {principal: [x]}}]}]"), authz("ns", "b", "rules: [{}]"),
		}, truth.True},
		{"DENY beside a rule that allows", []string{
			authz("ns", "a", "action: DENY, rules: [{from: [{source: {principal: [x]}}]}]"), authz("ns", "b", "rules: [{}]"),
		}, truth.Unknown},
		{"an action of no known name", []string{authz("ns", "a", "action: PERMIT, rules: [{}]")}, truth.Unknown},
		{"a selector of the wrong type", []string{authz("ns", "a", "selector: {matchLabels: [x]}, rules: [{to: [{operation: {methods: [POST]}}]}]")}, truth.Unknown},
		{"in another namespace", []string{authz("other", "a", "action: PERMIT")}, truth.True},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			opts := installed
			opts.KeepInvalid = true
			g := build(t, opts, append(row.policies, sidecarPod(""), httpService)...)
			p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
			if p.Allowed != row.want {
				t.Errorf("allowed: %v because %v (%v), want %v", p.Allowed, p.Why, p.Unknown, row.want)
			}
			if p.Allowed == truth.Unknown && len(p.Unknown) == 0 {
				t.Error("an open verdict without a gap")
			}
		})
	}
}

// What ztunnel makes of policies that a sidecar enforces otherwise.
func TestAuthorizeZtunnel(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, policy string
		want         truth.Value
	}{
		{"DENY of HTTP alone denies nothing", "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]", truth.True},
		{"nor with a source beside it", "action: DENY, rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {methods: [GET]}}]}]", truth.True},
		{"with a port it denies the port", "action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['8080']}}]}]", truth.False},
		{"ALLOW of HTTP allows nothing", "rules: [{to: [{operation: {methods: [GET]}}]}]", truth.False},
		{"CUSTOM is passed over", "action: CUSTOM, provider: {name: x}, rules: [{}]", truth.True},
		{"patterns are those of the namespace alone", "action: DENY, rules: [{from: [{source: {namespaces: ['*x']}}]}]", truth.True},
		{"trust domains are lost", "action: DENY, rules: [{from: [{source: {trustDomains: [cluster.local]}}]}]", truth.True},
		{"an empty selector attaches to nothing", "selector: {}, action: DENY, rules: [{}]", truth.True},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, ambientPod(""), httpService, authz("ns", "a", row.policy))
			p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
			if p.Allowed != row.want {
				t.Errorf("allowed: %v because %v, want %v", p.Allowed, p.Why, row.want)
			}
		})
	}
}

const requestAuthentication = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: ra, namespace: ns}
spec:
  jwtRules:
  - {issuer: https://iss/x, jwks: '{"keys":[]}', audiences: [https://shop/], spaceDelimitedClaims: [roles]}
  - {issuer: elsewhere, jwks: '{"keys":[]}', fromParams: [token]}`

// Tokens: who accepts them, and how claims are compared.
func TestAuthorizeTokens(t *testing.T) {
	t.Parallel()
	token := func(more ...any) map[string]any {
		claims := map[string]any{"iss": "https://iss/x", "sub": "me", "aud": []any{"http://shop"}}
		for i := 0; i < len(more); i += 2 {
			claims[more[i].(string)] = more[i+1]
		}
		return claims
	}
	for _, row := range []struct {
		name, policy string
		http         mesh.HTTP
		want         truth.Value
	}{
		{"none is sent", "rules: [{}]", mesh.HTTP{}, truth.True},
		{"one that does not verify", "rules: [{}]", mesh.HTTP{BadToken: true}, truth.False},
		{"of an issuer that no rule names", "rules: [{}]", mesh.HTTP{Token: token("iss", "other")}, truth.False},
		{"of an issuer whose tokens are sent elsewhere", "rules: [{}]", mesh.HTTP{Token: token("iss", "elsewhere")}, truth.False},
		{"for another audience", "rules: [{}]", mesh.HTTP{Token: token("aud", "bank")}, truth.False},
		{"its principal", "rules: [{from: [{source: {requestPrincipals: [https://iss/x/me]}}]}]", mesh.HTTP{Token: token()}, truth.True},
		{"no principal without a token", "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]", mesh.HTTP{}, truth.False},
		{"a text in a list", "rules: [{when: [{key: 'request.auth.claims[groups]', values: [a]}]}]", mesh.HTTP{Token: token("groups", []any{1.5, "a"})}, truth.True},
		{"a number is no text", "rules: [{when: [{key: 'request.auth.claims[age]', values: ['7']}]}]", mesh.HTTP{Token: token("age", 7.0)}, truth.False},
		{"a nested claim", "rules: [{when: [{key: 'request.auth.claims[a][b]', values: ['c*']}]}]", mesh.HTTP{Token: token("a", map[string]any{"b": "cd"})}, truth.True},
		{"parts of a claim with spaces", "rules: [{when: [{key: 'request.auth.claims[roles]', values: [b]}]}]", mesh.HTTP{Token: token("roles", "a b")}, truth.True},
		{"parts of scope", "rules: [{when: [{key: 'request.auth.claims[scope]', values: ['a b']}]}]", mesh.HTTP{Token: token("scope", "a b")}, truth.False},
		{"audiences as the token has them", "rules: [{when: [{key: request.auth.audiences, values: ['http://shop']}]}]", mesh.HTTP{Token: token()}, truth.True},
		{"a preflight's token is not looked at", "rules: [{}]", mesh.HTTP{
			Method: "OPTIONS", BadToken: true, Header: map[string][]string{"Origin": {"x"}, "Access-Control-Request-Method": {"GET"}},
		}, truth.True},
		{"nor is a valid one, so that it has no claims", "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]", mesh.HTTP{
			Method: "OPTIONS", Token: token(), Header: map[string][]string{"Origin": {"x"}, "Access-Control-Request-Method": {"GET"}},
		}, truth.False},
		{"an empty header makes no preflight", "rules: [{}]", mesh.HTTP{
			Method: "OPTIONS", BadToken: true, Header: map[string][]string{"Origin": {""}, "Access-Control-Request-Method": {"GET"}},
		}, truth.False},
		{"the header that held a token is removed", "action: DENY, rules: [{when: [{key: 'request.headers[Authorization]', notValues: ['*']}]}]", mesh.HTTP{
			Token: token(), Header: map[string][]string{"Authorization": {"Bearer x"}},
		}, truth.Unknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, sidecarPod(""), httpService, requestAuthentication, authz("ns", "a", row.policy))
			p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: &row.http})
			if p.Allowed != row.want {
				t.Errorf("allowed: %v because %v (%v), want %v", p.Allowed, p.Why, p.Unknown, row.want)
			}
		})
	}
}

// Audits and trial runs match without deciding.
func TestAuthorizeMatched(t *testing.T) {
	t.Parallel()
	trial := strings.Replace(authz("ns", "trial", "action: DENY, rules: [{}]"), "namespace: ns}", "namespace: ns, annotations: {istio.io/dry-run: 'true'}}", 1)
	g := build(t, installed, sidecarPod(""), httpService, trial, authz("ns", "log", "action: AUDIT, rules: [{}, {to: [{operation: {methods: [POST]}}]}]"))
	p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
	var matched []string
	for _, m := range p.Matched {
		matched = append(matched, fmt.Sprint(m.Policy.Name, " ", m.Index))
	}
	if diff := cmp.Diff([]string{"log 0", "trial 0"}, matched); diff != "" || p.Allowed != truth.True {
		t.Errorf("allowed: %v; matched (-want +got):\n%s", p.Allowed, diff)
	}
}

// An external authorizer decides about what it is asked, and only where the policies let pass.
func TestAuthorizeExternal(t *testing.T) {
	t.Parallel()
	opts := installed
	opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte("extensionProviders: [{name: ext, envoyExtAuthzHttp: {service: w.ns.svc.cluster.local, port: 80}}]")}
	custom := authz("ns", "ask", "action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/ask]}}]}]")
	g := build(t, opts, sidecarPod(""), httpService, custom, authz("ns", "deny", "action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]"))
	asked := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/ask")})
	if diff := cmp.Diff([]string{"ext"}, asked.Asks); diff != "" || asked.Allowed != truth.Unknown || len(asked.Unknown) != 1 {
		t.Errorf("allowed: %v (%v), asks (-want +got):\n%s", asked.Allowed, asked.Unknown, diff)
	}
	if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")}); p.Allowed != truth.True || p.Asks != nil {
		t.Errorf("a request that no rule shows to the authorizer: %v, %v", p.Allowed, p.Asks)
	}
	denied := get("/ask")
	denied.Method = "POST"
	if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: denied}); p.Allowed != truth.False {
		t.Errorf("a request that is denied whatever the authorizer says: %v", p.Allowed)
	}
	if p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 9000}); p.Allowed != truth.False {
		t.Errorf("DENY of a method on TCP: %v", p.Allowed)
	}
}

// Behind a trusted proxy the address of the client counts for remoteIpBlocks.
func TestAuthorizeAddresses(t *testing.T) {
	t.Parallel()
	g := build(t, installed, sidecarPod(""), httpService, authz("ns", "a", "rules: [{from: [{source: {remoteIpBlocks: [8.8.8.0/24]}}]}]"))
	for _, row := range []struct {
		addr, origin string
		want         truth.Value
	}{{"10.0.0.1", "8.8.8.8", truth.True}, {"8.8.8.8", "", truth.True}, {"10.0.0.1", "", truth.False}, {"::ffff:8.8.8.8", "", truth.True}} {
		r := mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")}
		r.From.Addr = netip.MustParseAddr(row.addr)
		if row.origin != "" {
			r.From.Origin = netip.MustParseAddr(row.origin)
		}
		if p := onePoint(t, g, r); p.Allowed != row.want {
			t.Errorf("%s behind %s: %v, want %v", row.origin, row.addr, p.Allowed, row.want)
		}
	}
}

// By names the rule with its place, so that a reader finds the line.
func TestAuthorizeBy(t *testing.T) {
	t.Parallel()
	g := build(t, installed, authz("ns", "a", "rules: [{from: [{source: {namespaces: [x]}}]}, {}]"), sidecarPod(""), httpService)
	p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
	want := source.Ref{Kind: source.Kind{Group: "security.istio.io", Kind: "AuthorizationPolicy"}, Namespace: "ns", Name: "a"}
	if p.By.Policy != want || p.By.Index != 1 || p.By.Loc.Field() != "spec.rules[1]" || p.Why[0].Pos().Line != 4 {
		t.Errorf("decided by %v, rule %d at %s (%s)", p.By.Policy, p.By.Index, p.By.Loc.Field(), p.Why[0].Pos())
	}
}
