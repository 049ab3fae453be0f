package partialenrolment_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check/partialenrolment"
	"github.com/meshposture/meshposture/internal/checktest"
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
	checktest.Run(t, partialenrolment.Check, []checktest.Case{
		{Name: "all pods in", Text: strings.Replace(cart, "OBSERVED", "sidecar", 1)},
		{Name: "one pod out", Text: strings.Replace(cart, "OBSERVED", "none", 1), Want: []string{
			"in.yaml:27:5: high MP1001 shop/Deployment/cart: 1 of 2 running pods of Deployment shop/cart are outside the mesh: cart-b",
		}},
		{Name: "one pod not judged", Text: strings.Replace(cart, "OBSERVED", "riddle", 1), Want: []string{
			"in.yaml:27:5: unknown MP1001 shop/Deployment/cart: whether all running pods of Deployment shop/cart are enrolled alike: " +
				"Pod/shop/cart-b: the mode cannot be read",
		}},
		{Name: "namespace all in", Text: pods("a", "sidecar", "b", "ambient")},
		{Name: "namespace all out", Text: pods("a", "none", "b", "none")},
		{Name: "gateway does not make a namespace enrolled", Text: pods("a", "none", "b", "gateway")},
		{Name: "namespace partly in", Text: pods("a", "none", "b", "sidecar", "c", "none"), Want: []string{
			"in.yaml:7:17: low MP1001 Namespace/shop: 1 of 3 workloads in namespace shop are in the mesh; outside: Pod shop/a, Pod shop/c",
		}},
		{Name: "namespace not wholly judged", Text: pods("a", "sidecar", "b", "riddle"), Want: []string{
			"in.yaml:14:17: unknown MP1001 Namespace/shop: whether namespace shop is enrolled as a whole: 1 workload of 2 not judged: " +
				"Pod shop/b: Pod/shop/b: the mode cannot be read",
		}},
	})
}
