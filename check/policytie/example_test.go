package policytie_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/policytie"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: toy.example/v1
kind: Policy
metadata: {name: a, namespace: shop}
spec: {mtls: strict, settled: false}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: b, namespace: shop}
spec: {mtls: permissive, settled: false}
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, policytie.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:3:12: MP3001: Policy/shop/a and Policy/shop/b claim the same place (both speak of the same workloads); which of them counts is not settled and may change when the control plane restarts
}
