package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
	"github.com/meshposture/meshposture/snapshot"
)

func istioReport(t *testing.T, text string) report.Input {
	t.Helper()
	snap, err := snapshot.Load(t.Context(), snapshot.Options{Stdin: strings.NewReader(text)}, "-")
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(istio.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return report.Input{Graph: g, Now: today}
}

const old = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}, spec: {template: {metadata: {labels: {app: istiod}}, spec: {containers: [{name: discovery, image: "istio/pilot:1.18.2"}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: cart, namespace: shop}, spec: {template: {spec: {containers: [{name: cart, image: x, ports: [{containerPort: 8080}]}]}}}}
---
{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: own, namespace: shop}, spec: {selector: {}, mtls: {mode: STRICT}}}
`

// What the mesh warns about was judged: it stands by itself, and is counted nowhere.
func TestWarnings(t *testing.T) {
	t.Parallel()
	in := istioReport(t, old)
	want := []string{"  -:7:109: warned: PeerAuthentication/shop/own spec.selector: the selector has no labels, and selects every workload"}
	if diff := cmp.Diff(want, sectionOf(t, in, report.TextOptions{Width: 200}, "Warnings of the mesh about what was judged: 1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := text(t, in, report.TextOptions{}); strings.Contains(got, "Problems with the input") {
		t.Errorf("a warning is called a problem:\n%s", got)
	}
}

// A gap that all ports of a control plane share is said once, with the control plane.
func TestGapOfPlaneIsSaidOnce(t *testing.T) {
	t.Parallel()
	got := text(t, istioReport(t, old), report.TextOptions{Verbose: true, Width: 200})
	if n := strings.Count(got, "the rules are known for 1.24 to 1.31"); n != 1 {
		t.Errorf("said %d times:\n%s", n, got)
	}
}
