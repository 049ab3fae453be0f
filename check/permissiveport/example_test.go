package permissiveport_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/permissiveport"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
spec: {containers: [{name: app, ports: [{containerPort: 8443}]}]}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  mtls: strict
  ports:
    "8443": permissive
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, permissiveport.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:13:5: MP2001: port 8443 of Pod shop/cart accepts plaintext: Policy/shop/cart sets permissive, and namespace shop is otherwise strict
}
