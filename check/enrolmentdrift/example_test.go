package enrolmentdrift_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/enrolmentdrift"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    toy/mode: sidecar
    toy/observed: none
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, enrolmentdrift.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:8:5: MP1002: 1 of 1 running pods of Pod shop/cart: enrolment is none, and a pod made now would be sidecar: cart
}
