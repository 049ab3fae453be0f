package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// istiod is a control plane as a cluster shows it: Deployment, configuration, injector, webhook.
// Its one webhook differs from the chart's: it takes namespaces labelled team=meshed.
const istiod = `apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod-v27, namespace: mesh-system}
spec:
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod, istio.io/rev: v27}}
    spec:
      containers:
      - name: discovery
        image: registry.example/istio/pilot:1.27.3@sha256:0000
        env: [{name: ENABLE_NATIVE_SIDECARS, value: "false"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-v27, namespace: mesh-system}
data:
  mesh: |
    rootNamespace: mesh-system
    trustDomain: corp.example
    trustDomainAliases: [old.example]
    notAField: 1
    defaultConfig:
      proxyMetadata: {ISTIO_META_ENABLE_HBONE: "true"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector-v27, namespace: mesh-system}
data:
  config: |
    policy: enabled
    defaultTemplates: [sidecar]
    neverInjectSelector: [{matchLabels: {skip: "yes"}}]
    templates: {sidecar: "{{ .Anything }}"}
  values: |
    {"global": {"tag": "1.27.3", "proxy": {"excludeInboundPorts": "3306"}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector-v27, labels: {istio.io/rev: v27}}
webhooks:
- name: rev.namespace.sidecar-injector.istio.io
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {url: "https://example.invalid"}
  namespaceSelector: {matchLabels: {team: meshed}}
  objectSelector: {matchExpressions: [{key: sidecar.istio.io/inject, operator: NotIn, values: ["false"]}]}`

func TestClusterInstallation(t *testing.T) {
	t.Parallel()
	g := build(t, istio.Options{}, istiod, namespace("team: meshed"), deployment("", "", ""),
		strings.NewReplacer("name: w,", "name: skipped,", "labels: {app: w, }", `labels: {app: w, skip: "yes"}`).Replace(deployment("", "", "")),
		peerAuth("mesh-system", "all", "mtls: {mode: STRICT}"))
	e := declared(t, g, "w")
	want := mesh.Enrolment{
		Mesh: istio.Name, Mode: mesh.ModeSidecar, Cause: mesh.CauseNamespaceLabel, Revision: "v27", Version: "1.27.3",
		Identity: "spiffe://corp.example/ns/ns/sa/default", Advertises: []string{"hbone", "istio-mtls"},
	}
	got := e
	got.Why, got.Unknown = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("enrolment (-want +got):\n%s", diff)
	}
	if e := declared(t, g, "skipped"); e.Mode != mesh.ModeNone || e.Cause != mesh.CauseInjectorSelector || e.Why[0].Object.Name != "istio-sidecar-injector-v27" {
		t.Errorf("neverInjectSelector: got %v, %v, %v", e.Mode, e.Cause, e.Why)
	}
	if in := workload(t, g, "w").Inbound(8080); in.Enforced != mesh.MTLSStrict {
		t.Errorf("the mesh-wide policy stands in the configured root namespace: enforced %v, want strict", in.Enforced)
	}
	if in := workload(t, g, "w").Inbound(3306); in.Enforced != mesh.MTLSNone || in.Why[0].Object.Name != "istio-sidecar-injector-v27" {
		t.Errorf("port 3306 is excluded by the injector's values: %v because of %v", in.Enforced, in.Why[0])
	}
	wantProblem := "in.yaml:18:3: unknown-field: ConfigMap/mesh-system/istio-v27 data.mesh: notAField: unknown field \"notAField\""
	if p := g.Problems(); len(p) != 1 || p[0].String() != wantProblem {
		t.Errorf("problems %v, want %s", p, wantProblem)
	}
}

func TestControlPlanes(t *testing.T) {
	t.Parallel()
	planes := build(t, istio.Options{}, istiod).ControlPlanes()
	if len(planes) != 1 {
		t.Fatalf("want one control plane, got %+v", planes)
	}
	got := planes[0]
	if p := got.Why[0].Pos(); p.Line != 11 {
		t.Errorf("the version's step is at %v, want line 11", p)
	}
	got.Why, got.Unknown, got.Replicas, got.CA = nil, nil, mesh.Replicas{}, mesh.CA{}
	want := mesh.ControlPlane{
		Mesh: istio.Name, Namespace: "mesh-system", Revision: "v27", Version: "1.27.3",
		TrustDomain: "corp.example", TrustDomainAliases: []string{"old.example"}, RootNamespace: "mesh-system",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A tag that is no version leaves the labels to tell it.
func TestVersionFromLabels(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(":1.27.3@sha256:0000", ":latest", "labels: {app: istiod, istio.io/rev: v27}", "labels: {app: istiod, istio.io/rev: v27, helm.sh/chart: istiod-1.26.4}").Replace(istiod)
	if got := build(t, istio.Options{}, text).ControlPlanes()[0].Version; got != "1.26.4" {
		t.Errorf("version %q, want 1.26.4", got)
	}
}

// Without anything of Istio in the input a default installation is taken, and every answer says so.
func TestAssumedInstallation(t *testing.T) {
	t.Parallel()
	g := build(t, istio.Options{}, namespace("istio-injection: enabled"), deployment("", "", ""))
	e := declared(t, g, "w")
	if e.Mode != mesh.ModeSidecar || len(e.Unknown) == 0 || e.Unknown[0].Reason != source.ProblemIncomplete {
		t.Errorf("got %v with gaps %+v, want sidecar and the gap named", e.Mode, e.Unknown)
	}
	if cp := g.ControlPlanes(); len(cp) != 1 || !cp[0].Assumed {
		t.Errorf("control planes %+v, want one that is assumed", cp)
	}
}

func TestMeshConfigOption(t *testing.T) {
	t.Parallel()
	opts := installed
	opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte("trustDomain: td\nrootNamespace: 3\nnoSuch: 1\n")}
	g := build(t, opts, namespace(""), sidecarPod(""))
	var got []string
	for _, p := range g.Problems() {
		got = append(got, p.String())
	}
	want := []string{
		"mesh.yaml:2:1: wrong-type: rootNamespace: number 3 where a string is needed",
		"mesh.yaml:3:1: unknown-field: noSuch: unknown field \"noSuch\"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if in := workload(t, g, "p").Inbound(8080); in.Enforced != mesh.MTLSUnknown || in.Captured.String() != "true" {
		t.Errorf("with an unreadable root namespace: enforced %v and captured %v, want unknown and true", in.Enforced, in.Captured)
	}
}

func TestCNIConfigMap(t *testing.T) {
	t.Parallel()
	cm := func(ambient string) string {
		return fmt.Sprintf(`apiVersion: v1
kind: ConfigMap
metadata: {name: istio-cni-config, namespace: kube-system}
data:
  AMBIENT_ENABLED: %q
  EXCLUDE_NAMESPACES: kube-system, left-out
  AMBIENT_ENABLEMENT_SELECTOR: |
    - podSelector: {matchLabels: {tier: front}}`, ambient)
	}
	opts := istio.Options{Revisions: []istio.Revision{{}}}
	cases := []struct {
		name    string
		ambient string
		labels  string
		mode    mesh.Mode
	}{
		{"the configured selector", "true", "tier: front", mesh.ModeAmbient},
		{"the chart's selector is replaced", "true", "istio.io/dataplane-mode: ambient", mesh.ModeNone},
		{"switched off", "false", "tier: front", mesh.ModeNone},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, opts, cm(c.ambient), namespace(""), deployment(c.labels, "", ""))
			if e := declared(t, g, "w"); e.Mode != c.mode {
				t.Errorf("got %v, want %v (%+v)", e.Mode, c.mode, e.Why)
			}
		})
	}
}

func TestWaypointBinding(t *testing.T) {
	t.Parallel()
	gateway := func(extra, status string) string {
		return "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: mesh, labels: {" + extra + "}}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {use: wp}}}}}]}" + status + "}"
	}
	ready := ", status: {addresses: [{value: 10.0.0.1}]}"
	service := "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns, labels: {istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: mesh}}, spec: {ports: [{port: 80}]}}"
	cases := []struct {
		name string
		docs []string
		want string // proxy, refusal, whether something is unknown
	}{
		{"admitted by selector", []string{gateway("", ready), namespace("use: wp"), service}, "mesh/wp - false"},
		{"not admitted", []string{gateway("", ready), namespace("use: other"), service}, " namespace false"},
		{"labels not known", []string{gateway("", ready), service}, " - true"},
		{"no address yet", []string{gateway("", ", status: {}"), namespace("use: wp"), service}, " not-ready false"},
		{"no status in the input", []string{gateway("", ""), namespace("use: wp"), service}, " - true"},
		{"for workloads only", []string{gateway("istio.io/waypoint-for: workload", ready), namespace("use: wp"), service}, " traffic false"},
		{"no such waypoint", []string{namespace("use: wp"), service}, " not-ready false"},
		{"the namespace asks", []string{gateway("", ready), namespace("use: wp, istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: mesh"), strings.Replace(service, "labels: {istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: mesh}", "labels: {}", 1)}, "mesh/wp - false"},
		{"the Service opts out", []string{gateway("", ready), namespace("use: wp, istio.io/use-waypoint: wp"), strings.Replace(service, "use-waypoint: wp,", "use-waypoint: none,", 1)}, "none"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := "none"
			for s := range build(t, installed, c.docs...).Services() {
				for _, b := range s.Bindings() {
					got = fmt.Sprintf("%s %v %v", b.Proxy, b.Refused, len(b.Unknown) > 0)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
