package unfitcertificate_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/unfitcertificate"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: toy.example/v1
kind: Policy
metadata: {name: main, namespace: toy-system}
spec:
  root: 2036-01-01
  unfit: its key is too short
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, unfitcertificate.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:5:3: MP6003: the root certificate CN=main of toy revision main is not accepted: its key is too short
}
