package istio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

func TestDeclaredEnrolment(t *testing.T) {
	t.Parallel()
	node := func(kubelet string) string {
		return "{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {nodeInfo: {kubeletVersion: " + kubelet + "}}}"
	}
	cases := []struct {
		name  string
		opts  istio.Options
		docs  []string
		mode  mesh.Mode
		cause mesh.Cause
		rule  string // of the first step
		line  int    // of the first step; 0 for none
	}{
		{
			"label of the namespace", installed,
			[]string{namespace("istio-injection: enabled"), node("v1.32.1"), deployment("", "", "")},
			mesh.ModeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"native on new kubelets", installed,
			[]string{namespace("istio-injection: enabled"), node("v1.33.0"), deployment("", "", "")},
			mesh.ModeNativeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"one old kubelet keeps the sidecar ordinary", installed,
			[]string{namespace("istio-injection: enabled"), node("v1.33.0"), strings.Replace(node("v1.32.9"), "node-1", "old", 1), deployment("", "", "")},
			mesh.ModeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"not native before 1.27",
			istio.Options{Version: "1.26.4", Revisions: []istio.Revision{{}}},
			[]string{namespace("istio-injection: enabled"), node("v1.34.0"), deployment("", "", "")},
			mesh.ModeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"the flag decides",
			istio.Options{Version: "1.26.4", Revisions: []istio.Revision{{}}, Env: map[string]string{"ENABLE_NATIVE_SIDECARS": "true"}},
			[]string{namespace("istio-injection: enabled"), deployment("", "", "")},
			mesh.ModeNativeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"the pod's own annotation refuses", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", `sidecar.istio.io/inject: "false"`, "")},
			mesh.ModeNone, mesh.CausePodAnnotation, "istio/pod-annotation", 11,
		},
		{
			"the pod's own label refuses", installed,
			[]string{namespace("istio-injection: enabled"), deployment(`sidecar.istio.io/inject: "false"`, "", "")},
			mesh.ModeNone, mesh.CausePodLabel, "istio/pod-label", 10,
		},
		{
			"an annotation without a webhook has no effect", installed,
			[]string{namespace(""), deployment("", `sidecar.istio.io/inject: "true"`, "")},
			mesh.ModeNone, mesh.CauseNamespaceUnlabelled, "istio/namespace-unlabelled", 1,
		},
		{
			"the host's network", installed,
			[]string{namespace("istio-injection: enabled"), deployment(`sidecar.istio.io/inject: "true"`, "", "hostNetwork: true")},
			mesh.ModeNone, mesh.CauseHostNetwork, "istio/host-network", 12,
		},
		{
			"a revision that is not installed", installed,
			[]string{namespace("istio.io/rev: canary"), deployment("", "", "")},
			mesh.ModeNone, mesh.CauseNoControlPlane, "istio/no-webhook", 1,
		},
		{
			"a tag",
			istio.Options{Version: "1.31.0", Revisions: []istio.Revision{{Name: "canary", Tags: []string{"prod"}}}},
			[]string{namespace("istio.io/rev: prod"), node("v1.30.0"), deployment("", "", "")},
			mesh.ModeSidecar, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"no control plane",
			istio.Options{Revisions: []istio.Revision{}},
			[]string{namespace("istio-injection: enabled"), deployment("", "", "")},
			mesh.ModeNone, mesh.CauseNoControlPlane, "istio/no-webhook", 1,
		},
		{
			"labels of the namespace are not known", installed,
			[]string{deployment("", "", "")},
			mesh.ModeUnknown, mesh.CauseUnknown, "istio/webhook", 0,
		},
		{
			"the host's network decides even then", installed,
			[]string{deployment("", "", "hostNetwork: true")},
			mesh.ModeNone, mesh.CauseHostNetwork, "istio/host-network", 10,
		},
		{
			"and so does the pod's own annotation",
			istio.Options{Revisions: []istio.Revision{{}}, CNI: &istio.CNI{}},
			[]string{deployment("", `sidecar.istio.io/inject: "false"`, "")},
			mesh.ModeNone, mesh.CausePodAnnotation, "istio/pod-annotation", 9,
		},
		{
			"and its label, but for ambient",
			istio.Options{Revisions: []istio.Revision{{}}, CNI: &istio.CNI{}},
			[]string{deployment(`sidecar.istio.io/inject: "false"`, "", "")},
			mesh.ModeNone, mesh.CausePodLabel, "istio/pod-label", 8,
		},
		{
			"ambient by namespace", installed,
			[]string{namespace("istio.io/dataplane-mode: ambient"), deployment("", "", "")},
			mesh.ModeAmbient, mesh.CauseNamespaceLabel, "istio/ambient-selector", 1,
		},
		{
			"out of ambient by label", installed,
			[]string{namespace("istio.io/dataplane-mode: ambient"), deployment("istio.io/dataplane-mode: none", "", "")},
			mesh.ModeNone, mesh.CauseNamespaceUnlabelled, "istio/namespace-unlabelled", 1,
		},
		{
			"ambient is off",
			istio.Options{Revisions: []istio.Revision{{}}, CNI: &istio.CNI{}},
			[]string{namespace("istio.io/dataplane-mode: ambient"), deployment("", "", "")},
			mesh.ModeNone, mesh.CauseNoControlPlane, "istio/no-effect", 1,
		},
		{
			"whether ambient is on is not known",
			istio.Options{Revisions: []istio.Revision{{}}},
			[]string{namespace("istio.io/dataplane-mode: ambient"), deployment("", "", "")},
			mesh.ModeUnknown, mesh.CauseUnknown, "istio/ambient-selector", 1,
		},
		{
			"gateway template", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", "inject.istio.io/templates: gateway", "")},
			mesh.ModeGateway, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"proxyless", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", "inject.istio.io/templates: grpc-agent", "")},
			mesh.ModeProxyless, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"a template that nobody knows", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", "inject.istio.io/templates: ours", "")},
			mesh.ModeUnknown, mesh.CauseNamespaceLabel, "istio/webhook", 1,
		},
		{
			"the proxy is written into the template", installed,
			[]string{namespace(""), strings.Replace(deployment("", "", ""), "containers: [", "containers: [{name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}, ", 1)},
			mesh.ModeSidecar, mesh.CauseManual, "istio/proxy-in-template", 12,
		},
		{
			"an unquoted annotation is no string", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", "sidecar.istio.io/inject: false", "")},
			mesh.ModeUnknown, mesh.CausePodAnnotation, "mesh/not-understood", 11,
		},
		{
			"a misspelt field", installed,
			[]string{namespace("istio-injection: enabled"), deployment("", "", "hostNetwrok: true")},
			mesh.ModeUnknown, mesh.CauseNamespaceLabel, "mesh/not-understood", 12,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := declared(t, build(t, c.opts, c.docs...), "w")
			if e.Mode != c.mode || e.Cause != c.cause {
				t.Errorf("got %v because of %v, want %v because of %v", e.Mode, e.Cause, c.mode, c.cause)
			}
			if len(e.Why) == 0 {
				t.Fatal("no reason is given")
			}
			if s := e.Why[0]; s.Rule != c.rule || s.Pos().Line != c.line {
				t.Errorf("first step is %s at line %d (%s), want %s at line %d", s.Rule, s.Pos().Line, s.Detail, c.rule, c.line)
			}
			if e.Mode == mesh.ModeUnknown && len(e.Unknown) == 0 {
				t.Error("an unknown mode without a gap that says why")
			}
		})
	}
}

func TestObservedEnrolment(t *testing.T) {
	t.Parallel()
	type seen struct {
		Mode              mesh.Mode
		Revision, Version string
		Advertises        string
	}
	native := strings.Replace(strings.Replace(sidecarPod(""), "  containers:\n", "  initContainers:\n  - {name: istio-proxy, image: proxyv2:1.31.0-distroless, restartPolicy: Always, args: [proxy, sidecar]}\n  containers:\n", 1),
		"  - {name: istio-proxy, image: \"docker.io/istio/proxyv2:1.31.0\", args: [proxy, sidecar]}", "", 1)
	cases := []struct {
		name string
		pod  string
		want seen
	}{
		{"sidecar", sidecarPod(""), seen{mesh.ModeSidecar, "default", "1.31.0", "istio-mtls"}},
		{"revision from the annotation", sidecarPod("istio.io/rev: canary"), seen{mesh.ModeSidecar, "canary", "1.31.0", "istio-mtls"}},
		{"native sidecar", native, seen{mesh.ModeNativeSidecar, "default", "1.31.0-distroless", "istio-mtls"}},
		{"router", strings.Replace(sidecarPod(""), "[proxy, sidecar]", "[proxy, router]", 1), seen{mesh.ModeGateway, "default", "1.31.0", "istio-mtls"}},
		{"waypoint", strings.Replace(sidecarPod(""), "[proxy, sidecar]", "[proxy, waypoint]", 1), seen{mesh.ModeWaypoint, "default", "1.31.0", "istio-mtls"}},
		{"agent without envoy", strings.Replace(sidecarPod(""), "args: [proxy, sidecar]", `args: [proxy, sidecar], env: [{name: DISABLE_ENVOY, value: "true"}]`, 1), seen{mesh.ModeProxyless, "default", "1.31.0", "istio-mtls"}},
		{"ambient", ambientPod(""), seen{mesh.ModeAmbient, "", "", "hbone"}},
		{"ambient not yet ready", strings.Replace(ambientPod(""), "enabled", "pending", 1), seen{Mode: mesh.ModeNone}},
		{"nothing", strings.Replace(ambientPod(""), "ambient.istio.io/redirection: enabled", "other: x", 1), seen{Mode: mesh.ModeNone}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, _ := workload(t, build(t, installed, namespace(""), c.pod), "p").Membership(istio.Name)
			e := m.Effective()
			got := seen{e.Mode, e.Revision, e.Version, strings.Join(e.Advertises, ",")}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The manifest of a pod runs nowhere: it is what admission would be asked for.
func TestPodManifest(t *testing.T) {
	t.Parallel()
	manifest := "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, spec: {containers: [{name: app, image: x}]}}"
	m, _ := workload(t, build(t, installed, namespace("istio-injection: enabled"), manifest), "p").Membership(istio.Name)
	if len(m.Observed) != 0 || m.Effective().Mode != mesh.ModeSidecar || m.Inside().String() != "true" {
		t.Errorf("in an injected namespace: observed %v, effective %v, inside %v; want none, sidecar, true", m.Observed, m.Effective().Mode, m.Inside())
	}
	m, _ = workload(t, build(t, installed, manifest), "p").Membership(istio.Name)
	if m.Effective().Mode != mesh.ModeUnknown || m.Inside().String() != "unknown" {
		t.Errorf("in a namespace that is not in the input: effective %v, inside %v; want unknown, unknown", m.Effective().Mode, m.Inside())
	}
}

// A pod keeps what admission gave it: a label that comes later changes only what a new pod would be.
func TestDrift(t *testing.T) {
	t.Parallel()
	g := build(t, installed, namespace("istio-injection: enabled"), `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, spec: {containers: [{name: app, image: x}]}, status: {phase: Running}}`)
	m, _ := workload(t, g, "p").Membership(istio.Name)
	if m.Declared.Mode != mesh.ModeSidecar || m.Effective().Mode != mesh.ModeNone || m.Drifted().String() != "true" {
		t.Errorf("declared %v, effective %v, drifted %v; want sidecar, none, true", m.Declared.Mode, m.Effective().Mode, m.Drifted())
	}
}
