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

// BenchmarkPosture loads a synthetic cluster and builds its Istio posture, with the mode of every
// declared port. x-floor is the ratio of CPU time to decoding the same JSON with encoding/json in
// the same run; peak-MB is the largest heap.
func BenchmarkPosture(b *testing.B) {
	for _, size := range []string{"S", "M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes minutes; leave out -short to run it")
			}
			dir := generated(b, size)
			all := filepath.Join(dir, "json", "all.json")
			b.Run("json", func(b *testing.B) { benchPosture(b, all, all) })
			b.Run("yaml", func(b *testing.B) { benchPosture(b, filepath.Join(dir, "all"), all) })
		})
	}
}

func benchPosture(b *testing.B, path, floorPath string) {
	floor, err := benchcluster.Floor(floorPath)
	if err != nil {
		b.Fatal(err)
	}
	var total benchcluster.Total
	for b.Loop() {
		if err := total.Measure(func() error { return posture(b, path) }); err != nil {
			b.Fatal(err)
		}
	}
	total.Report(b.ReportMetric, floor)
}

func posture(b *testing.B, path string) error {
	adapter := istio.New(istio.Options{})
	snap, err := snapshot.Load(b.Context(), snapshot.Options{Keep: mesh.Reads(adapter)}, path)
	if err != nil {
		return err
	}
	g, err := mesh.Build(b.Context(), snap, adapter)
	if err != nil {
		return err
	}
	ports := 0
	for w := range g.Workloads() {
		for _, p := range w.Ports() {
			if w.Inbound(p.Number).Enforced != mesh.MTLSUnknown {
				ports++
			}
		}
	}
	if ports == 0 {
		return errors.New("no port was judged")
	}
	return nil
}
