package plaintextsecondhop_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintextsecondhop"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", checktest.Pod("cart", "toy/mode: sidecar")+checktest.Service("cart", "ClusterIP")+checktest.Pod("edge", "toy/mode: gateway, toy/sends: plaintext")+
		checktest.Policy("gate", "entry: {tls: terminated, served: true, proxy: edge, service: cart}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, plaintextsecondhop.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:19:8: MP5003: TLS ends at port 443 of Policy/shop/gate, and Pod shop/edge sends plaintext on to Pod shop/cart
}
