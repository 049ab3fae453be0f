package flaw_test

import (
	"fmt"
	"time"

	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
)

func Example() {
	g, err := meshfake.Build("shop.yaml", policy(`"no-effect nobody reads it"`))
	if err != nil {
		fmt.Println(err)
		return
	}
	lines, err := checktest.Lines(g, time.Time{}, idle)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	// Output:
	// shop.yaml:6:11: high A1 Policy/shop/cart toy/no-effect: Policy/shop/cart has no effect: nobody reads it
}
