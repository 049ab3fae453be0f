package inputscope_test

import (
	"context"
	"fmt"

	"github.com/meshposture/meshposture/internal/inputscope"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// scoped is an adapter that looks at what its input shows.
type scoped struct{ mesh.Adapter }

func (a scoped) Compile(ctx context.Context, in mesh.Input) (mesh.Layer, error) {
	scope := inputscope.New(in.Cluster)
	fmt.Println("shop:", len(scope.Absent("shop")))
	for _, gap := range scope.Absent("bank") {
		fmt.Println("bank:", gap.Detail)
	}
	return a.Adapter.Compile(ctx, in)
}

func Example() {
	objs, err := meshfake.Objects("shop.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop}}")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := mesh.Build(context.Background(), objs, scoped{meshfake.Adapter("toy")}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// shop: 0
	// bank: no workload of namespace bank is in the input, so what runs there is not known
}
