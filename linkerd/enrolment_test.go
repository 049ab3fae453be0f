package linkerd_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// template writes Deployment m/w; the arguments are the flow-style contents of the pod template.
func template(labels, annotations, spec string) string {
	return fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: w, namespace: m}, spec: {template: "+
		"{metadata: {labels: {%s}, annotations: {%s}}, spec: {containers: [{name: app, image: x}]%s}}}}", labels, annotations, spec)
}

// namespaced writes Namespace m with labels and annotations in flow style.
func namespaced(labels, annotations string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: m, labels: {%s}, annotations: {%s}}}", labels, annotations)
}

const injected = "linkerd.io/inject: enabled"

// declared is what the template of m/w would be.
func (w world) declared(t testing.TB) mesh.Enrolment {
	t.Helper()
	m, ok := w.workload(t, "w").Membership(linkerd.Name)
	if !ok {
		t.Fatal("enrolment is not judged")
	}
	return m.Declared
}

// rules are the rules of the steps, in order, without the adapter's name.
func rules(steps []mesh.Step) []string {
	var all []string
	for _, s := range steps {
		all = append(all, strings.TrimPrefix(s.Rule, "linkerd/"))
	}
	return all
}

// answer is an enrolment in short: the mode with the rules of its steps.
func answer(e mesh.Enrolment) string {
	return e.Mode.String() + " " + e.Cause.String() + ": " + strings.Join(rules(e.Why), ", ")
}

// TestInjectAnnotations goes through all words at the namespace and at the pod.
// source: linkerd2 pkg/inject/report.go disabledByAnnotation.
func TestInjectAnnotations(t *testing.T) {
	t.Parallel()
	words := []string{"-", "", "enabled", "disabled", "ingress", "Enabled", "true"}
	valid := func(w string) bool { return slices.Contains([]string{"-", "", "enabled", "disabled", "ingress"}, w) }
	on := func(w string) bool { return w == "enabled" || w == "ingress" }
	annotation := func(w string) string {
		if w == "-" {
			return ""
		}
		return "linkerd.io/inject: '" + w + "'"
	}
	for _, ns := range words {
		for _, own := range words {
			t.Run(ns+" "+own, func(t *testing.T) {
				t.Parallel()
				want := "injected, native-sidecar"
				switch {
				case !valid(ns):
					want = "invalid-namespace-annotation"
				case !valid(own):
					want = "invalid-workload-annotation"
				case on(ns) && own == "disabled":
					want = "disabled-by-workload"
				case !on(ns) && !on(own):
					want = "not-enabled"
				case own == "ingress", own == "-" && ns == "ingress":
					want += ", ingress-mode" // the pod's own word hides the namespace's, even an empty one
				}
				w := build(t, "2.20", namespaced("", annotation(ns)), template("", annotation(own), ""))
				if diff := cmp.Diff(want, strings.Join(rules(w.declared(t).Why), ", ")); diff != "" {
					t.Errorf("rules (-want +got):\n%s", diff)
				}
				wantIn := truth.Of(strings.HasPrefix(want, "injected"))
				if got := w.declared(t).Mode.Inside(); got != wantIn {
					t.Errorf("injected: %v, want %v", got, wantIn)
				}
			})
		}
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	yes := namespaced("", injected)
	const values = "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: linkerd}, data: {values: %q}}"
	tests := []struct {
		name, version, want string
		docs                []string
	}{
		{"the namespace asks", "2.20", "native-sidecar namespace-label: injected, native-sidecar", []string{yes, template("", "", "")}},
		{"the pod asks", "2.20", "native-sidecar pod-annotation: injected, native-sidecar", []string{namespaceM, template("", injected, "")}},
		{"a label is no annotation", "2.20", "none namespace-unlabelled: not-enabled", []string{namespaceM, template(injected, "", "")}},
		{"all reasons are told", "2.20", "none host-network: host-network, sidecar-exists, disabled-by-workload", []string{
			yes, template("", "linkerd.io/inject: disabled", ", hostNetwork: true, initContainers: [{name: istio-init, image: x}]"),
		}},
		{"a sidecar of Istio", "2.20", "none manual: sidecar-exists", []string{yes, template("", "", ", initContainers: [{name: istio-proxy, image: x, restartPolicy: Always}]")}},
		{"which releases before did not see", "2.15", "sidecar namespace-label: injected, native-sidecar", []string{yes, template("", "", ", initContainers: [{name: istio-proxy, image: x, restartPolicy: Always}]")}},
		{"a namespace left out by label", "2.20", "none namespace-label: webhook-namespace", []string{
			namespaced("config.linkerd.io/admission-webhooks: disabled", injected), template("", injected, ", hostNetwork: true"),
		}},
		{"a namespace left out by name", "2.20", "none system-namespace: webhook-namespace", []string{
			strings.ReplaceAll(namespaced("", injected), "name: m,", "name: kube-system,"), strings.ReplaceAll(template("", "", ""), "namespace: m", "namespace: kube-system"),
		}},
		{"a pod left out by label", "2.20", "none injector-selector: webhook-object", []string{yes, template("linkerd.io/cni-resource: 'true'", "", "")}},
		{"a namespace that is not known", "2.20", "unknown unknown: webhook-undecided", []string{template("", injected, "")}},
		{"which changes nothing for a pod on its node's network", "2.20", "none host-network: host-network", []string{template("", injected, ", hostNetwork: true")}},
		{"the webhook's own selector counts", "2.20", "none injector-selector: webhook-object", []string{yes, template("a: b", "", ""), webhook("objectSelector: {matchLabels: {a: c}}")}},
		{"and lets in what the chart's does not", "2.20", "native-sidecar namespace-label: injected, native-sidecar", []string{yes, template("linkerd.io/cni-resource: 'true'", "", ""), webhook("")}},
		{"conditions are not evaluated", "2.20", "unknown unknown: webhook-undecided", []string{yes, template("", "", ""), webhook("matchConditions: [{name: x, expression: 'true'}]")}},
		{"the selectors of the values count", "2.20", "none injector-selector: webhook-object", []string{
			yes, template("a: b", "", ""), fmt.Sprintf(values, "proxyInjector: {objectSelector: {matchLabels: {a: c}}}"),
		}},
		{"values that are not understood", "2.20", "unknown unknown: webhook-undecided", []string{yes, template("", "", ""), fmt.Sprintf(values, "proxy: [")}},
		{"a proxy written down", "2.20", "sidecar manual: manual, sidecar-exists", []string{
			yes, strings.Replace(template("linkerd.io/control-plane-ns: linkerd", "", ""), "[{name: app", "[{name: linkerd-proxy, image: 'x:1'}, {name: app", 1),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, answer(build(t, tt.version, tt.docs...).only(t))); diff != "" {
				t.Errorf("declared (-want +got):\n%s", diff)
			}
		})
	}
}

// only is what the template of the only workload would be.
func (w world) only(t testing.TB) mesh.Enrolment {
	t.Helper()
	for x := range w.Workloads() {
		m, _ := x.Membership(linkerd.Name)
		return m.Declared
	}
	t.Fatal("no workload")
	return mesh.Enrolment{}
}

// webhook is the injector's webhook with one more field.
func webhook(field string) string {
	return "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: linkerd-proxy-injector-webhook-config}, " +
		"webhooks: [{name: linkerd-proxy-injector.linkerd.io, admissionReviewVersions: [v1], sideEffects: None, " +
		"clientConfig: {url: 'https://x'}, " + field + "}]}"
}

// Without projected tokens the injector wants to see one mounted. The API server mounts it unless it is told
// not to. source: linkerd2 pkg/inject/report.go newReport.
func TestToken(t *testing.T) {
	t.Parallel()
	const account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: m}, automountServiceAccountToken: %t}"
	noToken, unknown, yes := "none injector-selector: no-service-account-token", "unknown unknown: webhook-undecided", "native-sidecar namespace-label: injected, native-sidecar"
	tests := []struct{ name, spec, account, want string }{
		{"the pod says no", ", automountServiceAccountToken: false", "", noToken},
		{"the pod says yes", ", automountServiceAccountToken: true", fmt.Sprintf(account, false), yes},
		{"the account says no", "", fmt.Sprintf(account, false), noToken},
		{"the account says yes", "", fmt.Sprintf(account, true), yes},
		{"the account is not known", "", "", unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			docs := []string{namespaced("", injected), config("identity: {serviceAccountTokenProjection: false}"), template("", "", tt.spec)}
			if tt.account != "" {
				docs = append(docs, tt.account)
			}
			if diff := cmp.Diff(tt.want, answer(build(t, "2.20", docs...).declared(t))); diff != "" {
				t.Errorf("declared (-want +got):\n%s", diff)
			}
			docs[1] = config("cniEnabled: false")
			if diff := cmp.Diff(yes, answer(build(t, "2.20", docs...).declared(t))); diff != "" {
				t.Errorf("with projected tokens (-want +got):\n%s", diff)
			}
		})
	}
}

// The first annotation that is there decides, and which are looked at differs between releases.
// source: linkerd2 pkg/inject/inject.go ApplyAnnotationOverrides at the tags version-2.15 to version-2.20.
func TestNativeSidecar(t *testing.T) {
	t.Parallel()
	const alpha, beta, stable = "config.alpha.linkerd.io/proxy-enable-native-sidecar: ", "config.beta.linkerd.io/proxy-enable-native-sidecar: ", "config.linkerd.io/proxy-enable-native-sidecar: "
	tests := []struct{ annotations, want string }{ // want: S sidecar, N native, for 2.14, 2.15, 2.18, 2.19, 2.20
		{"", "SSSSN"},
		{alpha + "'true'", "SNNNN"},
		{alpha + "'false'", "SSSSS"},
		{beta + "'true'", "SSSNN"},
		{beta + "'0'", "SSSSS"},
		{stable + "'false'", "SSSSS"},
		{stable + "'true'", "SSSSN"},
		{stable + "'false', " + beta + "'true', " + alpha + "'true'", "SNNNS"},
		{beta + "'false', " + alpha + "'true'", "SNNSS"},
		{stable + "maybe, " + alpha + "'false'", "SSSSN"}, // the bad word hides the others in 2.20
		{beta + "maybe, " + alpha + "'true'", "SNNSN"},
	}
	for _, tt := range tests {
		t.Run(tt.annotations, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, version := range []string{"2.14", "2.15", "2.18", "2.19", "2.20"} {
				e := build(t, version, namespaceM, template("", injected+", "+tt.annotations, "")).declared(t)
				got += map[mesh.Mode]string{mesh.ModeSidecar: "S", mesh.ModeNativeSidecar: "N"}[e.Mode]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("2.14, 2.15, 2.18, 2.19, 2.20 (-want +got):\n%s", diff)
			}
		})
	}
	for version, gaps := range map[string]int{"v1.28.3": 1, "v1.29.0": 0, "": 0} {
		node := "{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {nodeInfo: {kubeletVersion: '" + version + "'}}}"
		if e := build(t, "2.20", namespaceM, template("", injected, ""), node).declared(t); len(e.Unknown) != gaps {
			t.Errorf("kubelet %q: gaps %v, want %d", version, e.Unknown, gaps)
		}
	}
	e := build(t, "", namespaceM, template("", injected, "")).declared(t)
	if e.Mode != mesh.ModeNativeSidecar || len(e.Unknown) != 1 {
		t.Errorf("without a version: %v, gaps %v; want that of the newest release, with a gap", e.Mode, e.Unknown)
	}
}

// TestInherited gives a namespace every annotation that could be inherited, and looks which arrive.
// source: linkerd2 pkg/inject/inject.go ProxyAnnotations at the tags stable-2.14.10 to version-2.20.
func TestInherited(t *testing.T) {
	t.Parallel()
	always := "access-log admin-port control-port default-inbound-policy enable-debug-sidecar enable-external-profiles image-pull-policy inbound-port " +
		"opaque-ports outbound-port pod-inbound-ports proxy-await proxy-cpu-limit proxy-cpu-request proxy-disable-inbound-protocol-detect-timeout " +
		"proxy-disable-outbound-protocol-detect-timeout proxy-ephemeral-storage-limit proxy-ephemeral-storage-request proxy-image proxy-inbound-connect-timeout " +
		"proxy-inbound-discovery-cache-unused-timeout proxy-log-format proxy-log-level proxy-memory-limit proxy-memory-request proxy-outbound-connect-timeout " +
		"proxy-outbound-discovery-cache-unused-timeout proxy-require-identity-inbound-ports proxy-uid proxy-version shutdown-grace-period skip-inbound-ports " +
		"skip-outbound-ports skip-subnets alpha/proxy-wait-before-exit-seconds"
	const init, of16 = " init-image init-image-version", " proxy-admin-shutdown proxy-gid proxy-log-http-headers"
	const alpha, beta = " alpha/proxy-enable-native-sidecar", " beta/proxy-enable-native-sidecar"
	const of18, of20 = " proxy-metrics-hostname-labels", " proxy-enable-native-sidecar proxy-additional-env"
	const never = " proxy-cpu-ratio-limit close-wait-timeout enable-gateway debug-image debug-image-version unheard-of"
	tests := map[string]string{
		"2.14": always + init, "2.15": always + init + alpha, "2.16": always + init + alpha + of16, "2.17": always + init + alpha + of16,
		"2.18": always + init + alpha + of16 + of18, "2.19": always + init + alpha + of16 + of18 + beta, "2.20": always + alpha + of16 + of18 + of20,
		"edge-25.12.1": always + alpha + of16 + of18 + beta, // after 2.19, before 2.20
	}
	key := func(name string) string {
		if stage, rest, ok := strings.Cut(name, "/"); ok {
			return "config." + stage + ".linkerd.io/" + rest
		}
		return "config.linkerd.io/" + name
	}
	var all []string
	for _, name := range strings.Fields(always + init + of16 + alpha + beta + of18 + of20 + never) {
		all = append(all, key(name)+": '1'")
	}
	for version, names := range tests {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := build(t, version, namespaced("", injected+", "+strings.Join(all, ", ")), template("", "config.linkerd.io/skip-inbound-ports: '2'", ""))
			got := w.layer.Injected(w.workload(t, "w").Template())
			want := map[string]string{"linkerd.io/inject": "enabled", "linkerd.io/proxy-version": "1"}
			for _, name := range strings.Fields(names) {
				want[key(name)] = "1"
			}
			want["config.linkerd.io/skip-inbound-ports"] = "2"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("annotations of a new pod (-want +got):\n%s", diff)
			}
		})
	}
}

// An object that is asked about gets opaque ports even when it is not injected.
// source: linkerd2 pkg/inject/inject.go CreateOpaquePortsPatch and FilterPodOpaquePorts.
func TestOpaquePortsAdded(t *testing.T) {
	t.Parallel()
	const ports = ", initContainers: [{name: i, image: x, ports: [{containerPort: 25}]}]"
	own := strings.Replace(template("", "", ports), "image: x}]", "image: x, ports: [{containerPort: 3306}, {containerPort: 80}]}]", 1)
	tests := []struct{ name, version, namespace, values, want string }{
		{"a pod that is not injected", "2.20", "", "", "25,3306"},
		{"one that is", "2.20", injected, "", "25,3306"},
		{"init containers count since 2.20", "2.19", injected, "", "3306"},
		{"the namespace's list comes whole", "2.20", "config.linkerd.io/opaque-ports: '1-9'", "", "1-9"},
		{"ranges of the default are passed over", "2.20", "", `proxy: {opaquePorts: "3000-4000,80"}`, "80"},
		{"no default", "2.20", "", `proxy: {opaquePorts: ""}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, tt.version, namespaced("", tt.namespace), own, config(tt.values),
				"{apiVersion: v1, kind: Service, metadata: {name: s, namespace: m}, spec: {ports: [{name: a, port: 9, targetPort: 3306}, {name: b, port: 3306, targetPort: 80}, {name: c, port: 25}, {name: d, port: 587, targetPort: smtp}]}}")
			const key = "config.linkerd.io/opaque-ports"
			if diff := cmp.Diff(tt.want, w.layer.Injected(w.workload(t, "w").Template())[key]); diff != "" {
				t.Errorf("pod (-want +got):\n%s", diff)
			}
			want := map[string]string{"25,3306": "9,25", "3306": "9,25", "80": "3306"}[tt.want]
			if tt.want == "1-9" {
				want = "1-9"
			}
			if diff := cmp.Diff(want, w.layer.ServiceAnnotations(w.service(t, "s"))[key]); diff != "" {
				t.Errorf("Service (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	const name = "p.m.serviceaccount.identity.linkerd.cluster.local"
	tests := []struct{ name, pod, want, identity, advertises, version string }{
		{"meshed", pod{name: "p"}.String(), "sidecar running: proxy", name, "linkerd-mtls", "x"},
		{"no proxy", pod{name: "p", bare: true}.String(), "none running: no-proxy", "", "", ""},
		{
			"a label without proxy", pod{name: "p", bare: true, labels: "linkerd.io/control-plane-ns: linkerd"}.String(),
			"none running: label-without-proxy, no-proxy", "", "linkerd-mtls", "",
		},
		{
			"a proxy without label", strings.Replace(pod{name: "p"}.String(), "linkerd.io/control-plane-ns: linkerd", "a: b", 1),
			"sidecar running: proxy, proxy-without-label, proxy-without-label", name, "", "x",
		},
		{
			"another control plane", pod{name: "p", labels: "linkerd.io/control-plane-ns: other"}.String(),
			"sidecar running: proxy, different-control-plane", name, "", "x",
		},
		{
			"a proxy that proves another name", strings.Replace(pod{name: "p"}.String(), "linkerd.cluster.local", "$(_l5d_ns).example", 1),
			"sidecar running: proxy", "", "linkerd-mtls", "x",
		},
		{
			"and shows it", strings.Replace(strings.Replace(pod{name: "p"}.String(), "linkerd.cluster.local", "$(_l5d_ns).example", 1), "env: [", "env: [{name: _l5d_ns, value: l5d}, ", 1),
			"sidecar running: proxy, identity", "p.m.serviceaccount.identity.l5d.example", "linkerd-mtls", "x",
		},
		{
			"a proxy that says nothing", pod{name: "p", noEnv: true}.String(),
			"sidecar running: proxy", name, "linkerd-mtls", "x",
		},
		{"ingress mode", pod{name: "p", annotations: "linkerd.io/inject: ingress"}.String(), "sidecar running: proxy, ingress-mode", name, "linkerd-mtls", "x"},
		{"a gateway", pod{name: "p", annotations: "config.linkerd.io/enable-gateway: 'true'"}.String(), "gateway running: proxy, gateway", name, "linkerd-mtls", "x"},
		{
			"a part of the control plane", pod{name: "p", labels: "linkerd.io/control-plane-ns: linkerd, linkerd.io/control-plane-component: identity"}.String(),
			"sidecar mesh-component: proxy", name, "linkerd-mtls", "x",
		},
		{
			"an init container that ends is no proxy", pod{name: "p", bare: true, spec: ", initContainers: [{name: linkerd-proxy, image: x}]"}.String(),
			"none running: no-proxy", "", "", "",
		},
		{
			"a native sidecar by digest", pod{
				name: "p", bare: true, labels: "linkerd.io/control-plane-ns: linkerd", annotations: "linkerd.io/proxy-version: edge-26.8.3",
				spec: ", initContainers: [{name: linkerd-proxy, image: 'registry:5000/proxy@sha256:00', restartPolicy: Always}]",
			}.String(),
			"native-sidecar running: proxy", name, "linkerd-mtls", "edge-26.8.3",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", config(""), namespaceM, tt.pod)
			m, _ := w.workload(t, "p").Membership(linkerd.Name)
			if len(m.Observed) != 1 {
				t.Fatalf("%d kinds of pod run", len(m.Observed))
			}
			e := m.Observed[0].Enrolment
			got := []string{answer(e), e.Identity, strings.Join(e.Advertises, " "), e.Version}
			if diff := cmp.Diff([]string{tt.want, tt.identity, tt.advertises, tt.version}, got); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
			if (e.Identity == "" && e.Mode != mesh.ModeNone) != (len(e.Unknown) > 0) {
				t.Errorf("identity %q with gaps %v", e.Identity, e.Unknown)
			}
		})
	}
}

// A pod that ran the injector shows what it was made of; made again it would be asked about again.
func TestAdmitAgain(t *testing.T) {
	t.Parallel()
	ran := pod{name: "p", annotations: "linkerd.io/created-by: linkerd/proxy-injector stable-2.14.10, linkerd.io/inject: enabled"}.String()
	owned := strings.Replace(pod{name: "p", annotations: injected}.String(), "uid: u-p", "uid: u-p, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: p, uid: x, controller: true}]", 1)
	tests := []struct{ name, namespace, pod, want string }{
		{"as before", injected, ran, "native-sidecar namespace-label: injected, native-sidecar"},
		{"the namespace keeps pods out now", "linkerd.io/inject: 'no'", ran, "none namespace-label: invalid-namespace-annotation"},
		{"its controller is not in the input", "", owned, "native-sidecar pod-annotation: injected, native-sidecar"},
		{"its proxy was written down", "", strings.Replace(owned, injected, "linkerd.io/created-by: linkerd/cli stable-2.14.10", 1), "sidecar manual: manual, sidecar-exists"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, _ := build(t, "2.20", namespaced("", tt.namespace), tt.pod).workload(t, "p").Membership(linkerd.Name)
			if diff := cmp.Diff(tt.want, answer(m.Declared)); diff != "" {
				t.Errorf("declared (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMachines(t *testing.T) {
	t.Parallel()
	const vm = "{apiVersion: workload.linkerd.io/%s, kind: ExternalWorkload, metadata: {name: vm, namespace: m, labels: {app: vm}, annotations: {config.linkerd.io/opaque-ports: '80'}}, " +
		"spec: {%s: {identity: 'spiffe://r/vm', serverName: vm}, ports: [{name: http, port: %d}], workloadIPs: [{ip: %s}]}}"
	tests := []struct{ name, text, want string }{
		{"read", fmt.Sprintf(vm, "v1beta1", "meshTLS", 80, "192.0.2.1"), "sidecar manual: external-workload; spiffe://r/vm; [192.0.2.1]; 80 opaque"},
		{"of a version that controllers do not read", fmt.Sprintf(vm, "v1alpha1", "meshTls", 80, "192.0.2.1"), "unknown manual: mesh/not-understood, external-workload; ; [192.0.2.1]; 80 opaque"},
		{"with a port that is none", fmt.Sprintf(vm, "v1beta1", "meshTLS", 0, "192.0.2.1"), "unknown manual: mesh/not-understood, external-workload; ; [192.0.2.1]; 80 opaque"},
		{"with an address that is none", fmt.Sprintf(vm, "v1beta1", "meshTLS", 80, "x"), "unknown manual: mesh/not-understood, external-workload; ; []; 80 opaque"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", tt.text).workload(t, "vm")
			m, _ := w.Membership(linkerd.Name)
			for p := range w.Pods() {
				e := m.Observed[0].Enrolment
				got := fmt.Sprintf("%s; %s; %v; %s opaque", answer(e), e.Identity, p.Addrs, p.Annotations["config.linkerd.io/opaque-ports"])
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("observed (-want +got):\n%s", diff)
				}
			}
			if got := w.Bypasses(); len(got) > 0 {
				t.Errorf("bypasses: %v", got)
			}
		})
	}
}

// bypassLines are the bypasses that have, or may have, an effect.
func bypassLines(w *mesh.Workload) []string {
	var all []string
	for _, b := range w.Bypasses() {
		if b.Effective != truth.False {
			line := fmt.Sprintf("%v %s %v: %s", b.Direction, strings.Join(slices.Concat(b.Ports, b.CIDRs), ","), b.Effective, strings.TrimPrefix(b.Why[0].Rule, "linkerd/"))
			if b.Explicit {
				line += ", asked for"
			}
			all = append(all, line)
		}
	}
	return all
}

func TestBypasses(t *testing.T) {
	t.Parallel()
	const initContainer = ", initContainers: [{name: linkerd-init, image: x%s}]"
	const validator = ", initContainers: [{name: linkerd-network-validator, image: x}]"
	const cni = "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-cni-config, namespace: linkerd-cni}, data: {cni_network_config: '{\"linkerd\": {\"inbound-ports-to-ignore\": [\"4191\", \"4190\", \"22\"], \"outbound-ports-to-ignore\": [\"23\"]}}'}}"
	defaults := []string{"inbound 4567,4568 true: inbound-port-skipped", "outbound 4567,4568 true: outbound-port-skipped"}
	tests := []struct {
		name, values, namespace string
		pod                     pod
		want                    []string
	}{
		{"the chart's defaults", "", "", pod{spec: fmt.Sprintf(initContainer, "")}, defaults},
		{"annotations replace them", "", "", pod{spec: fmt.Sprintf(initContainer, ""), annotations: "config.linkerd.io/skip-inbound-ports: '80-90,1', config.linkerd.io/skip-outbound-ports: ''"}, []string{
			"inbound 80-90,1 true: inbound-port-skipped, asked for",
		}},
		{"entries with blanks have no effect", "", "", pod{spec: fmt.Sprintf(initContainer, ""), annotations: "config.linkerd.io/skip-inbound-ports: '80, 90', config.linkerd.io/skip-outbound-ports: ''"}, []string{
			"inbound 80 true: inbound-port-skipped, asked for",
		}},
		{"the namespace's annotations are not those of a pod that runs", "", "config.linkerd.io/skip-inbound-ports: '80'", pod{spec: fmt.Sprintf(initContainer, "")}, defaults},
		{"subnets", "proxyInit: {skipSubnets: 192.0.2.0/24}", "", pod{spec: fmt.Sprintf(initContainer, "")}, []string{
			defaults[0], "inbound 192.0.2.0/24 true: skip-subnets", defaults[1],
		}},
		{"a subnet that is none", "", "", pod{spec: fmt.Sprintf(initContainer, ""), annotations: "config.linkerd.io/skip-subnets: '192.0.2.0/24,192.0.2.1'"}, defaults},
		{"arguments count before everything", "", "", pod{
			spec:        fmt.Sprintf(initContainer, ", args: ['--inbound-ports-to-ignore', '4190,4191,99', '--outbound-ports-to-ignore=98']"),
			annotations: "config.linkerd.io/skip-inbound-ports: '80'",
		}, []string{"inbound 99 true: inbound-port-skipped, asked for", "outbound 98 true: outbound-port-skipped, asked for"}},
		{"the CNI plugin adds inbound ports to its own", "cniEnabled: true", "", pod{spec: validator, annotations: "config.linkerd.io/skip-inbound-ports: '80'"}, []string{
			"inbound 22,80 true: inbound-port-skipped, asked for", "outbound 23 true: outbound-port-skipped",
		}},
		{"and replaces outbound ports", "cniEnabled: true", "", pod{spec: validator, annotations: "config.linkerd.io/skip-outbound-ports: '80'"}, []string{
			"inbound 22 true: inbound-port-skipped", "outbound 80 true: outbound-port-skipped, asked for",
		}},
		{"it may have read the namespace", "cniEnabled: true", "config.linkerd.io/skip-outbound-ports: '80'", pod{spec: validator}, []string{
			"inbound 22 unknown: inbound-port-skipped", "outbound 80 unknown: outbound-port-skipped, asked for",
		}},
		{"but not for what the injector made", "cniEnabled: true", "config.linkerd.io/skip-outbound-ports: '80'", pod{spec: validator, annotations: "linkerd.io/created-by: linkerd/proxy-injector x"}, []string{
			"inbound 22 true: inbound-port-skipped", "outbound 23 true: outbound-port-skipped",
		}},
		{"nothing redirects", "", "", pod{}, []string{
			defaults[0], "inbound * unknown: not-redirected, asked for", "outbound * unknown: not-redirected, asked for", defaults[1],
		}},
		{"arguments that say what the mesh does", "", "", pod{
			spec: fmt.Sprintf(initContainer, ", args: ['--inbound-ports-to-ignore', '4190,4191,4568,4567', '--outbound-ports-to-ignore=4567-4568']"),
		}, []string{"inbound 4568,4567 true: inbound-port-skipped", "outbound 4567-4568 true: outbound-port-skipped"}},
		{"UDP", "", "", pod{spec: fmt.Sprintf(initContainer, ""), ports: "{containerPort: 53, protocol: UDP}"}, []string{defaults[0], "inbound 53/udp true: udp, asked for", defaults[1]}},
		{"the proxy's user", "", "", pod{spec: fmt.Sprintf(initContainer, "") + ", securityContext: {runAsUser: 2102}"}, append(slices.Clone(defaults), "outbound * true: proxy-user, asked for")},
		{"which an annotation changes", "", "", pod{spec: fmt.Sprintf(initContainer, "") + ", securityContext: {runAsUser: 2102}", annotations: "config.linkerd.io/proxy-uid: '7'"}, defaults},
		{"IPv6", "", "", pod{spec: fmt.Sprintf(initContainer, ""), ip: "fd00::1"}, append(slices.Clone(defaults), "inbound ::/0 true: ipv6-not-captured", "outbound ::/0 true: ipv6-not-captured")},
		{"without a proxy", "", "", pod{bare: true}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.pod.name = "p"
			w := build(t, "2.20", config(tt.values), cni, namespaced("", tt.namespace), tt.pod.String())
			if diff := cmp.Diff(tt.want, bypassLines(w.workload(t, "p"))); diff != "" {
				t.Errorf("bypasses (-want +got):\n%s", diff)
			}
		})
	}
}

// A template has what the injector would give it.
func TestBypassesOfTemplate(t *testing.T) {
	t.Parallel()
	w := build(t, "2.20", config(""), namespaced("", injected+", config.linkerd.io/skip-inbound-ports: '80'"), template("", "", "")).workload(t, "w")
	for _, b := range w.Bypasses() {
		if b.Direction != mesh.Inwards || b.Effective != truth.True {
			continue
		}
		if diff := cmp.Diff([]string{"80"}, b.Ports); diff != "" {
			t.Errorf("inbound ports (-want +got):\n%s", diff)
		}
		if got := b.Why[0].Object.Kind.Kind; got != "Namespace" {
			t.Errorf("the step names %s, want the Namespace", b.Why[0].Object)
		}
		return
	}
	t.Error("no inbound bypass")
}

// Who wrote a label where the injector looks for an annotation is told so.
func TestLabelInPlaceOfAnnotation(t *testing.T) {
	t.Parallel()
	for name, docs := range map[string][]string{
		"the pod's":       {namespaced("", ""), template(injected, "", "")},
		"the namespace's": {namespaced(injected, ""), template("", "", "")},
	} {
		m, _ := build(t, "2.20", docs...).workload(t, "w").Membership(linkerd.Name)
		got := m.Declared.Why[0]
		want := "neither namespace m nor the pod has annotation linkerd.io/inject; " + name + " label of that name is none"
		if diff := cmp.Diff(want, got.Detail); diff != "" {
			t.Errorf("%s label (-want +got):\n%s", name, diff)
		}
		if !strings.HasSuffix(got.Loc.Field(), `metadata.labels["linkerd.io/inject"]`) {
			t.Errorf("%s label: the step stands at %s", name, got.Loc.Field())
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	job := func(annotations, container string) string {
		return fmt.Sprintf("{apiVersion: batch/v1, kind: Job, metadata: {name: w, namespace: m}, spec: {template: {metadata: {annotations: {%s}}, "+
			"spec: {restartPolicy: Never, containers: [{name: job, image: x, %s}]}}}}", annotations, container)
	}
	const await, on = "command: [linkerd-await, --shutdown, --, run]", "config.linkerd.io/proxy-admin-shutdown: enabled"
	tests := []struct {
		name, version, annotations, container string
		want                                  truth.Value
		gaps                                  int
	}{
		{"native", "2.20", "", "", truth.True, 0},
		{"not enrolled", "2.18", "linkerd.io/inject: disabled", "", truth.True, 0},
		{"container", "2.18", "", "", truth.False, 0},
		{"the wrapper finds no endpoint", "2.18", "", await, truth.False, 0},
		{"the endpoint is on, and nobody calls", "2.18", on, "", truth.False, 1},
		{"the wrapper calls", "2.18", on, await, truth.True, 0},
		{"by a path and a short flag", "2.18", on, "args: [/usr/bin/linkerd-await, -S, run]", truth.True, 0},
		{"a flag of the command is none of the wrapper", "2.18", on, "command: [linkerd-await, --, run, --shutdown]", truth.False, 1},
		{"the wrapper is off", "2.18", on, await + ", env: [{name: LINKERD_DISABLED, value: 'yes'}]", truth.False, 1},
		{"a script calls", "2.18", on, "command: [sh, -c, 'run; curl -X POST http://localhost:4191/shutdown']", truth.True, 0},
		{"a script only looks", "2.18", on, "command: [sh, -c, 'run; curl http://localhost:4191/shutdown']", truth.False, 1},
		{"the endpoint was always on", "2.15", "", await, truth.True, 0},
		{"whatever the annotation says", "2.15", "config.linkerd.io/proxy-admin-shutdown: disabled", await, truth.True, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, tt.version, namespaced("", injected), job(tt.annotations, tt.container))
			got, ok := w.workload(t, "w").Completion()
			if !ok || got.Completes != tt.want || len(got.Unknown) != tt.gaps || len(got.Why) == 0 {
				t.Errorf("completes: %v with gaps %v and reasons %v, want %v with %d gaps", got.Completes, got.Unknown, got.Why, tt.want, tt.gaps)
			}
		})
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	// The running pod of StatefulSet m/w, and its template; both with fields beside these.
	running := func(annotations, spec string) string {
		p := pod{name: "w-0", labels: "linkerd.io/control-plane-ns: linkerd", annotations: annotations, spec: spec}.String()
		return strings.Replace(p, "uid: u-w-0", "uid: u, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: w, uid: x, controller: true}]", 1)
	}
	set := func(annotations string) string {
		return strings.NewReplacer("Deployment", "StatefulSet").Replace(template("", annotations, ""))
	}
	const roots = "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-identity-trust-roots, namespace: linkerd}, data: {ca-bundle.crt: anchors}}"
	const digest = "19ac0b6b6b2c1e9c61e1a6fdaf4d4bb2ab2bf6e5d0a52a6cf3d5e2a9e7ef0000" // of other anchors
	tests := []struct {
		name, config, namespace, template, annotations, spec string
		want                                                 []string
	}{
		{"as it would be made", config("linkerdVersion: x, proxy: {nativeSidecar: false}"), injected, "", injected, "", nil},
		{"nothing is known of the control plane", "", injected, "", injected, ", initContainers: [{name: linkerd-init, image: x, args: ['--inbound-ports-to-ignore', '4190,4191,77']}]", nil},
		{"the namespace changed", config("proxy: {nativeSidecar: false}"), injected + ", config.linkerd.io/default-inbound-policy: deny", "", injected, "", []string{
			"stale-config: the pod has no annotation config.linkerd.io/default-inbound-policy; made again it would have config.linkerd.io/default-inbound-policy=deny",
		}},
		{"the template changed", config("proxy: {nativeSidecar: false}"), injected, "config.linkerd.io/skip-inbound-ports: '80', linkerd.io/inject: ingress", injected + ", config.linkerd.io/proxy-log-level: debug", "", []string{
			"stale-config: the pod leaves out inbound ports 4567,4568; made again it would leave out 80",
			"stale-config: the pod has linkerd.io/inject=enabled; made again it would have linkerd.io/inject=ingress",
			"stale-config: the pod has config.linkerd.io/proxy-log-level=debug; made again it would have no annotation config.linkerd.io/proxy-log-level",
		}},
		{"the chart's defaults changed", config(`proxy: {nativeSidecar: false}, proxyInit: {ignoreInboundPorts: "4567-4568"}`), injected, "", injected, ", initContainers: [{name: linkerd-init, image: x, args: ['--inbound-ports-to-ignore', '4190,4191,4567,4568']}]", []string{
			"stale-config: the pod leaves out outbound ports none; made again it would leave out 4567,4568",
		}},
		{"version, place and anchors", config("linkerdVersion: v9"), injected, "", injected + ", linkerd.io/trust-root-sha256: '" + digest + "'", "", []string{
			"stale-native-sidecar: the proxy is an ordinary container; made again it would be a restartable init container",
			"stale-trust-roots: the proxy was started with other trust anchors than the control plane has now",
			"stale-version: the proxy is version x; made again it would be v9",
		}},
		{"it would not be injected", config("linkerdVersion: v9"), "", "", injected, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			docs := slices.DeleteFunc([]string{tt.config, roots, namespaced("", tt.namespace), set(tt.template), running(tt.annotations, tt.spec)}, func(d string) bool { return d == "" })
			var got []string
			for _, s := range build(t, "2.20", docs...).workload(t, "w").Stale() {
				for _, step := range s.Why {
					got = append(got, strings.TrimPrefix(step.Rule, "linkerd/")+": "+step.Detail)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stale (-want +got):\n%s", diff)
			}
		})
	}
}

// What Linkerd passes over in silence is reported, once for each text.
func TestAnnotationFlaws(t *testing.T) {
	t.Parallel()
	w := build(t, "2.15", namespaced("", "linkerd.io/inject: 'true', config.linkerd.io/proxy-admin-shutdown: 'yes'"),
		template("", "config.linkerd.io/skip-inbound-ports: '80, 90', config.linkerd.io/skip-subnets: 192.0.2.1, config.linkerd.io/default-inbound-policy: audit, "+
			"config.linkerd.io/opaque-ports: '25,smtp', config.linkerd.io/proxy-require-identity-inbound-ports: all, config.linkerd.io/enable-gateway: 'yes', config.linkerd.io/opaque: x", ""))
	got := map[string]bool{}
	for _, f := range w.Flaws() {
		got[strings.TrimPrefix(f.Loc.Field(), "spec.template.")] = true
		if f.Loc.Pos().Line == 0 || f.Rule != "linkerd/annotation-misread" {
			t.Errorf("%v: no position, or another rule", f)
		}
	}
	var want []string
	for _, key := range []string{
		"config.linkerd.io/default-inbound-policy", "config.linkerd.io/enable-gateway", "config.linkerd.io/opaque-ports", "config.linkerd.io/proxy-admin-shutdown",
		"config.linkerd.io/proxy-require-identity-inbound-ports", "config.linkerd.io/skip-inbound-ports", "config.linkerd.io/skip-subnets", "linkerd.io/inject",
	} {
		want = append(want, fmt.Sprintf("metadata.annotations[%q]", key))
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}
