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

// BenchmarkSenders groups all workloads of a synthetic cluster by what they send, for every port of
// every Service. An operation is all ports once.
func BenchmarkSenders(b *testing.B) {
	for _, size := range []string{"S", "M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes minutes; leave out -short to run it")
			}
			dir := b.TempDir()
			if err := benchcluster.Generate(b.Context(), size, dir); errors.Is(err, benchcluster.ErrNoGenerator) {
				b.Skip(err)
			} else if err != nil {
				b.Fatal(err)
			}
			adapter := istio.New(istio.Options{})
			snap, err := snapshot.Load(b.Context(), snapshot.Options{Keep: mesh.Reads(adapter)}, filepath.Join(dir, "json", "all.json"))
			if err != nil {
				b.Fatal(err)
			}
			g, err := mesh.Build(b.Context(), snap, adapter)
			if err != nil {
				b.Fatal(err)
			}
			benchSenders(b, g)
		})
	}
}

func benchSenders(b *testing.B, g *mesh.Graph) {
	layer := g.Layer(istio.Name).(*istio.Layer)
	var targets []mesh.Target
	for w := range g.Workloads() {
		for _, p := range w.Ports() {
			for _, way := range g.Ways(w, p.Number) {
				if way.Service != nil && way.Leads(w.Variants()[0].Pod, p.Number) {
					v := w.Variants()[0]
					targets = append(targets, mesh.Target{Server: v, Port: p.Number, Way: way, Inbound: layer.Inbound(v.Pod, v.Enrolment, p.Number)})
				}
			}
		}
	}
	groups := 0
	for b.Loop() {
		for _, t := range targets {
			groups += len(layer.Senders(t))
		}
	}
	b.ReportMetric(float64(len(targets)), "targets")
	b.ReportMetric(float64(groups)/float64(b.N*len(targets)), "groups/target")
}
