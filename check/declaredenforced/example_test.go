package declaredenforced_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/declaredenforced"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    toy/mode: ambient
    toy/enforced: permissive
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: default, namespace: shop}
spec: {mtls: strict}
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, declaredenforced.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:8:5: MP2002: every port of Pod shop/cart: strict is declared and permissive is enforced, so plaintext gets in
}
