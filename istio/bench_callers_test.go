package istio_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// generated is the folder of a synthetic cluster; the benchmark is skipped without generator.
func generated(b *testing.B, size string) string {
	b.Helper()
	dir := b.TempDir()
	if err := benchcluster.Generate(b.Context(), size, dir); errors.Is(err, benchcluster.ErrNoGenerator) {
		b.Skip(err)
	} else if err != nil {
		b.Fatal(err)
	}
	return dir
}

// benchGraph builds the graph of a synthetic cluster.
func benchGraph(b *testing.B, size string) (g *mesh.Graph, floor benchcluster.Cost) {
	b.Helper()
	dir := generated(b, size)
	all := filepath.Join(dir, "json", "all.json")
	adapter := istio.New(istio.Options{Version: "1.29.0"})
	snap, err := snapshot.Load(b.Context(), snapshot.Options{Keep: mesh.Reads(adapter)}, all)
	if err != nil {
		b.Fatal(err)
	}
	if g, err = mesh.Build(b.Context(), snap, adapter); err != nil {
		b.Fatal(err)
	}
	if floor, err = benchcluster.Floor(all); err != nil {
		b.Fatal(err)
	}
	return g, floor
}

// BenchmarkCallers asks for all callers of all ports. x-floor is the ratio of CPU time to decoding the
// cluster's JSON with encoding/json in the same run.
func BenchmarkCallers(b *testing.B) {
	for _, size := range []string{"M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes a minute; leave out -short to run it")
			}
			g, floor := benchGraph(b, size)
			var total benchcluster.Total
			for b.Loop() {
				if err := total.Measure(func() error { return benchcluster.AskCallers(g) }); err != nil {
					b.Fatal(err)
				}
			}
			total.Report(b.ReportMetric, floor)
		})
	}
}

// BenchmarkAuthorize asks one request after another of random clients to random ports, with the
// reasons of each: what one costs does not depend on the size of the cluster.
func BenchmarkAuthorize(b *testing.B) {
	for _, size := range []string{"S", "M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes a minute; leave out -short to run it")
			}
			g, _ := benchGraph(b, size)
			requests := benchcluster.Requests(g)
			for _, r := range requests {
				g.Authorize(r) // compiles what the first question about a port needs
			}
			for i := 0; b.Loop(); i++ {
				v := g.Authorize(requests[i%len(requests)])
				if len(v.Transport.Why) == 0 {
					b.Fatal("a verdict without reasons")
				}
			}
		})
	}
}
