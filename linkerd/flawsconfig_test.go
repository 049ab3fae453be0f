package linkerd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// deployment writes Deployment m/w with annotations of its own, beside those of its pods.
func deployment(own, labels, annotations, ports string) string {
	return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: w, namespace: m, annotations: {" + own + "}}, spec: {template: " +
		"{metadata: {labels: {" + labels + "}, annotations: {" + annotations + "}}, spec: {containers: [{name: app, image: x, ports: [" + ports + "]}]}}}}"
}

// Annotations that stand where nobody reads them, or that something else displaces.
// source: linkerd2 pkg/inject/inject.go, policy-controller/k8s/index/src/inbound/index.rs default_inbound_server.
func TestFlawsOfAnnotations(t *testing.T) {
	t.Parallel()
	const gateway, policy = "config.linkerd.io/enable-gateway: 'true'", "config.linkerd.io/default-inbound-policy: deny"
	in, out := namespaced("", injected), namespaced("", "")
	required := "config.linkerd.io/proxy-require-identity-inbound-ports: '8080'"
	open := flawServer("s", "podSelector: {}, port: 8080, accessPolicy: all-unauthenticated")
	runFlaws(t, []flawCase{
		{"at the template", "", []string{settled, out, deployment("", "", injected, "")}, nil},
		{"at the Deployment", "", []string{settled, out, deployment(injected, "", "", "")}, []string{
			`no-effect annotation-misplaced Deployment/w metadata.annotations["linkerd.io/inject"] w`,
		}},
		{"at the Deployment, in a namespace that asks as well", "", []string{settled, in, deployment(injected, "", "", "")}, nil},
		{"a policy at the Deployment", "", []string{settled, in, deployment(policy, "", "", "")}, []string{
			`no-effect annotation-misplaced Deployment/w metadata.annotations["config.linkerd.io/default-inbound-policy"] w`,
		}},
		{"what decides nothing at the Deployment", "", []string{settled, in, deployment("config.linkerd.io/proxy-await: enabled", "", "", "")}, nil},
		{"a policy at both", "", []string{settled, in, deployment(policy, "", policy, "")}, nil},
		{"a policy at a Deployment outside", "", []string{settled, out, deployment(policy, "", "", "")}, nil},
		{"a label of the pods", "", []string{settled, out, deployment("", injected, "", "")}, []string{
			`no-effect label-for-annotation Deployment/w spec.template.metadata.labels["linkerd.io/inject"] w`,
		}},
		{"a label beside the annotation", "", []string{settled, out, deployment("", injected, injected, "")}, nil},
		{"a label of the namespace", "", []string{settled, namespaced(injected, ""), deployment("", "", "", "")}, []string{
			`no-effect label-for-annotation Namespace/m metadata.labels["linkerd.io/inject"] w`,
		}},
		{"which its pods do not need", "", []string{settled, namespaced(injected, ""), deployment("", "", injected, "")}, nil},
		{"a label that keeps the webhook away", "", []string{settled, namespaced("config.linkerd.io/admission-webhooks: disabled", injected), deployment("", "", "", "")}, nil},
		{"a namespace's annotation that is not copied", "", []string{settled, namespaced("", injected+", "+gateway), deployment("", "", "", "")}, []string{
			`no-effect annotation-not-inherited Namespace/m metadata.annotations["config.linkerd.io/enable-gateway"] w`,
		}},
		{"one that is copied", "", []string{settled, namespaced("", injected+", "+policy), deployment("", "", "", "")}, nil},
		{"one that 2.20 copies no more", "2.20", []string{settled, namespaced("", injected+", config.beta.linkerd.io/proxy-enable-native-sidecar: 'true'"), deployment("", "", "", "")}, []string{
			`no-effect annotation-not-inherited Namespace/m metadata.annotations["config.beta.linkerd.io/proxy-enable-native-sidecar"] w`,
		}},
		{"and 2.19 does", "2.19", []string{settled, namespaced("", injected+", config.beta.linkerd.io/proxy-enable-native-sidecar: 'true'"), deployment("", "", "", "")}, nil},
		{"a misspelt policy", "", []string{settled, in, deployment("", "", "config.linkerd.io/default-inbound-policy: all_authenticated", "")}, []string{
			`no-effect annotation-misread Deployment/w spec.template.metadata.annotations["config.linkerd.io/default-inbound-policy"] w`,
		}},
		{"a word that keeps all pods out", "", []string{settled, namespaced("", "linkerd.io/inject: 'true'"), deployment("", "", injected, "")}, []string{
			`no-effect annotation-misread Namespace/m metadata.annotations["linkerd.io/inject"]`,
		}},
		{"an identity that an open Server does not require", "", []string{settled, in, deployment("", "", required, "{containerPort: 8080}"), open}, []string{
			`no-effect required-identity-displaced Deployment/w spec.template.metadata.annotations["config.linkerd.io/proxy-require-identity-inbound-ports"] w`,
		}},
		{"one that no Server displaces", "", []string{settled, in, deployment("", "", required, "{containerPort: 8080}")}, nil},
		{"one under audit", "", []string{settled, in, deployment("", "", required+", config.linkerd.io/default-inbound-policy: audit", "{containerPort: 8080}")}, []string{
			`no-effect required-identity-displaced Deployment/w spec.template.metadata.annotations["config.linkerd.io/proxy-require-identity-inbound-ports"] w`,
		}},
		{"a range of opaque ports", "", []string{config("proxy: {opaquePorts: \"25,3300-3310\"}"), in, deployment("", "", "", "{containerPort: 3306}")}, []string{
			"no-effect opaque-port-range ConfigMap/linkerd-config data.values w",
		}},
		{"one of which no port is declared", "", []string{config("proxy: {opaquePorts: \"25,3300-3310\"}"), in, deployment("", "", "", "{containerPort: 8080}")}, nil},
	})
}

// EgressNetworks of a namespace hide those for all namespaces.
// source: linkerd2 policy-controller/k8s/index/src/outbound/index/egress_network.rs resolve_egress_network.
func TestFlawsOfEgress(t *testing.T) {
	t.Parallel()
	network := func(ns, name, policy, cidrs string) string {
		return strings.Replace(policyDoc("v1alpha1", "EgressNetwork", name, "trafficPolicy: "+policy+", networks: ["+cidrs+"]"), "namespace: m", "namespace: "+ns, 1)
	}
	const global = "linkerd-egress"
	all, part := "{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16]}", "{cidr: 198.51.100.0/24}"
	with := func(docs ...string) []string {
		return append([]string{namespaceM, "{apiVersion: v1, kind: Namespace, metadata: {name: linkerd-egress}}", settled, web}, docs...)
	}
	route := func(parent string) string {
		return policyDoc("v1beta3", "HTTPRoute", "r", "parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: "+parent+", port: 80}], rules: [{}]")
	}
	runFlaws(t, []flawCase{
		{"what is denied everywhere and let through here", "", with(network(global, "deny", "Deny", all), network("m", "own", "Allow", part)), []string{
			"opens-more egress-network-hides-global EgressNetwork/own metadata.namespace web",
		}},
		{"all addresses are judged here", "", with(network(global, "deny", "Deny", all), network("m", "own", "Allow", all)), nil},
		{"nothing is denied everywhere", "", with(network(global, "allow", "Allow", all), network("m", "own", "Deny", part)), nil},
		{"nothing is judged here", "", with(network(global, "deny", "Deny", all)), nil},
		{"a route for one that is there", "", with(network("m", "own", "Deny", all), route("own")), nil},
		{"a route for none", "", with(network("m", "own", "Deny", all), route("other")), []string{"selects-nothing selects-nothing HTTPRoute/r spec.parentRefs[0]"}},
		{"a route for one that overlaps the cluster's networks", "", with(network("m", "own", "Deny", "{cidr: 10.1.0.0/16}"), route("own")), []string{
			"no-effect route-unattached HTTPRoute/r spec.parentRefs[0]",
		}},
		{"before there were any", "2.16", with(network("m", "own", "Deny", all)), []string{"no-effect kind-not-of-release EgressNetwork/own apiVersion"}},
	})
}

// A ServiceProfile goes before the routes of its Service.
// source: linkerd2-proxy linkerd/app/outbound/src/http/logical/profile.rs should_override_policy.
func TestFlawsOfProfiles(t *testing.T) {
	t.Parallel()
	profile := func(spec string) string {
		return "{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: web.m.svc.cluster.local, namespace: m}, spec: {" + spec + "}}"
	}
	route := policyDoc("v1beta3", "HTTPRoute", "r", "parentRefs: [{group: core, kind: Service, name: web, port: 80}], rules: [{}]")
	with := func(docs ...string) []string {
		return append([]string{namespaceM, settled, web, serviceTo("web", "8080", ", clusterIP: 10.96.0.1")}, docs...)
	}
	routes := "routes: [{name: a, condition: {pathRegex: /a}}]"
	runFlaws(t, []flawCase{
		{"routes of both", "", with(route, profile(routes)), []string{"no-effect service-profile-first HTTPRoute/r spec.parentRefs[0]"}},
		{"a profile without routes", "", with(route, profile("opaquePorts: ['8080']")), nil},
		{"a profile alone", "", with(profile(routes)), nil},
	})
}

// What the webhook says of a field is not said again: what follows is added to it.
func TestFlawsFollow(t *testing.T) {
	t.Parallel()
	w := build(t, "2.20", namespaceM, settled, web, shop, webAt, policyTo("p", "Server", "s", "{kind: Secret, name: x}"),
		policyTo("q", "Secret", "s", ""))
	var got []string
	for _, f := range w.Flaws() {
		got = append(got, f.Kind.String()+" "+f.Object.Name+" "+f.Detail)
	}
	want := []string{
		"inadmissible p unsupported authentication kind: Secret; the policy grants nobody anything: it requires a Secret, which authenticates nobody",
		"inadmissible q invalid targetRef kind: Secret.policy.linkerd.io; the policy grants nobody anything: it targets a Secret.policy.linkerd.io",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if slices.ContainsFunc(w.Problems(), func(p mesh.Problem) bool { return p.Object.Kind.Kind == "AuthorizationPolicy" }) {
		t.Errorf("problems: %v", w.Problems())
	}
}
