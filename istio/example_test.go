package istio_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

const shop = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: cart, ports: [{containerPort: 8080}, {containerPort: 9090}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  mtls: {mode: STRICT}
  portLevelMtls:
    9090: {mode: PERMISSIVE}
`

// A port-level exception opens one port of a strict workload.
func Example() {
	snap, err := snapshot.Read(context.Background(), "shop.yaml", strings.NewReader(shop), snapshot.Options{})
	if err != nil {
		log.Fatal(err)
	}
	g, err := mesh.Build(context.Background(), snap, istio.New(istio.Options{}))
	if err != nil {
		log.Fatal(err)
	}
	for w := range g.Workloads() {
		e := w.Enrolment()
		fmt.Printf("%s: %s, %s\n", w.ID(), e.Mode, e.Why[0].Detail)
		for _, p := range w.Ports() {
			in := w.Inbound(p.Number)
			fmt.Printf("  port %d is %s: %s: %s\n", p.Number, in.Enforced, in.Why[0].Pos(), in.Why[0].Detail)
		}
		for _, gap := range e.Unknown[:1] {
			fmt.Println("  but:", gap.Detail)
		}
	}
	// Output:
	// shop/Deployment/cart: sidecar, webhook istio-sidecar-injector/namespace.sidecar-injector.istio.io takes the pod: its namespace has label istio-injection=enabled
	//   port 8080 is strict: shop.yaml:19:10: PeerAuthentication shop/cart sets STRICT
	//   port 9090 is permissive: shop.yaml:21:12: PeerAuthentication shop/cart sets port 9090 to PERMISSIVE
	//   but: nothing of an Istio control plane is in the input: a default installation is taken for granted
}
