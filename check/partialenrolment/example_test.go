package partialenrolment_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/partialenrolment"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
---
apiVersion: v1
kind: Pod
metadata: {name: stock, namespace: shop, annotations: {toy/mode: none}}
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, partialenrolment.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:7:56: MP1001: 1 of 2 workloads in namespace shop are in the mesh; outside: Pod shop/stock
}
