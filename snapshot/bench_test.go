package snapshot

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// BenchmarkLoad loads synthetic clusters. x-floor is the ratio to decoding the JSON of the same
// objects into `any` with encoding/json, one core, measured in the same run; peak-MB is the
// largest live and not yet swept heap while loading.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []string{"S", "M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L is not short")
			}
			dir := generate(b, size)
			at := func(names ...string) []string {
				var paths []string
				for _, n := range names {
					paths = append(paths, filepath.Join(dir, n))
				}
				return paths
			}
			all := at("json/all.json")
			parts := at("json/core.json", "json/pods.json", "json/istio.json")
			b.Run("json", func(b *testing.B) { benchLoad(b, all, all) })
			b.Run("json-parts", func(b *testing.B) { benchLoad(b, parts, parts) })
			b.Run("yaml", func(b *testing.B) { benchLoad(b, at("all"), all) })
		})
	}
}

// generate makes a synthetic cluster in a temporary directory.
func generate(b *testing.B, size string) string {
	b.Helper()
	tool, err := filepath.Abs("../../shared/tools/gencluster")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		b.Skip("no generator of clusters beside the repository")
	}
	dir := b.TempDir()
	cmd := exec.Command("go", "run", ".", "-size", size, "-out", dir)
	cmd.Dir = tool
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Skipf("the generator does not run: %v\n%s", err, out)
	}
	return dir
}

func benchLoad(b *testing.B, paths, floorPaths []string) {
	b.ReportAllocs()
	floor := floorOf(b, floorPaths)
	peak := uint64(0)
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		stop := watchHeap(&peak)
		b.StartTimer()
		s, err := Load(b.Context(), Options{}, paths...)
		b.StopTimer()
		stop()
		if err != nil || len(s.Problems()) > 0 {
			b.Fatal(err, s.Problems())
		}
		runtime.KeepAlive(s)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(floor), "x-floor")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

// floorOf is the time that encoding/json takes for the same objects, reading not included.
func floorOf(b *testing.B, paths []string) time.Duration {
	b.Helper()
	var total time.Duration
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
		total += time.Since(start)
	}
	return total
}

// watchHeap notes the largest heap until the returned function is called.
func watchHeap(peak *uint64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			*peak = max(*peak, sample[0].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
