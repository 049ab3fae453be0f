package linkerd

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// listed are objects for a test.
type listed []source.Object

func (l listed) Objects(k source.Kind) iter.Seq[source.Object] {
	return func(yield func(source.Object) bool) {
		for _, o := range l {
			if o.Ref.Kind == k && !yield(o) {
				return
			}
		}
	}
}

func (l listed) Kinds() iter.Seq2[source.Kind, int] { return func(func(source.Kind, int) bool) {} }

func (l listed) Problems() []mesh.Problem { return nil }

// named gives an object of a test another name.
func nameIt(o source.Object, name string) source.Object {
	o.Ref.Name = name
	return o
}

// refusalsOf is what the webhook of a release says of objects, which are named by their place: "0 field: reason".
func refusalsOf(t *testing.T, minor int, objects ...string) []string {
	t.Helper()
	var in listed
	for i, text := range objects {
		in = append(in, nameIt(object(t, text), strconv.Itoa(i)))
	}
	c := &compiler{in: mesh.Input{Objects: in}, release: release{minor: minor}}
	var all []string
	for _, f := range c.refusals() {
		if f.Kind != mesh.FlawInadmissible || !strings.HasPrefix(f.Rule, "linkerd/admission-") {
			t.Errorf("the flaw is %s of rule %s", f.Kind, f.Rule)
		}
		text := f.Object.Name + " " + f.Loc.Field() + ": " + f.Detail
		if len(f.Unknown) > 0 {
			text = "perhaps " + text
		}
		all = append(all, text)
	}
	for _, p := range c.problems {
		all = append(all, p.Object.Name+" is no object: "+p.Message)
	}
	slices.Sort(all)
	return all
}

func policyObject(version, kind, spec string) string {
	return heads("policy.linkerd.io/"+version, kind) + "spec: " + spec
}

func authorizationOf(target, refs string) string {
	return policyObject("v1alpha1", "AuthorizationPolicy", "{targetRef: "+target+", requiredAuthenticationRefs: "+refs+"}")
}

func TestAdmissionOfAuthorizations(t *testing.T) {
	t.Parallel()
	const (
		server    = "{group: policy.linkerd.io, kind: Server, name: a}"
		httpRoute = "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: a}"
		grpcRoute = "{group: gateway.networking.k8s.io, kind: grpcroute, name: a}"
		mtls      = "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: a}"
		net       = "{group: policy.linkerd.io, kind: NetworkAuthentication, name: a}"
		account   = "{group: core, kind: serviceaccount, name: a}"
	)
	tests := []struct {
		name   string
		minor  int
		object string
		want   []string
	}{
		{"nobody is asked for anything", 20, authorizationOf(server, "[]"), nil},
		{"one of each class", 20, authorizationOf(server, "["+mtls+", "+net+"]"), nil},
		{"a ServiceAccount", 20, authorizationOf(server, "["+account+", "+net+"]"), nil},
		{"its own namespace", 20, authorizationOf("{kind: Namespace, name: shop}", "[]"), nil},
		{"another namespace", 20, authorizationOf("{kind: Namespace, name: bank}", "[]"), []string{"0 spec.targetRef.name: cannot target another namespace: bank"}},
		{"a kind that is no target", 20, authorizationOf("{kind: Server, name: a}", "[]"), []string{"0 spec.targetRef: invalid targetRef kind: Server"}},
		{"an HTTPRoute of the Gateway API", 19, authorizationOf(httpRoute, "[]"), nil},
		{"before 2.19", 18, authorizationOf(httpRoute, "[]"), []string{"0 spec.targetRef: invalid targetRef kind: HTTPRoute.gateway.networking.k8s.io"}},
		{"a GRPCRoute", 16, authorizationOf(grpcRoute, "[]"), nil},
		{"before 2.16", 15, authorizationOf(grpcRoute, "[]"), []string{"0 spec.targetRef: invalid targetRef kind: grpcroute.gateway.networking.k8s.io"}},
		{
			"two of a class and both kinds of identities", 20, authorizationOf(server, "["+mtls+", "+mtls+", "+net+", "+net+", "+account+"]"),
			[]string{
				"0 spec.requiredAuthenticationRefs: a MeshTLSAuthentication and a ServiceAccount may not be set together",
				"0 spec.requiredAuthenticationRefs[1]: only a single MeshTLSAuthentication may be set",
				"0 spec.requiredAuthenticationRefs[3]: only a single NetworkAuthentication may be set",
			},
		},
		{
			"a kind that authenticates nobody", 20, authorizationOf(server, "[{kind: Pod, name: a}]"),
			[]string{"0 spec.requiredAuthenticationRefs[0]: unsupported authentication kind: Pod"},
		},
		{
			"references of identities", 20,
			policyObject("v1alpha1", "MeshTLSAuthentication", "{identityRefs: [{kind: ServiceAccount, name: a}, {kind: Namespace, name: a, namespace: b}, {group: apps, kind: Deployment, name: a}]}"),
			[]string{
				"0 spec.identityRefs[1].namespace: a Namespace as identityRef cannot have a namespace",
				"0 spec.identityRefs[2]: invalid identity target kind: Deployment.apps",
			},
		},
		{
			"everybody, and those with an identity", 20,
			policyObject("v1beta1", "ServerAuthorization", "{server: {name: a}, client: {unauthenticated: true, meshTLS: {unauthenticatedTLS: true, identities: ['*']}}}"),
			[]string{"0 spec.client.unauthenticated: unauthenticated must be false if meshTLS is specified"},
		},
		{
			"TLS without identity, and with", 20,
			policyObject("v1beta1", "ServerAuthorization", "{server: {name: a}, client: {meshTLS: {unauthenticatedTLS: true, serviceAccounts: [{name: a}]}}}"),
			[]string{"0 spec.client.meshTLS.unauthenticatedTLS: unauthenticatedTLS must be false if identities or serviceAccounts are specified"},
		},
		{
			"TLS without identity", 20,
			policyObject("v1beta1", "ServerAuthorization", "{server: {name: a}, client: {networks: [], meshTLS: {unauthenticatedTLS: true}}}"), nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, refusalsOf(t, tt.minor, tt.object)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAdmissionOfNetworks(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, networks, want string }{
		{"a hole", "[{cidr: 10.1.0.0/16, except: [10.1.1.1, 10.1.2.3/24]}]", ""},
		{"an address", "[{cidr: 'fd00::1'}]", ""},
		{"none", "[]", "0 spec.networks: at least one network must be specified"},
		{"a hole around it", "[{cidr: 10.1.0.0/16, except: [10.0.0.0/8]}]", "0 spec.networks[0].except[0]: cidr '10.1.0.0/16' is completely negated by exception '10.0.0.0/8'"},
		{"nothing but a hole", "[{cidr: 10.1.0.1, except: [10.1.0.1/32]}]", "0 spec.networks[0].except[0]: cidr '10.1.0.1' is completely negated by exception '10.1.0.1/32'"},
		{"a hole elsewhere", "[{cidr: 10.1.0.0/16, except: ['::/0']}]", "0 spec.networks[0].except[0]: cidr '10.1.0.0/16' does not include exception '::/0'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			for _, object := range []string{
				policyObject("v1alpha1", "NetworkAuthentication", "{networks: "+tt.networks+"}"),
				policyObject("v1alpha1", "EgressNetwork", "{trafficPolicy: Deny, networks: "+tt.networks+"}"),
			} {
				if diff := cmp.Diff(want, refusalsOf(t, 20, object)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
	if got := refusalsOf(t, 20, policyObject("v1alpha1", "EgressNetwork", "{trafficPolicy: Deny}")); got != nil {
		t.Errorf("an EgressNetwork without a list is refused: %v", got)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"*", "a", "*.a.b", "a-1.b", "1.2.3", "spiffe://a", "spiffe://a_b.c/D/e.f", "spiffe://a/..."} {
		if !isIdentity(id) {
			t.Errorf("%q is no identity", id)
		}
	}
	for _, id := range []string{
		"", ".", "a.", ".a", "a..b", "a.*", "*a", "**", "A", "a_b", "-a", "a-", "ä", "a b",
		"spiffe://", "spiffe:///a", "spiffe://A/a", "spiffe://a/", "spiffe://a//b", "spiffe://a/.", "spiffe://a/../b", "spiffe://a/b/",
		"spiffe://a/b?c", "spiffe://a:1/b", "spiffe://*/b", "SPIFFE://a/b", "spiffe://a/ü", "https://a/b",
	} {
		if isIdentity(id) {
			t.Errorf("%q is an identity", id)
		}
	}
}

func serverObject(spec string) string { return policyObject("v1beta3", "Server", "{"+spec+"}") }

func TestAdmissionOfServers(t *testing.T) {
	t.Parallel()
	const other = "Server %s already defines a policy for the port, and selects pods that this Server selects, too"
	overlap := func(i int, rival string) string {
		return strconv.Itoa(i) + " spec.port: " + strings.Replace(other, "%s", rival, 1)
	}
	objects := []string{
		serverObject("podSelector: {matchLabels: {a: b}}, port: 80"),
		serverObject("podSelector: {matchLabels: {a: b}}, port: 80"),
		serverObject("podSelector: {matchLabels: {a: b}}, port: http"),
		serverObject("podSelector: {matchLabels: {a: b}, matchExpressions: []}, port: 80"),
		serverObject("externalWorkloadSelector: {}, port: 80"),
		serverObject("podSelector: {}, port: 81"),
		serverObject("podSelector: {matchExpressions: [{key: a, operator: In, values: [u, v]}]}, port: 81"),
		serverObject("podSelector: {matchExpressions: [{key: a, operator: In, values: [v, u, v]}]}, port: 82"),
		serverObject("podSelector: {matchExpressions: [{key: a, operator: In, values: [u, v]}]}, port: 82"),
		serverObject("podSelector: {matchExpressions: [{key: a, operator: Exists}]}, port: 83"),
		serverObject("podSelector: {matchExpressions: [{key: a, operator: Exists, values: []}]}, port: 83"),
	}
	want := []string{overlap(0, "1"), overlap(1, "0"), overlap(5, "6"), overlap(6, "5"), overlap(7, "8"), overlap(8, "7")}
	if diff := cmp.Diff(want, refusalsOf(t, 17, objects...)); diff != "" {
		t.Errorf("Linkerd 2.17 (-want +got):\n%s", diff)
	}
	if got := refusalsOf(t, 18, objects...); got != nil {
		t.Errorf("Linkerd 2.18 refuses %v", got)
	}
	if got := refusalsOf(t, 20, serverObject("podSelector: {}, port: 80, accessPolicy: all-authd")); !slices.Equal(got, []string{`0 spec.accessPolicy: invalid accessPolicy: "all-authd"`}) {
		t.Errorf("got %v", got)
	}
}

func TestAdmissionOfRateLimits(t *testing.T) {
	t.Parallel()
	limit := func(spec string) string {
		return policyObject("v1alpha1", "HTTPLocalRateLimitPolicy", "{targetRef: {group: policy.linkerd.io, kind: Server, name: a}, "+spec+"}")
	}
	tests := []struct {
		name, object string
		want         []string
	}{
		{"as it should be", limit("total: {requestsPerSecond: 2}, identity: {requestsPerSecond: 2}, overrides: [{requestsPerSecond: 1, clientRefs: [{kind: ServiceAccount, name: a}]}]"), nil},
		{"no total to exceed", limit("identity: {requestsPerSecond: 2000}"), nil},
		{
			"nothing", limit("total: {requestsPerSecond: 0}, identity: {requestsPerSecond: 0}"),
			[]string{
				"0 spec.identity.requestsPerSecond: identity.requestsPerSecond must be greater than 0",
				"0 spec.total.requestsPerSecond: total.requestsPerSecond must be greater than 0",
			},
		},
		{
			"more than all together", limit("total: {requestsPerSecond: 1}, identity: {requestsPerSecond: 2}, overrides: [{requestsPerSecond: 2, clientRefs: []}]"),
			[]string{
				"0 spec.identity.requestsPerSecond: identity.requestsPerSecond must be less than or equal to total.requestsPerSecond",
				"0 spec.overrides[0].requestsPerSecond: override.requestsPerSecond must be less than or equal to total.requestsPerSecond",
			},
		},
		{
			"other kinds", policyObject("v1alpha1", "HTTPLocalRateLimitPolicy", "{targetRef: {kind: Server, name: a}, overrides: [{requestsPerSecond: 1, clientRefs: [{kind: Namespace, name: a}]}]}"),
			[]string{
				"0 spec.overrides[0].clientRefs[0]: overrides.clientRefs must target a ServiceAccount",
				"0 spec.targetRef: invalid targetRef kind: Server",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, refusalsOf(t, 20, tt.object)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func gatewayObject(kind, spec string) string {
	return heads("gateway.networking.k8s.io/v1", kind) + "spec: " + spec
}

func TestAdmissionOfRoutes(t *testing.T) {
	t.Parallel()
	const egress = "parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: a}]"
	annotated := func(annotations, text string) string {
		return strings.Replace(text, "namespace: shop", "namespace: shop, annotations: {"+annotations+"}", 1)
	}
	toService := gatewayObject("HTTPRoute", "{parentRefs: [{group: '', kind: Service, name: a}]}")
	tests := []struct {
		name   string
		minor  int
		object string
		want   []string
	}{
		{
			"paths, headers and patterns", 20, policyObject("v1beta3", "HTTPRoute", `{rules: [{matches: [
				{path: {type: Exact, value: a}}, {path: {value: b}}, {path: {type: RegularExpression, value: "(a"}},
				{path: {type: RegularExpression, value: "/u/{id}"}}, {path: {type: RegularExpression, value: "a**"}},
				{headers: [{name: a, value: "ü"}, {type: RegularExpression, name: b, value: "[ü"}]},
				{queryParams: [{type: RegularExpression, name: a, value: "*"}]}]}]}`),
			[]string{
				`0 spec.rules[0].matches[0].path.value: paths must be absolute: "a" does not begin with a slash`,
				`0 spec.rules[0].matches[1].path.value: paths must be absolute: "b" does not begin with a slash`,
				`0 spec.rules[0].matches[2].path.value: invalid pattern "(a"`,
				`0 spec.rules[0].matches[3].path.value: invalid pattern "/u/{id}"`,
				`0 spec.rules[0].matches[5].headers[0].value: invalid HTTP header value "ü"`,
				`0 spec.rules[0].matches[6].queryParams[0].value: invalid pattern "*"`,
				`perhaps 0 spec.rules[0].matches[4].path.value: invalid pattern "a**"`,
				`perhaps 0 spec.rules[0].matches[5].headers[1].value: invalid pattern "[ü"`,
			},
		},
		{
			"filters", 20, gatewayObject("HTTPRoute", `{rules: [{filters: [
				{type: URLRewrite, urlRewrite: {hostname: a.test}},
				{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: "a b", value: c}], set: [{name: a, value: "b\nc"}], remove: ["("]}},
				{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: a}}},
				{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch}}}]}]}`),
			[]string{
				`0 spec.rules[0].filters[1].requestHeaderModifier.add[0].name: invalid HTTP header name "a b"`,
				`0 spec.rules[0].filters[1].requestHeaderModifier.remove[0]: invalid HTTP header name "("`,
				`0 spec.rules[0].filters[1].requestHeaderModifier.set[0].value: invalid HTTP header value "b\nc"`,
				`0 spec.rules[0].filters[2].requestRedirect.path: paths must be absolute: "a" does not begin with a slash`,
				`0 spec.rules[0].filters[3].requestRedirect.path: the redirect must have replaceFullPath or replacePrefixMatch`,
			},
		},
		{
			"timeouts", 20, policyObject("v1beta3", "HTTPRoute", "{rules: [{timeouts: {request: 1s, backendRequest: 2s}}, {timeouts: {request: -1s}}, {timeouts: {backendRequest: 1m}}]}"),
			[]string{
				"0 spec.rules[0].timeouts.backendRequest: backendRequest timeout (2s) must not be greater than request timeout (1s)",
				"0 spec.rules[1].timeouts.request: request timeout must not be negative",
			},
		},
		{
			"an EgressNetwork without a port", 17, policyObject("v1beta3", "HTTPRoute", "{parentRefs: [{kind: egressnetwork, name: a}, {kind: EgressNetwork, name: a, port: 80}]}"),
			[]string{"0 spec.parentRefs[0]: cannot target an EgressNetwork without specifying a port"},
		},
		{"before 2.17", 16, gatewayObject("HTTPRoute", "{"+egress+", rules: [{backendRefs: [{name: a}]}]}"), nil},
		{
			"a Service without a port", 17, gatewayObject("HTTPRoute", "{rules: [{backendRefs: [{name: a}, {group: x.test, kind: Bucket, name: a}, {name: a, port: 80}]}]}"),
			[]string{"0 spec.rules[0].backendRefs[0]: invalid backendRef: Service backendRef without port"},
		},
		{"of Linkerd's own route", 17, policyObject("v1beta3", "HTTPRoute", "{rules: [{backendRefs: [{name: a}]}]}"), nil},
		{
			"annotations that are not understood", 20, annotated("timeout.linkerd.io/request: 1.5s", toService),
			[]string{"0 metadata.annotations: its annotation timeout.linkerd.io/request is not understood"},
		},
		{"of a route to elsewhere", 20, annotated("timeout.linkerd.io/request: 1.5s", gatewayObject("HTTPRoute", "{parentRefs: [{name: a}]}")), nil},
		{
			"accrual before 2.20", 19, annotated("balancer.linkerd.io/failure-accrual: unified", toService),
			[]string{`0 metadata.annotations["balancer.linkerd.io/failure-accrual"]: its annotation balancer.linkerd.io/failure-accrual is not understood`},
		},
		{"accrual since", 20, annotated("balancer.linkerd.io/failure-accrual: unified", toService), nil},
		{
			"a pattern of methods", 20, gatewayObject("GRPCRoute", "{rules: [{matches: [{method: {type: RegularExpression, service: a}}], backendRefs: [{name: a}]}]}"),
			[]string{
				"0 spec.rules[0].backendRefs[0]: invalid backendRef: Service backendRef without port",
				"0 spec.rules[0].matches[0].method.type: unsupported GRPCRoute method match type: RegularExpression",
			},
		},
		{
			"no method at all", 17, gatewayObject("GRPCRoute", "{rules: [{matches: [{method: {}}, {method: {type: RegularExpression, service: a}}]}]}"),
			[]string{"0 spec.rules[0].matches[0].method: one of service and method must not be empty"},
		},
		{"nobody asked", 15, gatewayObject("GRPCRoute", "{rules: [{matches: [{method: {}}]}]}"), nil},
		{
			"two rules for names of servers", 17, gatewayObject("TLSRoute", "{"+egress+", rules: [{backendRefs: []}, {backendRefs: []}]}"),
			[]string{"0 spec.parentRefs[0]: cannot target an EgressNetwork without specifying a port", "0 spec.rules: TLSRoute supports a single rule only"},
		},
		{"no rule for connections", 17, gatewayObject("TCPRoute", "{rules: []}"), []string{"0 spec.rules: TCPRoute supports a single rule only"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, refusalsOf(t, tt.minor, tt.object)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccrual(t *testing.T) {
	t.Parallel()
	tests := []struct{ max, greatest, least, jitter, want string }{
		{"", "", "", "", ""},
		{"0", "2m", "10s", "1.5", ""},
		{"-1", "", "", "", annotationAccrualMax},
		{"4294967296", "", "", "", annotationAccrualMax},
		{"", "10", "", "", annotationAccrualMaxPenalty},
		{"", "500ms", "", "", annotationAccrualMaxPenalty},
		{"", "0", "0", "", annotationAccrualMaxPenalty},
		{"", "", "x", "", annotationAccrualMinPenalty},
		{"", "", "", "-1", annotationAccrualJitter},
		{"", "", "", "NaN", annotationAccrualJitter},
		{"", "", "", "101", annotationAccrualJitter},
	}
	for _, tt := range tests {
		annotations := map[string]string{annotationAccrual: "consecutive"}
		for key, value := range map[string]string{
			annotationAccrualMax: tt.max, annotationAccrualMaxPenalty: tt.greatest,
			annotationAccrualMinPenalty: tt.least, annotationAccrualJitter: tt.jitter,
		} {
			if value != "" {
				annotations[key] = value
			}
		}
		if got := badAccrual(annotations); got != tt.want {
			t.Errorf("%v: got %q, want %q", annotations, got, tt.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text      string
		bad, sure bool
	}{
		{"a{2}", false, true},
		{"a{2,}b{,3}", false, true},
		{`\{id\}[{}]`, false, true},
		{`\p{Greek}\x{7f}`, false, true},
		{"[]{]", false, true},
		{"a{b}", true, true},
		{"{2", true, true},
		{"(", true, true},
		{"(?=a)", true, false},
		{"a**", true, false},
		{"[[a]--[b]", false, true}, // not looked at closely: the route has a gap
	}
	for _, tt := range tests {
		if bad, sure := badPattern(tt.text); bad != tt.bad || bad && sure != tt.sure {
			t.Errorf("%q: bad is %v, sure %v; want %v, %v", tt.text, bad, sure, tt.bad, tt.sure)
		}
	}
}
