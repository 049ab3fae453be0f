package proxybypass_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/proxybypass"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", service("shop/front")+pod("cart", "ambient")+pod("web", "ambient")+policy("front", "proxy: shop/front, callers: [cart]"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, proxybypass.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:3:55: MP4001: proxy shop/front of Service/shop/cart can be gone around: by the address of its pods, Pod shop/cart lets more through from 1 workload (Pod shop/web), and lets in callers without an identity
}
