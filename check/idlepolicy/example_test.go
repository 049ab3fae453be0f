package idlepolicy_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/idlepolicy"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  flaws: ["no-effect it is the toy's way"]
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, idlepolicy.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:10:11: MP3004: Policy/shop/cart has no effect on Pod shop/cart: it is the toy's way
}
