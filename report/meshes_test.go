package report_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
)

const twoMeshes = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: sidecar}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: till, namespace: shop}
spec: {template: {metadata: {annotations: {toy/mode: none}}}}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: skewed, namespace: shop}
spec: {workload: cart, skew: 2}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: other, namespace: shop}
spec: {mesh: other, workload: till, skew: 0}
`

// Where several meshes were asked, each reason and each part of a data plane names its own.
func TestTextNamesMeshes(t *testing.T) {
	t.Parallel()
	objs, err := meshfake.Objects("cluster.yaml", twoMeshes)
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), objs, meshfake.Adapter("toy"), meshfake.Adapter("other"))
	if err != nil {
		t.Fatal(err)
	}
	got := text(t, report.Input{Graph: g, Now: today}, report.TextOptions{Width: 1000})
	for _, want := range []string{
		"    other: pod-annotation: the pod says so (cluster.yaml:9:30); toy: pod-annotation: the pod says so (cluster.yaml:9:44)\n",
		"  Data plane: other proxy other in 1 workload; toy proxy skewed in 1 workload, ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}
