package mesh_test

import (
	"fmt"
	"log"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// ExampleDiff says what a change of policy opens, for whom and why. The two graphs may as well be of one
// shop on two meshes.
func ExampleDiff() {
	const shop = `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
spec: {containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: report, namespace: shop, annotations: {toy/mode: none, toy/enforced: none}}
spec: {containers: [{name: report, image: report}]}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: mode, namespace: shop}
spec: {mtls: %s}
`
	before, err := meshfake.Build("shop.yaml", fmt.Sprintf(shop, "strict"))
	if err != nil {
		log.Fatal(err)
	}
	after, err := meshfake.Build("shop.yaml", fmt.Sprintf(shop, "permissive"))
	if err != nil {
		log.Fatal(err)
	}
	d := mesh.Diff(before, after)
	fmt.Print(d)
	for _, c := range d.Changes {
		if c.Topic == mesh.TopicMode && c.Port == 8080 {
			fmt.Println("before:", c.WhyBefore[0])
			fmt.Println("after:", c.WhyAfter[0])
		}
	}
	// Output:
	// mode weakened, from strict to permissive
	//     ports 8080 and any other of shop/Pod/cart
	// acceptance weakened, from mesh-identities to anybody
	//     ports 8080 and any other of shop/Pod/cart
	// requests of shop/Pod/report and anybody without an identity opened, from never to always
	//     ports 8080 and any other of shop/Pod/cart
	// before: shop.yaml:14:8: toy/policy: mode strict
	// after: shop.yaml:14:8: toy/policy: mode permissive
}
