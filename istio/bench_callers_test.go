package istio_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// benchGraph builds the graph of a synthetic cluster once; the benchmark is skipped without generator.
func benchGraph(b *testing.B, size string) (g *mesh.Graph, floor benchcluster.Cost) {
	b.Helper()
	dir := b.TempDir()
	if err := benchcluster.Generate(b.Context(), size, dir); errors.Is(err, benchcluster.ErrNoGenerator) {
		b.Skip(err)
	} else if err != nil {
		b.Fatal(err)
	}
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
				if err := total.Measure(func() error { return allCallers(g) }); err != nil {
					b.Fatal(err)
				}
			}
			total.Report(b.ReportMetric, floor)
		})
	}
}

func allCallers(g *mesh.Graph) error {
	decided := 0
	for w := range g.Workloads() {
		for _, p := range w.Ports() {
			if p.Protocol == "TCP" {
				c := g.Callers(w, p.Number)
				decided += c.With(mesh.AccessAlways).Len() + c.With(mesh.AccessSometimes).Len() + c.With(mesh.AccessNever).Len()
			}
		}
	}
	if decided == 0 {
		return errors.New("no caller was judged")
	}
	return nil
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
			requests := randomRequests(g)
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

// randomRequests are a thousand requests.
func randomRequests(g *mesh.Graph) []mesh.Request {
	r := rand.New(rand.NewPCG(1, 2))
	var workloads []*mesh.Workload
	for w := range g.Workloads() {
		workloads = append(workloads, w)
	}
	var all []mesh.Request
	for len(all) < 1000 {
		to := workloads[r.IntN(len(workloads))]
		ports := to.Ports()
		if len(ports) == 0 {
			continue
		}
		all = append(all, mesh.Request{
			From: mesh.Client{Workload: workloads[r.IntN(len(workloads))]}, To: to, Port: ports[r.IntN(len(ports))].Number,
			HTTP: &mesh.HTTP{Method: "GET", Path: "/api/v1/items", Host: "shop"},
		})
	}
	return all
}
