// Package benchcluster gives benchmarks synthetic clusters, and measures what work on them costs
// beside a floor: decoding the same JSON with encoding/json, in the same run on the same machine.
// Only tests import it.
package benchcluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"time"
)

// ErrNoGenerator says that the generator of clusters does not stand beside the repository.
var ErrNoGenerator = errors.New("no generator of clusters in ../shared/tools/gencluster")

// Generate writes the cluster of a size (S, M or L) below dir: json/all.json and its parts
// json/core.json, json/pods.json, json/netpol.json and json/istio.json as kubectl prints Lists,
// and the folder all with the same objects as YAML. The same size gives the same bytes.
func Generate(ctx context.Context, size, dir string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	tool := filepath.Join(root, "..", "shared", "tools", "gencluster")
	if _, err := os.Stat(tool); err != nil {
		return ErrNoGenerator
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-size", size, "-out", dir)
	cmd.Dir = tool
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run the generator: %w\n%s", err, out)
	}
	return nil
}

// moduleRoot is the nearest folder above the working directory that holds go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return "", errors.New("no go.mod above the working directory")
	}
}

// Cost is what a piece of work took.
type Cost struct {
	Wall      time.Duration
	CPU       time.Duration // of all threads, garbage collection included
	Allocated uint64        // bytes, over the whole run
	Peak      uint64        // bytes of the largest heap, live and not yet swept
}

// Measure runs work once, after a garbage collection.
func Measure(work func() error) (Cost, error) {
	runtime.GC()
	peak, stop := watchHeap()
	allocated, cpu, start := allocations(), cpuTime(), time.Now()
	err := work()
	cost := Cost{Wall: time.Since(start), CPU: cpuTime() - cpu, Allocated: allocations() - allocated}
	stop()
	cost.Peak = *peak
	return cost, err
}

// Total adds up runs of the same work. The zero Total has none.
type Total struct {
	runs int
	cost Cost // Peak is the largest
}

// Measure measures one more run.
func (t *Total) Measure(work func() error) error {
	cost, err := Measure(work)
	t.runs++
	t.cost.Wall += cost.Wall
	t.cost.CPU += cost.CPU
	t.cost.Allocated += cost.Allocated
	t.cost.Peak = max(t.cost.Peak, cost.Peak)
	return err
}

// Report hands over what one run took, as testing.B.ReportMetric takes it: x-floor, the ratio of
// its CPU time to the floor's; the CPU time; the bytes allocated; and the largest heap of all runs.
func (t *Total) Report(metric func(value float64, unit string), floor Cost) {
	runs := float64(max(t.runs, 1))
	metric(float64(t.cost.CPU)/runs/float64(floor.CPU), "x-floor")
	metric(float64(t.cost.CPU.Milliseconds())/runs, "cpu-ms/op")
	metric(float64(t.cost.Allocated)/runs/(1<<20), "alloc-MB/op")
	metric(float64(t.cost.Peak)/(1<<20), "peak-MB")
}

// Floor measures decoding JSON files into untyped values with encoding/json.
func Floor(paths ...string) (Cost, error) {
	var texts [][]byte
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return Cost{}, err
		}
		texts = append(texts, data)
	}
	return Measure(func() error {
		for _, text := range texts {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				return err
			}
		}
		return nil
	})
}

// allocations is the number of bytes allocated since the process began.
func allocations() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// watchHeap notes the largest heap until stop is called; peak may be read after that.
func watchHeap() (peak *uint64, stop func()) {
	peak = new(uint64)
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
	return peak, func() {
		close(done)
		<-ended
	}
}
