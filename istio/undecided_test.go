package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

// configMap writes a ConfigMap of namespace istio-system; data is in flow style.
func configMap(name, data string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: istio-system}, data: {%s}}", name, data)
}

// hook writes an injection webhook configuration with one webhook; rest is its flow-style content.
func hook(name, labels, rest string) string {
	return fmt.Sprintf(`{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: %s, labels: {%s}}, webhooks: [{name: namespace.sidecar-injector.istio.io, clientConfig: {service: {name: istiod, namespace: istio-system}}, admissionReviewVersions: [v1], sideEffects: None, %s}]}`, name, labels, rest)
}

const namespaceEnabled = `namespaceSelector: {matchExpressions: [{key: istio-injection, operator: In, values: [enabled]}]}`

// A deciding fact that is missing or damaged leaves enrolment open, or does not matter.
func TestEnrolmentUndecided(t *testing.T) {
	t.Parallel()
	enabled := namespace("istio-injection: enabled")
	cases := []struct {
		name string
		docs []string
		mode mesh.Mode
	}{
		{"an injector's configuration that is no YAML", []string{enabled, configMap("istio-sidecar-injector", `config: "policy: ["`), deployment("", "", "")}, mesh.ModeUnknown},
		{"one of a wrong type", []string{enabled, configMap("istio-sidecar-injector", `config: "neverInjectSelector: 3"`), deployment("", "", "")}, mesh.ModeUnknown},
		{"which the pod's own refusal passes over", []string{enabled, configMap("istio-sidecar-injector", `config: "policy: ["`), configMap("istio-cni-config", `AMBIENT_ENABLED: "false"`), deployment("", `sidecar.istio.io/inject: "false"`, "")}, mesh.ModeNone},
		{"a policy that does not exist injects nobody", []string{enabled, configMap("istio-sidecar-injector", `config: "policy: other"`), configMap("istio-cni-config", `AMBIENT_ENABLED: "false"`), deployment(`sidecar.istio.io/inject: "true"`, "", "")}, mesh.ModeNone},
		{"and so does none at all", []string{enabled, configMap("istio-sidecar-injector", `config: "alwaysInjectSelector: []"`), configMap("istio-cni-config", `AMBIENT_ENABLED: "false"`), deployment("", "", "")}, mesh.ModeNone},
		{"a selector that Kubernetes does not take is passed over", []string{enabled, configMap("istio-sidecar-injector", `config: "policy: enabled\nneverInjectSelector: [{matchExpressions: [{key: x, operator: NotIn}]}]"`), deployment("", "", "")}, mesh.ModeSidecar},
		{"a webhook with an operator that does not exist", []string{enabled, hook("istio-sidecar-injector", "", strings.Replace(namespaceEnabled, "In,", "Within,", 1)), deployment("", "", "")}, mesh.ModeUnknown},
		{"a webhook configuration without readable webhooks", []string{enabled, `{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: istio-sidecar-injector}, webhooks: 3}`, deployment("", "", "")}, mesh.ModeUnknown},
		{"match conditions may keep pods away", []string{enabled, hook("istio-sidecar-injector", "", namespaceEnabled+", matchConditions: [{name: x, expression: 'true'}]"), deployment("", "", "")}, mesh.ModeUnknown},
		{"but bring none in", []string{namespace("istio-injection: disabled"), hook("istio-sidecar-injector", "", namespaceEnabled+", matchConditions: [{name: x, expression: 'true'}]"), deployment("", "", "")}, mesh.ModeNone},
		{"whether ambient mode is on stands in a damaged ConfigMap", []string{namespace("istio.io/dataplane-mode: ambient"), strings.Replace(configMap("istio-cni-config", ""), "data: {}", "data: 3", 1), deployment("", "", "")}, mesh.ModeUnknown},
		{"ambient selectors that cannot be read", []string{namespace("istio.io/dataplane-mode: ambient"), configMap("istio-cni-config", `AMBIENT_ENABLED: "true", AMBIENT_ENABLEMENT_SELECTOR: "["`), deployment("", "", "")}, mesh.ModeUnknown},
		{"ambient selectors that istio-cni does not take", []string{namespace("istio.io/dataplane-mode: ambient"), configMap("istio-cni-config", `AMBIENT_ENABLED: "true", AMBIENT_ENABLEMENT_SELECTOR: "- podSelector: {matchExpressions: [{key: a, operator: Of}]}"`), deployment("", "", "")}, mesh.ModeUnknown},
		{"a Namespace whose labels are damaged", []string{strings.Replace(enabled, "{istio-injection: enabled}", "3", 1), deployment("", "", "")}, mesh.ModeUnknown},
		{"a Namespace that is not there", []string{hook("istio-sidecar-injector", "", namespaceEnabled), deployment("", "", "")}, mesh.ModeUnknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, istio.Options{}, c.docs...)
			e := declared(t, g, "w")
			if e.Mode != c.mode {
				t.Errorf("mode %v, want %v: %+v", e.Mode, c.mode, e.Why)
			}
			if e.Mode == mesh.ModeUnknown && len(e.Unknown) == 0 {
				t.Error("an unknown mode without a gap that says why")
			}
			if strings.Contains(c.name, "damaged") && len(g.Problems()) == 0 {
				t.Error("nothing of the damage is a problem")
			}
		})
	}
}

// revisionWith writes the webhook and the mesh configuration of a revision.
func revisionWith(name, config string) string {
	return hook("istio-sidecar-injector-"+name, "istio.io/rev: "+name, "namespaceSelector: {matchLabels: {istio.io/rev: "+name+"}}") +
		"\n---\n" + configMap("istio-"+name, "mesh: \""+config+"\"")
}

// A pod that does not tell its revision gets an answer only where all revisions give the same.
func TestSeveralRevisions(t *testing.T) {
	t.Parallel()
	strict := peerAuth("root-b", "pa", "mtls: {mode: STRICT}")
	of := func(rev string) string {
		return strings.Replace(sidecarPod("istio.io/rev: "+rev), `"revision":"default"`, `"revision":"`+rev+`"`, 1)
	}
	silent := strings.Replace(sidecarPod(""), `{"revision":"default"}`, "{}", 1)
	a, b := revisionWith("a", "rootNamespace: root-a"), revisionWith("b", "rootNamespace: root-b\\ntrustDomain: corp")
	cases := []struct {
		name, pod string
		docs      []string
		enforced  mesh.MTLS
		identity  string
	}{
		{"of the first", of("a"), []string{a, b, strict}, mesh.MTLSPermissive, "spiffe://cluster.local/ns/ns/sa/default"},
		{"of the second", of("b"), []string{a, b, strict}, mesh.MTLSStrict, "spiffe://corp/ns/ns/sa/default"},
		{"of either", silent, []string{a, b, strict}, mesh.MTLSUnknown, ""},
		{"of one that is not there", of("c"), []string{a, b, strict}, mesh.MTLSUnknown, ""},
		{"of either, which agree", silent, []string{a, b}, mesh.MTLSPermissive, ""},
		{"ambient", ambientPod(""), []string{a, b, strict}, mesh.MTLSUnknown, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := workload(t, build(t, istio.Options{}, append(c.docs, namespace(""), c.pod)...), "p")
			in := w.Inbound(8080)
			if in.Enforced != c.enforced {
				t.Errorf("enforced %v, want %v", in.Enforced, c.enforced)
			}
			if in.Enforced == mesh.MTLSUnknown && len(in.Unknown) == 0 {
				t.Error("an unknown mode without a gap that says why")
			}
			if got := w.Enrolment().Identity; got != c.identity {
				t.Errorf("identity %q, want %q", got, c.identity)
			}
		})
	}
}

// Where another revision may inject after the one that surely does, the revision is open.
func TestContestedInjection(t *testing.T) {
	t.Parallel()
	perhaps := strings.Replace(revisionWith("b", "trustDomain: corp"), "namespaceSelector: {matchLabels: {istio.io/rev: b}}", "matchConditions: [{name: x, expression: 'true'}]", 1)
	e := declared(t, build(t, istio.Options{}, revisionWith("a", "rootNamespace: root-a"), perhaps, namespace("istio.io/rev: a"), deployment("", "", "")), "w")
	if e.Mode != mesh.ModeSidecar || e.Revision != "" || e.Identity != "" || len(e.Unknown) == 0 {
		t.Errorf("mode %v, revision %q, identity %q, gaps %v; want sidecar, neither, and a gap", e.Mode, e.Revision, e.Identity, e.Unknown)
	}
}

// A tag that bears the name of another revision does not hide that revision.
func TestRevisionBeforeTag(t *testing.T) {
	t.Parallel()
	opts := istio.Options{Version: "1.31.0", CNI: &istio.CNI{}, Revisions: []istio.Revision{{Name: "a", Tags: []string{"default"}}, {}}}
	opts.Revisions[1].Injector.Capture.ExcludeInboundPorts = "8080"
	in := workload(t, build(t, opts, namespace(""), sidecarPod("")), "p").Inbound(8080)
	if in.Enforced != mesh.MTLSNone {
		t.Errorf("enforced %v, want none: revision default leaves the port out", in.Enforced)
	}
}

// What the mesh's configuration leaves open.
func TestMeshConfigUndecided(t *testing.T) {
	t.Parallel()
	istiodIn := func(ns string) string {
		return strings.Replace("{apiVersion: apps/v1, kind: Deployment, metadata: {name: istiod, namespace: X}, spec: {selector: {matchLabels: {app: istiod}}, template: {metadata: {labels: {app: istiod, istio.io/rev: default}}, spec: {containers: [{name: discovery, image: 'istio/pilot:1.31.0'}]}}}}", "X", ns, 1)
	}
	strict := peerAuth("root", "pa", "mtls: {mode: STRICT}")
	other := strings.Replace(configMap("istio", `mesh: "rootNamespace: root"`), "istio-system", "mesh", 1)
	cases := []struct {
		name string
		docs []string
		want mesh.MTLS
		gaps bool
	}{
		{"read", []string{istiodIn("istio-system"), configMap("istio", `mesh: "rootNamespace: root"`)}, mesh.MTLSStrict, false},
		{"not there: the default is taken, and said", []string{istiodIn("istio-system")}, mesh.MTLSPermissive, true},
		{"of another type", []string{istiodIn("istio-system"), strings.Replace(configMap("istio", ""), "data: {}", "data: 3", 1)}, mesh.MTLSUnknown, true},
		{"without istiod too", []string{strings.Replace(configMap("istio", ""), "data: {}", "data: 3", 1)}, mesh.MTLSUnknown, true},
		{"that beside istiod counts", []string{istiodIn("istio-system"), configMap("istio", `mesh: "rootNamespace: root"`), strings.Replace(other, "rootNamespace: root", "rootNamespace: other", 1)}, mesh.MTLSStrict, false},
		{"several, and istiod nowhere", []string{configMap("istio", `mesh: "rootNamespace: istio-system"`), other}, mesh.MTLSUnknown, true},
		{"discovery selectors leave the namespace out", []string{istiodIn("istio-system"), configMap("istio", `mesh: "rootNamespace: root\ndiscoverySelectors: [{matchLabels: {istio: 'yes'}}]"`)}, mesh.MTLSUnknown, true},
		{"or do not", []string{istiodIn("istio-system"), configMap("istio", `mesh: "rootNamespace: root\ndiscoverySelectors: [{matchExpressions: [{key: istio, operator: DoesNotExist}]}]"`)}, mesh.MTLSStrict, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs := append([]string{hook("istio-sidecar-injector", "", namespaceEnabled), namespace(""), sidecarPod(""), strict}, c.docs...)
			in := workload(t, build(t, istio.Options{}, docs...), "p").Inbound(8080)
			if in.Enforced != c.want {
				t.Errorf("enforced %v, want %v (%+v)", in.Enforced, c.want, in.Unknown)
			}
			if (len(in.Unknown) > 0) != c.gaps {
				t.Errorf("gaps %+v, want some: %v", in.Unknown, c.gaps)
			}
		})
	}
}

func TestCaptureUndecided(t *testing.T) {
	t.Parallel()
	values := configMap("istio-sidecar-injector", `config: "policy: enabled", values: "["`)
	init := strings.Replace(sidecarPod(""), "  containers:\n", "  initContainers:\n  - {name: istio-init, image: x, args: [istio-iptables, -b, '*', -d, '15090']}\n  containers:\n", 1)
	listener := func(selector string) string {
		return "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: a, namespace: ns}, spec: {workloadSelector: " + selector + ", ingress: [{port: {number: 8080, protocol: TCP, name: t}, defaultEndpoint: '127.0.0.1:1'}]}}"
	}
	whole := "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: b, namespace: ns}, spec: {workloadSelector: {labels: {app: w}}, ingress: [{port: {number: 8080, protocol: TCP, name: t}, defaultEndpoint: '127.0.0.1:1'}]}}"
	cases := []struct {
		name string
		docs []string
		port uint16
		want mesh.MTLS
	}{
		{"the injector's values cannot be read", []string{values, sidecarPod("")}, 8080, mesh.MTLSUnknown},
		{"which what ran in the pod replaces", []string{values, init}, 8080, mesh.MTLSStrict},
		{"a sidecar on the node's network", []string{strings.Replace(sidecarPod(""), "spec:\n", "spec:\n  hostNetwork: true\n", 1)}, 8080, mesh.MTLSUnknown},
		{"the port for HBONE", []string{sidecarPod("")}, 15008, mesh.MTLSNone},
		{"which TPROXY takes in", []string{sidecarPod("sidecar.istio.io/interceptionMode: TPROXY")}, 15008, mesh.MTLSStrict},
		{"a Sidecar whose selector is lost, before one that is whole", []string{sidecarPod(""), listener("3"), whole}, 8080, mesh.MTLSUnknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs := append([]string{namespace(""), peerAuth("ns", "pa", "mtls: {mode: STRICT}")}, c.docs...)
			in := workload(t, build(t, istio.Options{}, docs...), "p").Inbound(c.port)
			if in.Enforced != c.want {
				t.Errorf("enforced %v, want %v (%+v)", in.Enforced, c.want, in.Why)
			}
		})
	}
}

// Which waypoint a Service uses is open where a label or the waypoint's class is not known.
func TestBindingUndecided(t *testing.T) {
	t.Parallel()
	gateway := func(class string) string {
		return "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: ns}, spec: {gatewayClassName: " + class + ", listeners: [{name: mesh, port: 15008, protocol: HBONE}]}, status: {addresses: [{type: Hostname, value: wp}]}}"
	}
	class := "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: own, labels: LABELS}, spec: {controllerName: istio.io/mesh-controller}}"
	service := "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns, labels: LABELS}, spec: {ports: [{port: 80}]}}"
	ask := strings.Replace(service, "LABELS", "{istio.io/use-waypoint: wp}", 1)
	cases := []struct {
		name  string
		docs  []string
		proxy string
		word  string
	}{
		{"used", []string{namespace(""), gateway("istio-waypoint"), ask}, "ns/wp", "-"},
		{"damaged labels of the Service", []string{namespace("istio.io/use-waypoint: wp"), gateway("istio-waypoint"), strings.Replace(service, "LABELS", "3", 1)}, "", "unknown"},
		{"damaged labels of the Namespace", []string{strings.Replace(namespace(""), "{}", "{istio.io/use-waypoint: wp, x: {}}", 1), gateway("istio-waypoint"), strings.Replace(service, "LABELS", "{}", 1)}, "", "unknown"},
		{"a class that is not there", []string{namespace(""), gateway("own"), ask}, "", "unknown"},
		{"a class that is", []string{namespace(""), gateway("own"), strings.Replace(class, "LABELS", "{istio.io/waypoint-for: all}", 1), ask}, "ns/wp", "-"},
		{"a class for other traffic", []string{namespace(""), gateway("own"), strings.Replace(class, "LABELS", "{istio.io/waypoint-for: workload}", 1), ask}, "", "traffic"},
		{"a damaged class", []string{namespace(""), gateway("own"), strings.Replace(class, "LABELS", "3", 1), ask}, "", "unknown"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for s := range build(t, installed, c.docs...).Services() {
				b := s.Bindings()
				if len(b) != 1 {
					t.Fatalf("bindings %+v, want one", b)
				}
				word := b[0].Refused.String()
				if b[0].Proxy == "" && b[0].Refused == mesh.NotRefused && len(b[0].Unknown) > 0 {
					word = "unknown"
				}
				if b[0].Proxy != c.proxy || word != c.word {
					t.Errorf("proxy %q, %s; want %q, %s", b[0].Proxy, word, c.proxy, c.word)
				}
			}
		})
	}
}
