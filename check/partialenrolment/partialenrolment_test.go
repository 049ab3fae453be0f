package partialenrolment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/internal/lines"
	"github.com/meshposture/meshposture/check/partialenrolment"
	"github.com/meshposture/meshposture/internal/meshfake"
)

const pod = `
---
apiVersion: v1
kind: Pod
metadata:
  namespace: shop
  name: NAME
  annotations: {toy/mode: MODE}
`

func pods(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(strings.NewReplacer("NAME", pairs[i], "MODE", pairs[i+1]).Replace(pod[1:]))
	}
	return b.String()
}

const cart = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata:
      annotations: {toy/mode: sidecar}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-a
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: cart-5d9, controller: true}]
  labels: {pod-template-hash: 5d9}
  annotations: {toy/mode: sidecar}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-b
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: cart-5d9, controller: true}]
  labels: {pod-template-hash: 5d9}
  annotations:
    toy/mode: sidecar
    toy/observed: OBSERVED
`

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"all pods in", strings.Replace(cart, "OBSERVED", "sidecar", 1), nil},
		{"one pod out", strings.Replace(cart, "OBSERVED", "none", 1), []string{
			"in.yaml:27:5: high MP1001 shop/Deployment/cart: 1 of 2 running pods of Deployment shop/cart are outside the mesh: cart-b",
		}},
		{"one pod not judged", strings.Replace(cart, "OBSERVED", "riddle", 1), []string{
			"in.yaml:27:5: unknown MP1001 shop/Deployment/cart: whether all running pods of Deployment shop/cart are enrolled alike: " +
				"Pod/shop/cart-b: the mode cannot be read",
		}},
		{"namespace all in", pods("a", "sidecar", "b", "ambient"), nil},
		{"namespace all out", pods("a", "none", "b", "none"), nil},
		{"gateway does not make a namespace enrolled", pods("a", "none", "b", "gateway"), nil},
		{"namespace partly in", pods("a", "none", "b", "sidecar", "c", "none"), []string{
			"in.yaml:7:17: low MP1001 Namespace/shop: 1 of 3 workloads in namespace shop are in the mesh; outside: Pod shop/a, Pod shop/c",
		}},
		{"namespace not wholly judged", pods("a", "sidecar", "b", "riddle"), []string{
			"in.yaml:14:17: unknown MP1001 Namespace/shop: whether namespace shop is enrolled as a whole: 1 workload of 2 not judged: " +
				"Pod shop/b: Pod/shop/b: the mode cannot be read",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines.Of(g, time.Time{}, partialenrolment.Check)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
