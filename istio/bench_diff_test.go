package istio_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// BenchmarkDiff compares a synthetic cluster with itself, and with itself without its PeerAuthentications,
// which changes what most ports take. x-floor is the ratio of CPU time to decoding the cluster's JSON with
// encoding/json in the same run.
func BenchmarkDiff(b *testing.B) {
	for _, size := range []string{"M", "L"} {
		if size == "L" && testing.Short() {
			continue // takes minutes; leave out -short to run it
		}
		before, floor := benchGraph(b, size)
		b.Run(size+"/same", func(b *testing.B) { benchDiff(b, before, before, floor) })
		after := benchGraphWithout(b, size, source.Kind{Group: "security.istio.io", Kind: "PeerAuthentication"})
		b.Run(size+"/permissive", func(b *testing.B) { benchDiff(b, before, after, floor) })
	}
}

func benchDiff(b *testing.B, before, after *mesh.Graph, floor benchcluster.Cost) {
	var total benchcluster.Total
	var d mesh.Difference
	for b.Loop() {
		if err := total.Measure(func() error { d = mesh.Diff(before, after); return nil }); err != nil {
			b.Fatal(err)
		}
	}
	if d.IsEmpty() != (before == after) {
		b.Errorf("%d changes", len(d.Changes))
	}
	b.ReportMetric(float64(len(d.Changes)), "changes")
	total.Report(b.ReportMetric, floor)
}

// benchGraphWithout is benchGraph without the objects of one kind.
func benchGraphWithout(b *testing.B, size string, kind source.Kind) *mesh.Graph {
	b.Helper()
	dir := generated(b, size)
	adapter := istio.New(istio.Options{Version: "1.29.0"})
	keep := slices.DeleteFunc(mesh.Reads(adapter), func(k source.Kind) bool { return k == kind })
	snap, err := snapshot.Load(b.Context(), snapshot.Options{Keep: keep}, filepath.Join(dir, "json", "all.json"))
	if err != nil {
		b.Fatal(err)
	}
	g, err := mesh.Build(b.Context(), snap, adapter)
	if err != nil {
		b.Fatal(err)
	}
	return g
}
