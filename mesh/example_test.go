package mesh_test

import (
	"fmt"
	"log"

	"github.com/meshposture/meshposture/internal/meshfake"
)

// Example asks a graph who is inside the mesh and why. A program builds the graph from a snapshot
// and an adapter; here a toy mesh stands in for both.
func Example() {
	g, err := meshfake.Build("shop.yaml", `apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations: {toy/mode: sidecar}
spec: {containers: [{name: cart, image: cart}]}
---
apiVersion: v1
kind: Pod
metadata: {name: report, namespace: shop}
spec: {hostNetwork: true, containers: [{name: report, image: report}]}
`)
	if err != nil {
		log.Fatal(err)
	}
	for w := range g.Workloads() {
		e := w.Enrolment()
		fmt.Printf("%s: %s, inside: %s\n", w.ID(), e.Mode, w.Inside())
		for _, step := range e.Why {
			fmt.Printf("  %s: %s\n", step.Pos(), step.Rule)
		}
	}
	// Output:
	// shop/Pod/cart: sidecar, inside: true
	//   shop.yaml:6:17: toy/mode
	// shop/Pod/report: none, inside: false
	//   shop.yaml:12:8: toy/mode
}
