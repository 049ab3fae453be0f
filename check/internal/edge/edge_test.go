package edge_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/check/internal/edge"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

const exposed = `{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop, labels: {app: cart}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080, hostPort: 9000}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {type: LoadBalancer, selector: {app: cart}, ports: [{port: 80, targetPort: 8080}, {name: u, port: 81, targetPort: 8080, protocol: UDP}]}}
`

func Example() {
	g, err := meshfake.Build("shop.yaml", exposed)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range g.Entries() {
		fmt.Println(edge.Name(e), "straight to pods:", edge.Straight(e), "reached:", edge.Reached(e))
		for _, b := range e.Backends {
			for _, w := range b.Workloads {
				for _, h := range edge.Hops(b, w) {
					fmt.Println(" ", w.ID(), h.Port, "by a Service:", h.Way.Service != nil)
				}
			}
		}
	}
	// Output:
	// port 9000 of Pod/shop/cart straight to pods: true reached: true
	//   shop/Pod/cart 8080 by a Service: false
	// port 80 of Service/shop/cart straight to pods: true reached: true
	//   shop/Pod/cart 8080 by a Service: true
	// port 81 of Service/shop/cart straight to pods: true reached: true
}

// That nothing leads to an entry is sure only where all is known of it.
func TestReached(t *testing.T) {
	t.Parallel()
	ways, gap := []mesh.Exposure{{}}, []mesh.Gap{{}}
	for _, test := range []struct {
		name string
		e    mesh.Entry
		want truth.Value
	}{
		{"nothing is said", mesh.Entry{}, truth.False},
		{"nothing leads there", mesh.Entry{Served: truth.True}, truth.False},
		{"perhaps something does", mesh.Entry{Served: truth.True, Unknown: gap}, truth.Unknown},
		{"something does", mesh.Entry{Served: truth.True, Exposed: ways, Unknown: gap}, truth.True},
		{"perhaps nobody answers", mesh.Entry{Exposed: ways}, truth.Unknown},
		{"nobody answers", mesh.Entry{Exposed: ways, Served: truth.False, Unknown: gap}, truth.False},
	} {
		if got := edge.Reached(test.e); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
