package plaintextcaller_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintextcaller"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", pod("cart", "toy/mode: sidecar")+strict+pod("till", "toy/mode: none"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, plaintextcaller.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:18:76: MP2005: Pod shop/till is outside the mesh, and its calls to 2 ports of namespace shop that only take mutual TLS fail: those of Pod shop/cart
}
