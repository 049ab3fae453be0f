package permissiveport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/internal/lines"
	"github.com/meshposture/meshposture/check/permissiveport"
	"github.com/meshposture/meshposture/internal/meshfake"
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
	tests := []struct {
		name, text string
		want       []string
	}{
		{"strict everywhere", strictMesh + cart + stock, nil},
		{"permissive by default everywhere", cart + stock, nil},
		{"one port of a strict workload", strictMesh + cart + portPolicy, []string{
			"in.yaml:16:11: medium MP2001 shop/Pod/cart:8443: port 8443 of Pod shop/cart accepts plaintext: " +
				"Policy/shop/cart sets permissive, and namespace shop is otherwise strict",
		}},
		{"one workload of a strict namespace", strictMesh + cart + stock + mode(workloadPolicy, "disabled"), []string{
			"in.yaml:20:3: medium MP2001 shop/Pod/stock: every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/stock sets disabled, and namespace shop is otherwise strict",
		}},
		{"one namespace of a strict mesh", strictMesh + stock + till + namespacePolicy, []string{
			"in.yaml:18:3: medium MP2001 shop/Pod/stock: every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/default sets permissive, and the mesh is otherwise strict",
		}},
		{"a namespace of a strict mesh, but for one workload", strictMesh + cart + stock + namespacePolicy + mode(workloadPolicy, "strict") +
			strings.ReplaceAll(till, "till", "till-a") + strings.ReplaceAll(till, "till", "till-b"), []string{
			"in.yaml:19:3: medium MP2001 shop/Pod/cart: every port of Pod shop/cart accepts plaintext: " +
				"Policy/shop/default sets permissive, and the mesh is otherwise strict",
		}},
		// a strict workload does not make the default around it an exception
		{"one strict workload in a permissive namespace", cart + stock + mode(workloadPolicy, "strict"), nil},
		{"plaintext is the rule of the namespace", cart + stock + namespacePolicy + mode(workloadPolicy, "strict"), nil},
		// the namespace is permissive by its own policy; that the mesh is strict makes no difference for one of its ports
		{"one policy more in a permissive namespace", strictMesh + cart + stock + till + namespacePolicy + mode(workloadPolicy, "disabled"), nil},
		// let in against the policy: MP2002
		{"declared strict, not enforced", strictMesh + cart + strings.Replace(stock, "toy/mode", "toy/enforced: permissive, toy/mode", 1), nil},
		{"outside the mesh", strictMesh + cart + strings.Replace(stock, "sidecar", "none", 1) + mode(workloadPolicy, "permissive"), nil},
		{"mode not known", strictMesh + cart + stock + mode(workloadPolicy, "riddle"), []string{
			"in.yaml:20:3: unknown MP2001 shop/Pod/stock: whether every port of Pod shop/stock accepts plaintext: " +
				"Policy/shop/stock: the mode cannot be read",
		}},
		{"enrolment not known", strictMesh + strings.Replace(stock, "sidecar", "riddle", 1), []string{
			"in.yaml:8:56: unknown MP2001 shop/Pod/stock: whether Pod shop/stock accepts plaintext, because its enrolment is not known: " +
				"Pod/shop/stock: the mode cannot be read",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines.Of(g, time.Time{}, permissiveport.Check)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
