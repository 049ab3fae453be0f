package permissiveport_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check/permissiveport"
	"github.com/meshposture/meshposture/internal/checktest"
)

const strictMesh = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: mesh, namespace: toy-system}
spec: {mtls: strict}
---
`

const cart = `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}, {containerPort: 8443}]}]}
---
`

const stock = `apiVersion: v1
kind: Pod
metadata: {name: stock, namespace: shop, annotations: {toy/mode: sidecar}}
---
`

const till = `apiVersion: v1
kind: Pod
metadata: {name: till, namespace: pay, annotations: {toy/mode: sidecar}}
---
`

const portPolicy = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  ports: {"8443": permissive}
---
`

const workloadPolicy = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: stock, namespace: shop}
spec:
  workload: stock
  mtls: MODE
---
`

const namespacePolicy = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: default, namespace: shop}
spec:
  mtls: permissive
---
`

func mode(text, word string) string { return strings.ReplaceAll(text, "MODE", word) }

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, permissiveport.Check, []checktest.Case{
		{Name: "strict everywhere", Text: strictMesh + cart + stock},
		{Name: "permissive by default everywhere", Text: cart + stock},
		{Name: "one port of a strict workload", Text: strictMesh + cart + portPolicy, Want: []string{
			"in.yaml:16:11: medium MP2001 shop/Pod/cart:8443: port 8443 of Pod shop/cart accepts plaintext: " +
				"Policy/shop/cart sets permissive, and namespace shop is otherwise strict",
		}},
		{Name: "one workload of a strict namespace", Text: strictMesh + cart + stock + mode(workloadPolicy, "disabled"), Want: []string{
			"in.yaml:20:3: medium MP2001 shop/Pod/stock: every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/stock sets disabled, and namespace shop is otherwise strict",
		}},
		{Name: "one namespace of a strict mesh", Text: strictMesh + stock + till + namespacePolicy, Want: []string{
			"in.yaml:18:3: medium MP2001 shop/Pod/stock: every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/default sets permissive, and the mesh is otherwise strict",
		}},
		{Name: "a namespace of a strict mesh, but for one workload", Text: strictMesh + cart + stock + namespacePolicy + mode(workloadPolicy, "strict") +
			strings.ReplaceAll(till, "till", "till-a") + strings.ReplaceAll(till, "till", "till-b"), Want: []string{
			"in.yaml:19:3: medium MP2001 shop/Pod/cart: every port of Pod shop/cart accepts plaintext: " +
				"Policy/shop/default sets permissive, and the mesh is otherwise strict",
		}},
		// a strict workload does not make the default around it an exception
		{Name: "one strict workload in a permissive namespace", Text: cart + stock + mode(workloadPolicy, "strict")},
		{Name: "plaintext is the rule of the namespace", Text: cart + stock + namespacePolicy + mode(workloadPolicy, "strict")},
		// the namespace is permissive by its own policy; that the mesh is strict makes no difference for one of its ports
		{Name: "one policy more in a permissive namespace", Text: strictMesh + cart + stock + till + namespacePolicy + mode(workloadPolicy, "disabled")},
		// let in against the policy: MP2002
		{Name: "declared strict, not enforced", Text: strictMesh + cart + strings.Replace(stock, "toy/mode", "toy/enforced: permissive, toy/mode", 1)},
		{Name: "outside the mesh", Text: strictMesh + cart + strings.Replace(stock, "sidecar", "none", 1) + mode(workloadPolicy, "permissive")},
		{Name: "mode not known", Text: strictMesh + cart + stock + mode(workloadPolicy, "riddle"), Want: []string{
			"in.yaml:20:3: unknown MP2001 shop/Pod/stock: whether every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/stock: the mode cannot be read",
		}},
		{Name: "enrolment not known", Text: strictMesh + strings.Replace(stock, "sidecar", "riddle", 1), Want: []string{
			"in.yaml:8:56: unknown MP2001 shop/Pod/stock: whether Pod shop/stock accepts plaintext, because its enrolment is not known: " +
				"Pod/shop/stock: the mode cannot be read",
		}},
	})
}
