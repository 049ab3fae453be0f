package snapshot_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

func Example() {
	const manifests = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls: {mode: STRICT}
---
apiVersion: v1
kind: Service
metadata:
  name: cart
---
replicas: 3
`
	snap, err := snapshot.Read(context.Background(), "shop.yaml", strings.NewReader(manifests), snapshot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for obj := range snap.Objects(source.Kind{Group: "security.istio.io", Kind: "PeerAuthentication"}) {
		fmt.Printf("%s: %s %s\n", obj.At("spec.mtls.mode").Pos(), obj.Ref, obj.JSON)
	}
	for _, p := range snap.Problems() {
		fmt.Println(p)
	}
	for _, s := range snap.Skipped() {
		fmt.Printf("%s: %s: %s\n", s.Pos, s.Reason, s.Detail)
	}
	// Output:
	// shop.yaml:8:10: PeerAuthentication/shop/default {"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"default","namespace":"shop"},"spec":{"mtls":{"mode":"STRICT"}}}
	// shop.yaml:10: no-namespace: Service/default/cart metadata.namespace: names no namespace; "default" is taken
	// shop.yaml:15: not-kubernetes: no apiVersion and kind
}
