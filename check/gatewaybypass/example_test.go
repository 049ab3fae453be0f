package gatewaybypass_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/gatewaybypass"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", checktest.Pod("cart", "toy/mode: sidecar")+checktest.Service("cart", "ClusterIP")+
		checktest.Policy("gate", "entry: {tls: plaintext, served: true, service: cart}")+checktest.Service("lb", "LoadBalancer"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, gatewaybypass.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:19:59: MP5001: Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/lb leads to it from outside the cluster as well, for callers without an identity
}
