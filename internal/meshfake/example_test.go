package meshfake_test

import (
	"fmt"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: {toy/mode: sidecar}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
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
	cart, _ := g.Workload(mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cart"})
	fmt.Println(cart.Enrolment().Mode)
	for _, port := range []uint16{8080, 8443} {
		in := cart.Inbound(port)
		fmt.Println(port, in.Enforced, in.Why[0].Object, in.Why[0].Pos())
	}
	// Output:
	// sidecar
	// 8080 strict Policy/shop/cart shop.yaml:17:3
	// 8443 permissive Policy/shop/cart shop.yaml:19:5
}
