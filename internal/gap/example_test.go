package gap_test

import (
	"fmt"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/source"
)

func Example() {
	o := source.Object{Ref: source.Ref{Kind: source.Kind{Kind: "Pod"}, Namespace: "shop", Name: "cart"}}
	bad := source.Problem{Code: source.ProblemBadValue, Object: o.Ref, Field: "spec.nodeName", Message: "it is no name"}
	found := gap.Of(o, []source.Problem{bad, bad})
	fmt.Println(len(found), "gaps, of which differ:")
	for _, g := range gap.Once(found) {
		fmt.Println(g)
	}
	// Output:
	// 2 gaps, of which differ:
	// bad-value: Pod/shop/cart: it is no name
}
