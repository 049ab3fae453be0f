package inadmissible_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/inadmissible"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", checktest.FlawedPod+checktest.Flawed("inadmissible it is the toy's way"))
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := check.Run(context.Background(), g, check.Options{}, inadmissible.Check)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range res.Findings {
		fmt.Printf("%s: %s: %s\n", f.Pos, f.Code, f.Message)
	}
	// Output:
	// shop.yaml:10:11: MP3008: Policy/shop/cart would be refused by the mesh's admission, and exists all the same for Pod shop/cart: it is the toy's way
}
