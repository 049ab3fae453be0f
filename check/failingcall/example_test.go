package failingcall_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/failingcall"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", pod("cart", "toy/mode: sidecar")+strict+pod("till", "'toy/sends-cart': plaintext, toy/mode: sidecar"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, failingcall.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:18:76: MP2004: calls of Pod shop/till to port 8080 of Pod shop/cart fail: they send plaintext, and the port is strict: the proxy sends plaintext
}
