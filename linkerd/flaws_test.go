package linkerd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
)

// flawLines writes flaws as "kind rule object field workloads", with a question mark where it may be none.
// What the webhook would refuse is left out.
func flawLines(g *mesh.Graph) []string {
	var lines []string
	for _, f := range g.Flaws() {
		if f.Kind == mesh.FlawInadmissible {
			continue
		}
		var who []string
		for _, w := range f.Workloads {
			who = append(who, w.ID().Name)
		}
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s/%s %s %s", f.Kind, strings.TrimPrefix(f.Rule, "linkerd/"), f.Object.Kind.Kind, f.Object.Name, f.Loc.Field(), strings.Join(who, ",")))
		if len(f.Unknown) > 0 {
			line += "?"
		}
		lines = append(lines, line)
	}
	return lines
}

// flawCase is a world with the flaws that it has; want nil is none.
type flawCase struct {
	name, version string
	docs          []string
	want          []string
}

// runFlaws compares the flaws of each case, in the given order of the documents and in the reverse.
func runFlaws(t *testing.T, cases []flawCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.version == "" {
				c.version = "2.20"
			}
			w := build(t, c.version, c.docs...)
			if diff := cmp.Diff(c.want, flawLines(w.Graph)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range w.Flaws() {
				if f.Mesh != linkerd.Name || f.Object.IsZero() || f.Detail == "" || f.Loc.Pos().Line == 0 {
					t.Errorf("%s: mesh %q, object %v, detail %q, place %v: all must be there", f.Rule, f.Mesh, f.Object, f.Detail, f.Loc.Pos())
				}
			}
			turned := slices.Clone(c.docs)
			slices.Reverse(turned)
			if diff := cmp.Diff(c.want, flawLines(build(t, c.version, turned...).Graph)); diff != "" {
				t.Errorf("in the reverse order (-want +got):\n%s", diff)
			}
		})
	}
}

// policyDoc writes an object of group policy.linkerd.io in namespace m.
func policyDoc(version, kind, name, spec string) string {
	return fmt.Sprintf("{apiVersion: policy.linkerd.io/%s, kind: %s, metadata: {name: %s, namespace: m}, spec: {%s}}", version, kind, name, spec)
}

func flawServer(name, spec string) string { return policyDoc("v1beta3", "Server", name, spec) }

// policyTo writes an AuthorizationPolicy for an object of Linkerd's own group.
func policyTo(name, kind, target, requires string) string {
	return policyDoc("v1alpha1", "AuthorizationPolicy", name,
		"targetRef: {group: policy.linkerd.io, kind: "+kind+", name: "+target+"}, requiredAuthenticationRefs: ["+requires+"]")
}

func accountRef(name string) string { return "{kind: ServiceAccount, name: " + name + "}" }

func authnRef(kind, name string) string {
	return "{group: policy.linkerd.io, kind: " + kind + ", name: " + name + "}"
}

// flawRoute writes an HTTPRoute of Linkerd's own group with one rule for each match.
func flawRoute(name, parent string, matches ...string) string {
	var rules []string
	for _, m := range matches {
		rules = append(rules, "{matches: [{"+m+"}]}")
	}
	return policyDoc("v1beta3", "HTTPRoute", name, "parentRefs: [{group: policy.linkerd.io, kind: Server, name: "+parent+"}], rules: ["+strings.Join(rules, ", ")+"]")
}

const (
	flawPorts = "{name: http, containerPort: 8080}"
	getPrefix = "path: {type: PathPrefix, value: %s}"
)

func prefix(path string) string { return fmt.Sprintf(getPrefix, path) }

var (
	web      = pod{name: "web", ip: "10.42.0.1", ports: flawPorts}.String()
	shop     = pod{name: "shop", ip: "10.42.0.2", ports: flawPorts}.String()
	bare     = pod{name: "bare", ip: "10.42.0.3", ports: flawPorts, bare: true}.String()
	webAt    = flawServer("s", "podSelector: {matchLabels: {app: web}}, port: 8080")
	shopOnly = policyTo("p", "Server", "s", accountRef("shop"))
	settled  = config("")
)

// Servers that select nothing, or stand where nobody asks for them.
// source: linkerd2 policy-controller/k8s/api/src/labels.rs, policy-controller/k8s/index/src/inbound/index.rs.
func TestFlawsOfServers(t *testing.T) {
	t.Parallel()
	here := []string{namespaceM, settled, web, shop}
	with := func(docs ...string) []string { return slices.Concat(here, docs) }
	runFlaws(t, []flawCase{
		{"as they should be", "", with(webAt, shopOnly), nil},
		{"a label that the injector will add", "", []string{namespaced("", injected), settled, template("", "", ""), flawServer("s", "podSelector: {matchLabels: {linkerd.io/proxy-deployment: w}}, port: 8080")}, nil},
		{"which it adds to no pod outside", "", []string{namespaced("", ""), settled, template("", "", ""), flawServer("s", "podSelector: {matchLabels: {linkerd.io/proxy-deployment: w}}, port: 8080")}, []string{
			"selects-nothing selects-nothing Server/s spec.podSelector?",
		}},
		{"no pod has the labels", "", with(flawServer("s", "podSelector: {matchLabels: {app: wbe}}, port: 8080"), shopOnly), []string{
			"selects-nothing selects-nothing Server/s spec.podSelector",
		}},
		{"an extension's own objects", "", with(strings.Replace(flawServer("s", "podSelector: {matchLabels: {app: wbe}}, port: 8080"), "name: s,", "name: s, labels: {linkerd.io/extension: viz},", 1)), nil},
		{"no machine has the labels", "", with(flawServer("s", "externalWorkloadSelector: {matchLabels: {app: web}}, port: 8080")), []string{
			"selects-nothing selects-nothing Server/s spec.externalWorkloadSelector",
		}},
		{"Exists with values", "", with(flawServer("s", "podSelector: {matchExpressions: [{key: app, operator: Exists, values: []}]}, port: 8080")), []string{
			"selects-nothing selector-never-met Server/s spec.podSelector.matchExpressions[0]",
		}},
		{"Exists without", "", with(flawServer("s", "podSelector: {matchExpressions: [{key: app, operator: Exists}]}, port: 8080")), nil},
		{"a name of a port that nobody has leaves the port open", "", with(flawServer("s", "podSelector: {matchLabels: {app: web}}, port: htpp")), []string{
			"opens-more no-such-port Server/s spec.port web",
		}},
		{"or under a default policy that closes it", "", append(with(flawServer("s", "podSelector: {}, port: htpp"))[2:], namespaceM, config("proxy: {defaultInboundPolicy: deny}")), []string{
			"selects-nothing no-such-port Server/s spec.port shop,web",
		}},
		{"a port of an init container", "2.18", []string{namespaceM, settled, pod{
			name: "web", ports: flawPorts, spec: ", initContainers: [{name: i, image: x, restartPolicy: Always, ports: [{name: side, containerPort: 9}]}]",
		}.String(), flawServer("s", "podSelector: {}, port: side")}, []string{"opens-more no-such-port Server/s spec.port web"}},
		{"which counts since 2.19", "2.19", []string{namespaceM, settled, pod{
			name: "web", ports: flawPorts, spec: ", initContainers: [{name: i, image: x, restartPolicy: Always, ports: [{name: side, containerPort: 9}]}]",
		}.String(), flawServer("s", "podSelector: {}, port: side")}, nil},
		{"pods without a proxy", "", with(bare, flawServer("s", "podSelector: {matchLabels: {app: bare}}, port: 8080")), []string{
			"no-effect outside-the-mesh Server/s spec.podSelector bare",
		}},
		{"some pods without a proxy", "", with(bare, flawServer("s", "podSelector: {}, port: 8080")), nil},
		{"a port that is skipped", "", []string{namespaceM, settled, pod{name: "web", ports: flawPorts, annotations: "config.linkerd.io/skip-inbound-ports: '8000-8100'"}.String(), webAt}, []string{
			"no-effect inbound-port-skipped Server/s spec.port web",
		}},
		{"a port that the installation skips", "", []string{namespaceM, config("proxyInit: {ignoreInboundPorts: \"8080\"}"), web, webAt}, []string{
			"opens-more inbound-port-skipped Server/s spec.port web",
		}},
		{"a port for UDP", "", []string{namespaceM, settled, pod{name: "web", ports: "{containerPort: 8080, protocol: UDP}"}.String(), webAt}, []string{
			"no-effect not-tcp Server/s spec.port web",
		}},
		{"a port for both", "", []string{namespaceM, settled, pod{name: "web", ports: "{containerPort: 8080, protocol: UDP}, {containerPort: 8080}"}.String(), webAt}, nil},
		{"an access policy beside policies that name clients", "", with(flawServer("s", "podSelector: {matchLabels: {app: web}}, port: 8080, accessPolicy: all-unauthenticated"), shopOnly), []string{
			"opens-more access-policy-adds Server/s spec.accessPolicy web",
		}},
		{"an access policy by itself", "", with(flawServer("s", "podSelector: {matchLabels: {app: web}}, port: 8080, accessPolicy: all-unauthenticated")), nil},
		{"one that lets in others", "", with(flawServer("s", "podSelector: {matchLabels: {app: web}}, port: 8080, accessPolicy: cluster-authenticated"), shopOnly), nil},
	})
}

// Nothing of a namespace is in the input: who is selected is not known.
func TestFlawsLeftOpen(t *testing.T) {
	t.Parallel()
	runFlaws(t, []flawCase{
		{"policies without workloads", "", []string{settled, webAt, policyTo("p", "Server", "other", accountRef("nobody"))}, []string{
			"selects-nothing selects-nothing AuthorizationPolicy/p spec.targetRef.name?",
			"names-nobody names-nobody AuthorizationPolicy/p spec.requiredAuthenticationRefs[0].name?",
			"selects-nothing selects-nothing Server/s spec.podSelector?",
		}},
	})
}

// Policies that stand for nothing, grant nobody, or more than they say.
// source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs policy_client_authz and client_authzs.
func TestFlawsOfPolicies(t *testing.T) {
	t.Parallel()
	with := func(docs ...string) []string { return slices.Concat([]string{namespaceM, settled, web, shop}, docs) }
	meshTLS := func(spec string) string { return policyDoc("v1alpha1", "MeshTLSAuthentication", "t", spec) }
	byMesh, byNet := authnRef("MeshTLSAuthentication", "t"), authnRef("NetworkAuthentication", "net")
	runFlaws(t, []flawCase{
		{"no such Server", "", with(webAt, policyTo("p", "Server", "x", accountRef("shop"))), []string{
			"selects-nothing selects-nothing AuthorizationPolicy/p spec.targetRef.name",
		}},
		{"no such route", "", with(webAt, policyTo("p", "HTTPRoute", "x", accountRef("shop"))), []string{
			"selects-nothing selects-nothing AuthorizationPolicy/p spec.targetRef.name",
		}},
		{"a namespace without Servers", "", with(policyDoc("v1alpha1", "AuthorizationPolicy", "p", "targetRef: {kind: Namespace, name: m}, requiredAuthenticationRefs: ["+accountRef("shop")+"]")), []string{
			"no-effect namespace-without-servers AuthorizationPolicy/p spec.targetRef",
		}},
		{"and with one", "", with(webAt, policyDoc("v1alpha1", "AuthorizationPolicy", "p", "targetRef: {kind: Namespace, name: m}, requiredAuthenticationRefs: ["+accountRef("shop")+"]")), nil},
		{"nothing is asked", "", with(webAt, policyTo("p", "Server", "s", "")), []string{
			"opens-more asks-nothing AuthorizationPolicy/p spec.requiredAuthenticationRefs web",
		}},
		{"an authentication that is not there", "", with(webAt, policyTo("p", "Server", "s", byMesh)), []string{
			"closes-more grants-nobody AuthorizationPolicy/p spec.requiredAuthenticationRefs[0] web",
		}},
		{"one that is", "", with(webAt, meshTLS("identityRefs: [{kind: ServiceAccount, name: shop}]"), policyTo("p", "Server", "s", byMesh)), nil},
		{"a network that is not there", "", with(webAt, policyTo("p", "Server", "s", accountRef("shop")+", "+byNet)), []string{
			"closes-more grants-nobody AuthorizationPolicy/p spec.requiredAuthenticationRefs[1] web",
		}},
		{"a ServiceAccount that nobody has", "", with(webAt, policyTo("p", "Server", "s", accountRef("shpo"))), []string{
			"names-nobody names-nobody AuthorizationPolicy/p spec.requiredAuthenticationRefs[0].name",
		}},
		{"one of workloads outside of the mesh", "", with(bare, webAt, policyTo("p", "Server", "s", accountRef("bare"))), []string{
			"names-nobody names-nobody AuthorizationPolicy/p spec.requiredAuthenticationRefs[0].name",
		}},
		{"identities", "", with(webAt, policyTo("p", "Server", "s", byMesh), meshTLS("identities: ['*', '*.m.serviceaccount.identity.linkerd.cluster.local', "+
			"shop.m.serviceaccount.identity.linkerd.cluster.local, shop.m.serviceaccount.identity.linkerd.other.example, '*.m.serviceaccount.identity.l5d.cluster.local', shop, 'spiffe://a/b']")), []string{
			"names-nobody names-nobody MeshTLSAuthentication/t spec.identities[3]",
			"names-nobody names-nobody MeshTLSAuthentication/t spec.identities[4]",
			"names-nobody names-nobody MeshTLSAuthentication/t spec.identities[5]",
		}},
		{"a namespace that is not there", "", with(webAt, policyTo("p", "Server", "s", byMesh), meshTLS("identityRefs: [{kind: Namespace, name: m}, {kind: Namespace, name: x}]"),
			"{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}", "{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), []string{
			"names-nobody names-nobody MeshTLSAuthentication/t spec.identityRefs[1]",
		}},
		{"a trust domain that is assumed", "", with(webAt, policyTo("p", "Server", "s", byMesh), meshTLS("identities: [shop.m.serviceaccount.identity.linkerd.other.example]"))[2:], []string{
			"names-nobody names-nobody MeshTLSAuthentication/t spec.identities[0]?",
		}},
		{"one policy beside a wider one", "", with(webAt, shopOnly, policyTo("wide", "Server", "s", byMesh), meshTLS("identities: ['*']")), []string{
			"no-effect granted-anyway AuthorizationPolicy/p metadata.name web",
		}},
		{"beside one that is narrower in networks", "", with(webAt, shopOnly, policyTo("wide", "Server", "s", byMesh+", "+byNet), meshTLS("identities: ['*']"),
			policyDoc("v1alpha1", "NetworkAuthentication", "net", "networks: [{cidr: 10.0.0.0/8}]")), nil},
		{"a policy for a route whose Server lets the same clients in", "", with(webAt, shopOnly, flawRoute("r", "s", prefix("/")), policyTo("q", "HTTPRoute", "r", accountRef("shop"))), []string{
			"no-effect granted-anyway AuthorizationPolicy/q metadata.name web",
		}},
		{"and others", "", with(webAt, shopOnly, flawRoute("r", "s", prefix("/")), policyTo("q", "HTTPRoute", "r", accountRef("web"))), nil},
	})
}

func TestFlawsOfServerAuthorizations(t *testing.T) {
	t.Parallel()
	with := func(docs ...string) []string { return slices.Concat([]string{namespaceM, settled, web, shop}, docs) }
	saz := func(server, client string) string {
		return policyDoc("v1beta1", "ServerAuthorization", "z", "server: {"+server+"}, client: {"+client+"}")
	}
	byShop := "meshTLS: {serviceAccounts: [{name: shop}]}"
	runFlaws(t, []flawCase{
		{"by name", "", with(webAt, saz("name: s", byShop)), nil},
		{"no such Server", "", with(webAt, saz("name: x", byShop)), []string{"selects-nothing selects-nothing ServerAuthorization/z spec.server.name"}},
		{"no such labels", "", with(webAt, saz("selector: {matchLabels: {app: web}}", byShop)), []string{"selects-nothing selects-nothing ServerAuthorization/z spec.server.selector"}},
		{"nobody is named", "", with(webAt, saz("name: s", "networks: [{cidr: 10.0.0.0/8}]")), []string{"closes-more grants-nobody ServerAuthorization/z spec.client web"}},
		{"somebody who is not there", "", with(webAt, saz("name: s", "meshTLS: {serviceAccounts: [{name: shop}, {name: x}], identities: [stranger]}")), []string{
			"names-nobody names-nobody ServerAuthorization/z spec.client.meshTLS.identities[0]",
			"names-nobody names-nobody ServerAuthorization/z spec.client.meshTLS.serviceAccounts[1]",
		}},
	})
}

// Routes that requests do not go by, and those that take more away than they bring.
// source: linkerd2 policy-controller/k8s/index/src/inbound/routes.rs, policy-controller/grpc/src/inbound.rs.
func TestFlawsOfRoutes(t *testing.T) {
	t.Parallel()
	probed := pod{name: "web", ip: "10.42.0.1", ports: flawPorts + "], readinessProbe: {httpGet: {path: /ready, port: http}}, env: ["}.String()
	with := func(docs ...string) []string { return slices.Concat([]string{namespaceM, settled, probed, shop}, docs) }
	at := func(protocol string) string {
		return flawServer("s", "podSelector: {matchLabels: {app: web}}, port: 8080, proxyProtocol: "+protocol)
	}
	all, only := flawRoute("r", "s", prefix("/")), policyTo("p", "HTTPRoute", "r", accountRef("shop"))
	everybody := policyTo("k", "HTTPRoute", "probes", authnRef("NetworkAuthentication", "all"))
	anywhere := policyDoc("v1alpha1", "NetworkAuthentication", "all", "networks: [{cidr: 0.0.0.0/0}, {cidr: '::/0'}]")
	ready := flawRoute("probes", "s", "path: {type: Exact, value: /ready}")
	runFlaws(t, []flawCase{
		{"no route", "", with(webAt, shopOnly), nil},
		{"a route that takes the probe and refuses it", "", with(webAt, all, only), []string{"closes-more probe-lost HTTPRoute/r spec.parentRefs[0] web"}},
		{"a route that does not take it", "", with(webAt, flawRoute("r", "s", prefix("/api")), only), []string{"closes-more probe-lost HTTPRoute/r spec.parentRefs[0] web"}},
		{"a route for it", "", with(webAt, all, only, ready, everybody, anywhere), nil},
		{"a route for it that asks nothing", "", with(webAt, all, only, ready, policyTo("k", "HTTPRoute", "probes", "")), nil},
		{"a route for it from some networks", "", with(webAt, all, only, ready, everybody, policyDoc("v1alpha1", "NetworkAuthentication", "all", "networks: [{cidr: 10.0.0.0/8}]")), []string{
			"closes-more probe-lost HTTPRoute/probes spec.parentRefs[0] web?",
		}},
		{"gRPC", "", with(at("gRPC"), shopOnly), []string{"closes-more probe-lost Server/s spec.proxyProtocol web"}},
		{"a policy for the Server that routes cut down", "", with(webAt, shopOnly, ready, everybody, anywhere), []string{"closes-more paths-lost HTTPRoute/probes spec.parentRefs[0] web"}},
		{"a route at an opaque port", "", with(at("opaque"), all, only), []string{
			"no-effect route-unattached AuthorizationPolicy/p spec.targetRef.name", "no-effect route-unattached HTTPRoute/r spec.parentRefs[0].name web",
		}},
		{"an HTTPRoute at a Server for gRPC", "", []string{namespaceM, settled, web, shop, at("gRPC"), all}, []string{"no-effect route-unattached HTTPRoute/r spec.parentRefs[0].name web"}},
		{"no such Server", "", with(all), []string{"selects-nothing selects-nothing HTTPRoute/r spec.parentRefs[0].name"}},
		{"a parent with a port", "", []string{namespaceM, settled, web, webAt, strings.Replace(all, "name: s}", "name: s, port: 8080}", 1)}, []string{
			"no-effect route-left-out HTTPRoute/r spec.parentRefs[0].port",
		}},
		{"a parent without a kind", "", []string{namespaceM, settled, web, webAt, strings.Replace(all, "kind: Server, name: s}", "name: s}", 1)}, []string{
			"no-effect route-unattached HTTPRoute/r spec.parentRefs[0]",
		}},
		{"a route that was not accepted", "", []string{namespaceM, settled, web, webAt, strings.Replace(all, "spec:", "status: {parents: [{parentRef: {name: x}, controllerName: other.example/c}]}, spec:", 1)}, []string{
			"no-effect route-unattached HTTPRoute/r spec.parentRefs[0].name web",
		}},
	})
}

func TestFlawsOfLimits(t *testing.T) {
	t.Parallel()
	limit := func(server string) string {
		return policyDoc("v1alpha1", "HTTPLocalRateLimitPolicy", "l", "targetRef: {group: policy.linkerd.io, kind: Server, name: "+server+"}, total: {requestsPerSecond: 9}, overrides: [{requestsPerSecond: 1, clientRefs: [{kind: ServiceAccount, name: shop}]}]")
	}
	here := []string{namespaceM, settled, web, shop}
	runFlaws(t, []flawCase{
		{"at a Server", "", append(here, webAt, shopOnly, limit("s")), nil},
		{"at none", "", append(here, webAt, shopOnly, limit("x")), []string{"selects-nothing selects-nothing HTTPLocalRateLimitPolicy/l spec.targetRef.name"}},
		{"at an opaque port", "", append(here, strings.Replace(webAt, "port: 8080", "port: 8080, proxyProtocol: opaque", 1), shopOnly, limit("s")), []string{
			"no-effect limit-without-http HTTPLocalRateLimitPolicy/l spec.targetRef.name web",
		}},
	})
}
