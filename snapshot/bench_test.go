package snapshot_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/snapshot"
)

// BenchmarkLoad loads synthetic clusters. x-floor is the ratio of CPU time to decoding the JSON of
// the same objects with encoding/json in the same run; peak-MB is the largest heap.
func BenchmarkLoad(b *testing.B) {
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
			at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
			all := at("json/all.json")
			parts := []string{at("json/core.json"), at("json/pods.json"), at("json/istio.json")}
			b.Run("json", func(b *testing.B) { benchLoad(b, []string{all}, []string{all}) })
			b.Run("json-parts", func(b *testing.B) { benchLoad(b, parts, parts) })
			b.Run("yaml", func(b *testing.B) { benchLoad(b, []string{at("all")}, []string{all}) })
		})
	}
}

func benchLoad(b *testing.B, paths, floorPaths []string) {
	floor, err := benchcluster.Floor(floorPaths...)
	if err != nil {
		b.Fatal(err)
	}
	var total benchcluster.Total
	for b.Loop() {
		if err := total.Measure(func() error { return load(b, paths) }); err != nil {
			b.Fatal(err)
		}
	}
	total.Report(b.ReportMetric, floor)
}

func load(b *testing.B, paths []string) error {
	snap, err := snapshot.Load(b.Context(), snapshot.Options{}, paths...)
	if err != nil {
		return err
	}
	if problems := snap.Problems(); len(problems) > 0 {
		return fmt.Errorf("%d problems, the first of which is %v", len(problems), problems[0])
	}
	return nil
}
