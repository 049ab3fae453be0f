package declaredenforced_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/declaredenforced"
	"github.com/meshposture/meshposture/check/internal/lines"
	"github.com/meshposture/meshposture/internal/meshfake"
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
	tests := []struct {
		name, text string
		want       []string
	}{
		{"as declared", cart("strict", "toy/enforced: strict"), nil},
		{"not enforced at all", cart("strict", "toy/enforced: permissive"), []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart: every port of Pod shop/cart: strict is declared and permissive is enforced, so plaintext gets in",
		}},
		{"not enforced on one port", cart("strict", "toy/enforced-8080: none"), []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart:8080: port 8080 of Pod shop/cart: strict is declared and none is enforced, so plaintext gets in",
		}},
		{"around the proxy", cart("strict", "toy/bypass: inbound 8080"), []string{
			"in.yaml:14:5: high MP2002 shop/Pod/cart:8080: port 8080 of Pod shop/cart: strict is declared and none is enforced, because connections do not pass through the proxy",
		}},
		{"stronger than declared", cart("permissive", "toy/enforced: strict"), []string{
			"in.yaml:14:5: medium MP2002 shop/Pod/cart: every port of Pod shop/cart: permissive is declared and strict is enforced, " +
				"so clients without a certificate are refused",
		}},
		{"closed", cart("strict", "toy/enforced: closed"), []string{
			"in.yaml:14:5: medium MP2002 shop/Pod/cart: every port of Pod shop/cart: strict is declared and closed is enforced",
		}},
		{"plaintext either way", cart("disabled", "toy/enforced: permissive"), []string{
			"in.yaml:14:5: low MP2002 shop/Pod/cart: every port of Pod shop/cart: disabled is declared and permissive is enforced",
		}},
		{"not known", cart("strict", "toy/enforced: riddle"), []string{
			"in.yaml:14:5: unknown MP2002 shop/Pod/cart: whether every port of Pod shop/cart enforces what is declared: " +
				"Pod/shop/cart: the mode cannot be read",
		}},
		{"outside the mesh", cart("strict", "toy/observed: none"), nil},
		{"enrolment not known", cart("strict", "toy/observed: riddle"), []string{
			"in.yaml:14:5: unknown MP2002 shop/Pod/cart: what Pod shop/cart enforces, because its enrolment is not known: " +
				"Pod/shop/cart: the mode cannot be read",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines.Of(g, time.Time{}, declaredenforced.Check)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
