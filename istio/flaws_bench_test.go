package istio_test

import (
	"path/filepath"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// BenchmarkFlaws lists the flaws of a cluster that has just been built; building it is not measured.
func BenchmarkFlaws(b *testing.B) {
	for _, size := range []string{"M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes a minute; leave out -short to run it")
			}
			dir := b.TempDir()
			if err := benchcluster.Generate(b.Context(), size, dir); err != nil {
				b.Skip(err)
			}
			adapter := istio.New(istio.Options{Version: "1.29.0"})
			snap, err := snapshot.Load(b.Context(), snapshot.Options{Keep: mesh.Reads(adapter)}, filepath.Join(dir, "json", "all.json"))
			if err != nil {
				b.Fatal(err)
			}
			found := 0
			for b.Loop() {
				b.StopTimer()
				g, err := mesh.Build(b.Context(), snap, adapter)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				found = len(g.Flaws())
			}
			b.ReportMetric(float64(found), "flaws")
		})
	}
}
