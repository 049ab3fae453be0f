package declaredenforced_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/declaredenforced"
	"github.com/meshposture/meshposture/internal/checktest"
)

// cart is declared one way and does another.
func cart(declared, annotations string) string {
	return `apiVersion: toy.example/v1
kind: Policy
metadata: {name: default, namespace: shop}
spec:
  mtls: ` + declared + `
---
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    toy/mode: sidecar
    ` + annotations + `
spec: {containers: [{name: app, ports: [{containerPort: 8080}, {containerPort: 53, protocol: UDP}]}]}
`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, declaredenforced.Check, []checktest.Case{
		{Name: "as declared", Text: cart("strict", "toy/enforced: strict")},
		{Name: "not enforced at all", Text: cart("strict", "toy/enforced: permissive"), Want: []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart: every port of Pod shop/cart: strict is declared and permissive is enforced, so plaintext gets in",
		}},
		{Name: "not enforced on one port", Text: cart("strict", "toy/enforced-8080: none"), Want: []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart:8080: port 8080 of Pod shop/cart: strict is declared and none is enforced, so plaintext gets in",
		}},
		{Name: "around the proxy", Text: cart("strict", "toy/bypass: inbound 8080"), Want: []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart:8080: port 8080 of Pod shop/cart: strict is declared and none is enforced, because connections do not pass through the proxy",
		}},
		{Name: "stronger than declared", Text: cart("permissive", "toy/enforced: strict"), Want: []string{
			"in.yaml:14:5: medium MP2002 shop/Pod/cart: every port of Pod shop/cart: permissive is declared and strict is enforced, " +
				"so clients without a certificate are refused",
		}},
		{Name: "closed", Text: cart("strict", "toy/enforced: closed"), Want: []string{
			"in.yaml:14:5: medium MP2002 shop/Pod/cart: every port of Pod shop/cart: strict is declared and closed is enforced",
		}},
		{Name: "plaintext either way", Text: cart("disabled", "toy/enforced: permissive"), Want: []string{
			"in.yaml:14:5: low MP2002 shop/Pod/cart: every port of Pod shop/cart: disabled is declared and permissive is enforced",
		}},
		{Name: "not known", Text: cart("strict", "toy/enforced: riddle"), Want: []string{
			"in.yaml:14:5: unknown MP2002 shop/Pod/cart: whether every port of Pod shop/cart enforces what is declared: " +
				"Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "outside the mesh", Text: cart("strict", "toy/observed: none")},
		{Name: "enrolment not known", Text: cart("strict", "toy/observed: riddle"), Want: []string{
			"in.yaml:14:5: unknown MP2002 shop/Pod/cart: what Pod shop/cart enforces, because its enrolment is not known: " +
				"Pod/shop/cart: the mode cannot be read",
		}},
	})
}
