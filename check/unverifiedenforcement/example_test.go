package unverifiedenforcement_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/unverifiedenforcement"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", checktest.FlawedPod+checktest.Flawed("unverified it is the toy's way"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, unverifiedenforcement.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:10:11: MP3007: Policy/shop/cart changes how the mesh enforces, in ways that are not evaluated for Pod shop/cart: it is the toy's way
}
