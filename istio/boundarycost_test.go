package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// manyRoutes is a Gateway with that many HTTPS servers, and n VirtualServices of one host bound to it.
func manyRoutes(servers, n int) []string {
	var b strings.Builder
	var list []string
	for i := range servers {
		host := fmt.Sprintf("h%d.example.com", i)
		if servers == 1 {
			host = "*.example.com"
		}
		list = append(list, fmt.Sprintf("{port: {number: 443, name: p%d, protocol: HTTPS}, hosts: ['%s'], tls: {mode: SIMPLE, credentialName: c}}", i, host))
	}
	for i := range n {
		fmt.Fprintf(&b, "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v%d, namespace: shop}, spec: {gateways: [infra/gw], hosts: [h%d.example.com], http: [{route: [{destination: {host: cart}}]}]}}\n---\n", i, i)
	}
	return []string{edge, gateway(strings.Join(list, ", ")), b.String()}
}

// BenchmarkBoundary builds the posture of a Gateway with many routes, behind one server for all names
// and behind a server for each: four times the routes must take about four times as long.
func BenchmarkBoundary(b *testing.B) {
	for _, n := range []int{625, 2500} {
		for _, servers := range []int{1, n} {
			docs := manyRoutes(servers, n)
			b.Run(fmt.Sprintf("%d servers %d routes", servers, n), func(b *testing.B) {
				snap, err := snapshot.Read(b.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := mesh.Build(b.Context(), snap, istio.New(installed)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
