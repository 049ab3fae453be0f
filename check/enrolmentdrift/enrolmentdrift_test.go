package enrolmentdrift_test

import (
	"strings"
	"testing"
	"time"

	"github.com/meshposture/meshposture/check/enrolmentdrift"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// cart declares one mode and shows another: MODE and OBSERVED are words of mesh.Mode.
func cart(mode, observed string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata:
      annotations:
        toy/mode: ` + mode + `
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-a
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: cart-5d9, controller: true}]
  labels: {pod-template-hash: 5d9}
  annotations:
    toy/observed: ` + observed + `
`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, enrolmentdrift.Check, []checktest.Case{
		{Name: "as declared", Text: cart("sidecar", "sidecar")},
		{Name: "the kubelet chose the other placement", Text: cart("sidecar", "native-sidecar")},
		{Name: "declared in, runs outside", Text: cart("sidecar", "none"), Want: []string{
			"in.yaml:18:5: high MP1002 shop/Deployment/cart toy none: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is none, and a pod made now would be sidecar: cart-a",
		}},
		{Name: "declared out, still runs inside", Text: cart("none", "sidecar"), Want: []string{
			"in.yaml:18:5: high MP1002 shop/Deployment/cart toy sidecar: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is sidecar, and a pod made now would be none: cart-a",
		}},
		{Name: "inside both ways", Text: cart("ambient", "sidecar"), Want: []string{
			"in.yaml:18:5: low MP1002 shop/Deployment/cart toy sidecar: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is sidecar, and a pod made now would be ambient: cart-a",
		}},
		{Name: "pod not judged", Text: cart("sidecar", "riddle"), Want: []string{
			"in.yaml:18:5: unknown MP1002 shop/Deployment/cart: whether the running pods of Deployment shop/cart are enrolled as declared: " +
				"Pod/shop/cart-a: the mode cannot be read",
		}},
	})
}

// Where several meshes are asked, the finding names the one that it speaks of.
func TestSeveralMeshes(t *testing.T) {
	t.Parallel()
	objs, err := meshfake.Objects("in.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar, toy/observed: none}}, status: {phase: Running}}")
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), objs, meshfake.Adapter("toy"), meshfake.Adapter("other"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := checktest.Lines(g, time.Time{}, enrolmentdrift.Check)
	if err != nil || len(got) != 1 || !strings.Contains(got[0], "1 of 1 running pods of Pod shop/cart: enrolment in toy is none, and a pod made now would be sidecar") {
		t.Errorf("findings %q, error %v", got, err)
	}
}
