package plaintextedge_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintextedge"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", checktest.Policy("gate", "entry: {served: true, tls: plaintext, redirect: false}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, plaintextedge.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:4:8: MP5002: port 443 of Policy/shop/gate takes plaintext from outside the cluster and does not redirect to TLS
}
