package linkerd

import (
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	workloadapi "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	linkapi "github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	routeapi "github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	sazapi "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"
	profileapi "github.com/meshposture/meshposture/linkerd/api/serviceprofile/v1alpha2"
	"github.com/meshposture/meshposture/source"
)

// object makes an object of its YAML text.
func object(t testing.TB, text string) source.Object {
	t.Helper()
	data, _, err := yamldoc.ToJSON([]byte(text), yamldoc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return objectOf(data)
}

// objectOf makes an object of its JSON, as far as it is one.
func objectOf(data []byte) source.Object {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(data, &head, jsontext.AllowDuplicateNames(true))
	group, version, _ := strings.Cut(head.APIVersion, "/")
	return source.Object{
		Ref:     source.Ref{Kind: source.Kind{Group: group, Kind: head.Kind}, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name},
		Version: version,
		JSON:    data,
	}
}

// heads are apiVersion, kind and metadata of an object for a test.
func heads(version, kind string) string {
	return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: x, namespace: shop}\n"
}

// readProblems is what is wrong with an object, as "code field: message".
func readProblems[T any](o source.Object, rel release) (value *T, refused bool, gaps int, problems []string) {
	v, r, found := read[T](o, rel)
	for _, p := range found {
		problems = append(problems, string(p.Code)+" "+p.Field+": "+p.Message)
	}
	if r.unread > 0 { // which is told by a flaw
		problems = append(problems, "not read before 2."+strconv.Itoa(r.unread))
	}
	return v, r.refused, len(r.gaps), problems
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	const label = `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	selector := "podSelector: {matchLabels: {app: web}}"
	tests := []struct {
		name    string
		object  string
		minor   int
		refused bool
		gaps    int
		want    []string
	}{
		{"a Server as it should be", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 80}", 20, false, 0, nil},
		{
			"no specification", heads("policy.linkerd.io/v1beta3", "Server"), 20, true, 1,
			[]string{"rejected : spec is required"},
		},
		{
			"neither selector, no port", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {}", 20, true, 2,
			[]string{"rejected spec: port is required", "rejected spec: one of podSelector and externalWorkloadSelector is required"},
		},
		{
			"both selectors", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", externalWorkloadSelector: {}, port: 80}", 20, true, 1,
			[]string{"rejected spec: podSelector and externalWorkloadSelector exclude each other"},
		},
		{
			"null is not there", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", externalWorkloadSelector: null, port: 80}", 20, false, 0, nil,
		},
		{
			"a field that v1beta1 does not have", heads("policy.linkerd.io/v1beta1", "Server") + "spec: {" + selector + ", port: 80, accessPolicy: all-unauthenticated}", 20, false, 0,
			[]string{`unknown-field spec.accessPolicy: unknown field "accessPolicy"; the API server drops it`},
		},
		{
			"the same where no release is known", heads("policy.linkerd.io/v1beta1", "Server") + "spec: {" + selector + ", port: 80, accessPolicy: all-unauthenticated}", 0, false, 0,
			[]string{"unknown-field spec.accessPolicy: the API server drops the field, which v1beta1 does not have"},
		},
		{
			"a field that no version has", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 80, acessPolicy: deny}", 20, false, 0,
			[]string{`unknown-field spec.acessPolicy: unknown field "acessPolicy" (did you mean "accessPolicy"?); the API server drops it`},
		},
		{
			"a field that a newer release may have", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 80, acessPolicy: deny}", 21, false, 1,
			[]string{`unknown-field spec.acessPolicy: unknown field "acessPolicy" (did you mean "accessPolicy"?)`},
		},
		{
			"a version that nobody knows", heads("policy.linkerd.io/v1", "Server") + "spec: {" + selector + ", port: 80}", 20, false, 1,
			[]string{"unsupported apiVersion: the version is none that is known; the object is read as v1beta3"},
		},
		{
			"a version that comes later", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 80}", 15, false, 0,
			[]string{"warned apiVersion: the definition of the kind has this version since Linkerd 2.16"},
		},
		{
			"a kind that comes later", heads("policy.linkerd.io/v1alpha1", "EgressNetwork") + "spec: {trafficPolicy: Deny}", 16, true, 0, []string{"not read before 2.17"},
		},
		{
			"a kind that the oldest release knows, and one before it", heads("linkerd.io/v1alpha2", "ServiceProfile") + "spec: {}", 8, false, 0, nil,
		},
		{
			"v1alpha1 wants one way to select", heads("policy.linkerd.io/v1alpha1", "Server") + "spec: {podSelector: {}, port: 80}", 20, true, 1,
			[]string{"rejected spec.podSelector: one of matchExpressions and matchLabels is required"},
		},
		{
			"words of other types", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {podSelector: {matchExpressions: [{key: a, operator: in}, {key: b}]}, port: 80}", 20, true, 2,
			[]string{
				`bad-value spec.podSelector.matchExpressions[0].operator: operator "in": want In, NotIn, Exists or DoesNotExist`,
				"rejected spec.podSelector.matchExpressions[1]: operator is required",
			},
		},
		{
			"what the controller cannot read", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 70000}", 20, true, 1,
			[]string{"bad-value spec.port: port 70000: want a number from 1 to 65535 or a name"},
		},
		{
			"a port without a name is no number", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + `, port: ""}`, 20, false, 0, nil,
		},
		{
			"a protocol with another case", heads("policy.linkerd.io/v1beta3", "Server") + "spec: {" + selector + ", port: 80, proxyProtocol: http/2}", 20, true, 1,
			[]string{`bad-value spec.proxyProtocol: proxyProtocol "http/2": want one of unknown, HTTP/1, HTTP/2, gRPC, opaque, TLS`},
		},
		{
			"SPIFFE before 2.15", heads("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication") + "spec: {identities: ['spiffe://a/b']}", 14, true, 1,
			[]string{`rejected spec.identities[0]: identities "spiffe://a/b" does not have the form ` + formIdentity},
		},
		{"SPIFFE since 2.15", heads("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication") + "spec: {identities: ['spiffe://a/b']}", 15, false, 0, nil},
		{
			"no identities", heads("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication") + "spec: {identities: []}", 20, true, 1,
			[]string{"rejected spec.identities: there must be an entry"},
		},
		{
			"a reference without a name", heads("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication") + "spec: {identityRefs: [{kind: ServiceAccount}]}", 20, true, 1,
			[]string{"bad-value spec.identityRefs[0]: the policy controller needs a name"},
		},
		{
			"a target has no namespace", heads("policy.linkerd.io/v1alpha1", "AuthorizationPolicy") + "spec: {targetRef: {kind: Server, name: a, namespace: b}, requiredAuthenticationRefs: []}", 20, false, 0,
			[]string{`unknown-field spec.targetRef.namespace: unknown field "namespace"; the API server drops it`},
		},
		{
			"no authentications", heads("policy.linkerd.io/v1alpha1", "AuthorizationPolicy") + "spec: {targetRef: {kind: Server, name: a}}", 20, true, 1,
			[]string{"rejected spec: requiredAuthenticationRefs is required"},
		},
		{
			"names of the wrong form", heads("policy.linkerd.io/v1beta1", "ServerAuthorization") + "spec: {server: {name: A_b}, client: {networks: [{cidr: 10.0.0.0/8, except: [x]}]}}", 20, true, 1,
			[]string{`rejected spec.server.name: name "A_b" does not have the form ` + label},
		},
		{
			"no network", heads("policy.linkerd.io/v1beta1", "ServerAuthorization") + "spec: {server: {name: a}, client: {networks: [{cidr: 10.0.0.0/8, except: [x]}]}}", 20, true, 1,
			[]string{`bad-value spec.client.networks[0].except[0]: "x" is neither an address nor a range of addresses`},
		},
		{
			"an address with a zone", heads("policy.linkerd.io/v1alpha1", "NetworkAuthentication") + "spec: {networks: [{cidr: 'fe80::1%eth0'}]}", 20, true, 1,
			[]string{`bad-value spec.networks[0].cidr: "fe80::1%eth0" is neither an address nor a range of addresses`},
		},
		{
			"a word that is none", heads("policy.linkerd.io/v1alpha1", "EgressNetwork") + "spec: {trafficPolicy: ''}", 20, true, 1,
			[]string{`bad-value spec.trafficPolicy: trafficPolicy "": want Allow or Deny`},
		},
		{
			"more than the controller counts", heads("policy.linkerd.io/v1alpha1", "HTTPLocalRateLimitPolicy") + "spec: {targetRef: {kind: Server, name: a}, total: {requestsPerSecond: 4294967296}}", 20, true, 1,
			[]string{"bad-value spec.total.requestsPerSecond: 4294967296: want a number from 0 to 4294967295"},
		},
		{
			"a route's limits", heads("policy.linkerd.io/v1beta3", "HTTPRoute") + `
spec:
  hostnames: ["*.a.test", UPPER]
  rules:
  - matches:
    - {method: get, headers: [{name: a, value: b}, {name: a, value: c}]}
    filters:
    - {type: ResponseHeaderModifier}
    timeouts: {request: soon}`, 20, true, 5,
			[]string{
				`rejected spec.hostnames[1]: hostnames "UPPER" does not have the form ` + formHostname,
				`bad-value spec.rules[0].matches[0].method: method "get": want GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE or PATCH`,
				`rejected spec.rules[0].matches[0].headers[1].name: "a" is the name of entry 0, too`,
				`bad-value spec.rules[0].filters[0].type: type "ResponseHeaderModifier": want RequestHeaderModifier or RequestRedirect`,
				`bad-value spec.rules[0].timeouts.request: request "soon": want a duration such as 1.5s`,
			},
		},
		{
			"a filter without its part", heads("policy.linkerd.io/v1beta3", "HTTPRoute") + "spec: {rules: [{filters: [{type: RequestRedirect}]}]}", 20, true, 1,
			[]string{"bad-value spec.rules[0].filters[0]: a filter of type RequestRedirect needs requestRedirect"},
		},
		{
			"timeouts came with v1beta3", heads("policy.linkerd.io/v1beta2", "HTTPRoute") + "spec: {rules: [{timeouts: {request: 1s}}]}", 20, false, 0,
			[]string{`unknown-field spec.rules[0].timeouts: unknown field "timeouts"; the API server drops it`},
		},
		{"a status is not looked at", heads("policy.linkerd.io/v1beta3", "HTTPRoute") + "spec: {}\nstatus: {new: 1}", 20, false, 0, nil},
		{
			"routes are needed in v1alpha1", heads("linkerd.io/v1alpha1", "ServiceProfile") + "spec: {opaquePorts: [1]}", 20, true, 2,
			[]string{"wrong-type spec.opaquePorts[0]: number 1 where a string is needed", "rejected spec: routes is required"},
		},
		{
			"a profile's conditions", heads("linkerd.io/v1alpha2", "ServiceProfile") + `
spec: {dstOverrides: [{authority: a, weight: x}], routes: [{name: a}, {name: b, condition: {all: [{any: [{x: 1}]}], not: {}}}]}`, 20, true, 3,
			[]string{
				`rejected spec.dstOverrides[0].weight: weight "x" does not have the form ` + formQuantity,
				"rejected spec.routes[0]: condition is required",
				"wrong-type spec.routes[1].condition.not: object where a list is needed",
			},
		},
		{
			"a Link's period", heads("multicluster.linkerd.io/v1alpha3", "Link") + "spec: {probeSpec: {period: often}, gatewayPort: 4143}", 20, true, 2,
			[]string{
				`bad-value spec.probeSpec.period: period "often": want a duration such as 1.5s`,
				"wrong-type spec.gatewayPort: number 4143 where a string is needed",
			},
		},
		{
			"addresses of a machine", heads("workload.linkerd.io/v1beta1", "ExternalWorkload") + "spec: {meshTLS: {identity: a, serverName: ''}, workloadIPs: [{ip: 1.1.1.1}, {ip: 1.1.1.2}], ports: [{port: 0}]}", 16, true, 3,
			[]string{
				"rejected spec.meshTLS.serverName: serverName must not be empty",
				"rejected spec.workloadIPs: there are 2 entries, and may be 1",
				"bad-value spec.ports[0].port: number 0: want 1 to 65535",
			},
		},
		{
			"an older spelling", heads("workload.linkerd.io/v1alpha1", "ExternalWorkload") + "spec: {meshTls: {identity: a, serverName: b}}", 20, false, 1,
			[]string{"unsupported spec.meshTls: the version that is stored spells the field meshTLS: the API server drops this one, and the controllers find no identity"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := object(t, tt.object)
			_, refused, gaps, problems := readAny(o, release{minor: tt.minor})
			if diff := cmp.Diff(tt.want, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if refused != tt.refused || gaps != tt.gaps {
				t.Errorf("refused is %v with %d gaps, want %v with %d", refused, gaps, tt.refused, tt.gaps)
			}
		})
	}
}

// readAny reads an object into the type of its kind.
func readAny(o source.Object, rel release) (value any, refused bool, gaps int, problems []string) {
	switch o.Ref.Kind {
	case kindServer:
		return readProblems[serverapi.Server](o, rel)
	case kindServerAuthorization:
		return readProblems[sazapi.ServerAuthorization](o, rel)
	case kindAuthorizationPolicy:
		return readProblems[policyapi.AuthorizationPolicy](o, rel)
	case kindMeshTLSAuthentication:
		return readProblems[policyapi.MeshTLSAuthentication](o, rel)
	case kindNetworkAuthentication:
		return readProblems[policyapi.NetworkAuthentication](o, rel)
	case kindEgressNetwork:
		return readProblems[policyapi.EgressNetwork](o, rel)
	case kindRateLimit:
		return readProblems[policyapi.HTTPLocalRateLimitPolicy](o, rel)
	case kindPolicyHTTPRoute:
		return readProblems[routeapi.HTTPRoute](o, rel)
	case kindServiceProfile:
		return readProblems[profileapi.ServiceProfile](o, rel)
	case kindLink:
		return readProblems[linkapi.Link](o, rel)
	case kindExternalWorkload:
		return readProblems[workloadapi.ExternalWorkload](o, rel)
	default:
		return readProblems[kube.HTTPRoute](o, rel)
	}
}

// TestDefaults: what the API server writes where nothing stands, and what it drops.
func TestDefaults(t *testing.T) {
	t.Parallel()
	rel := release{minor: 20}
	t.Run("Server", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[serverapi.Server](object(t, heads("policy.linkerd.io/v1beta1", "Server")+
			"spec: {podSelector: {}, port: http, accessPolicy: audit, externalWorkloadSelector: {}}"), rel)
		want := serverapi.ServerSpec{AccessPolicy: "deny", ProxyProtocol: "unknown", PodSelector: &kube.LabelSelector{}, Port: kube.IntOrString{Name: "http"}}
		if diff := cmp.Diff(want, v.Spec); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("Server before 2.16", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[serverapi.Server](object(t, heads("policy.linkerd.io/v1beta3", "Server")+
			"spec: {podSelector: {}, port: http, accessPolicy: audit}"), release{minor: 15})
		if v.Spec.AccessPolicy != "deny" {
			t.Errorf("accessPolicy is %q", v.Spec.AccessPolicy)
		}
	})
	t.Run("HTTPRoute", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[routeapi.HTTPRoute](object(t, heads("policy.linkerd.io/v1beta1", "HTTPRoute")+
			"spec: {parentRefs: [{name: a}], rules: [{backendRefs: [{name: b, port: 80, weight: 2}]}, {matches: []}]}"), rel)
		want := routeapi.HTTPRouteSpec{
			ParentRefs: []kube.ParentRef{{Group: new(groupPolicy), Kind: "Gateway", Name: "a"}},
			Rules: []routeapi.HTTPRouteRule{
				{
					Matches:     []routeapi.HTTPRouteMatch{{Path: &routeapi.HTTPPathMatch{Type: "PathPrefix", Value: "/"}}},
					BackendRefs: []routeapi.HTTPBackendRef{{BackendRef: kube.BackendRef{Kind: "Service", Namespace: "default", Name: "b", Port: 80}}},
				},
				{Matches: []routeapi.HTTPRouteMatch{}},
			},
		}
		if diff := cmp.Diff(want, v.Spec); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("HTTPRoute as one of the Gateway API", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[kube.HTTPRoute](object(t, heads("policy.linkerd.io/v1beta3", "HTTPRoute")+"spec: {parentRefs: [{name: a}]}"), rel)
		if diff := cmp.Diff([]kube.ParentRef{{Group: new(groupPolicy), Kind: "Gateway", Name: "a"}}, v.Spec.ParentRefs); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("ExternalWorkload", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[workloadapi.ExternalWorkload](object(t, heads("workload.linkerd.io/v1alpha1", "ExternalWorkload")+
			"spec: {meshTls: {identity: a, serverName: b}, ports: [{port: 80}]}"), rel)
		want := workloadapi.ExternalWorkloadSpec{MeshTLS: workloadapi.MeshTLS{Identity: "a", ServerName: "b"}, Ports: []workloadapi.PortSpec{{Port: 80, Protocol: "TCP"}}}
		if diff := cmp.Diff(want, v.Spec); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("Link", func(t *testing.T) {
		t.Parallel()
		v, _, _, _ := readProblems[linkapi.Link](object(t, heads("multicluster.linkerd.io/v1alpha1", "Link")+
			"spec: {probeSpec: {port: '4191'}, federatedServiceSelector: {}}"), rel)
		if diff := cmp.Diff(linkapi.LinkSpec{ProbeSpec: linkapi.ProbeSpec{Port: "4191", Timeout: "30s", FailureThreshold: "3"}}, v.Spec); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDecodedOnce: two parts that read an object get the same value, and its problems once.
func TestDecodedOnce(t *testing.T) {
	t.Parallel()
	c := &compiler{release: release{minor: 20}}
	o := object(t, heads("policy.linkerd.io/v1beta3", "Server")+"spec: {podSelector: {}}")
	meta := func(v *serverapi.Server) *kube.Meta { return &v.Meta }
	first, a := decode(c, o, meta)
	second, b := decode(c, o, meta)
	if first != second || !a.refused || !b.refused || b.meta.Name != "x" || len(c.problems) != 1 {
		t.Errorf("read %p and %p with %d problems", first, second, len(c.problems))
	}
}
