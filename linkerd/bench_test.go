package linkerd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// benchSnapshot loads a synthetic cluster, and measures decoding its pods and policies with encoding/json.
func benchSnapshot(b *testing.B, size string) (snap *snapshot.Snapshot, floor benchcluster.Cost) {
	b.Helper()
	var text bytes.Buffer
	if err := benchcluster.Linkerd(&text, size); err != nil {
		b.Fatal(err)
	}
	list := append(append([]byte("["), bytes.ReplaceAll(bytes.TrimSpace(text.Bytes()), []byte("\n"), []byte(","))...), ']')
	file := filepath.Join(b.TempDir(), "all.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		b.Fatal(err)
	}
	floor, err := benchcluster.Floor(file)
	if err != nil {
		b.Fatal(err)
	}
	opts := snapshot.Options{Keep: mesh.Reads(linkerd.New(linkerd.Options{}))}
	if snap, err = snapshot.Read(b.Context(), "cluster.json", &text, opts); err != nil {
		b.Fatal(err)
	}
	return snap, floor
}

func benchGraph(b *testing.B, size string) (*mesh.Graph, benchcluster.Cost) {
	b.Helper()
	snap, floor := benchSnapshot(b, size)
	g, err := mesh.Build(b.Context(), snap, linkerd.New(linkerd.Options{}))
	if err != nil {
		b.Fatal(err)
	}
	return g, floor
}

// eachSize runs a benchmark for the sizes M and L.
func eachSize(b *testing.B, run func(b *testing.B, size string)) {
	b.Helper()
	for _, size := range []string{"M", "L"} {
		b.Run(size, func(b *testing.B) {
			if size == "L" && testing.Short() {
				b.Skip("size L takes a while; leave out -short to run it")
			}
			run(b, size)
		})
	}
}

// BenchmarkBuild compiles the graph. x-floor is the ratio of CPU time to decoding the cluster's JSON with
// encoding/json in the same run.
func BenchmarkBuild(b *testing.B) {
	eachSize(b, func(b *testing.B, size string) {
		snap, floor := benchSnapshot(b, size)
		var total benchcluster.Total
		for b.Loop() {
			err := total.Measure(func() error {
				_, err := mesh.Build(b.Context(), snap, linkerd.New(linkerd.Options{}))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		total.Report(b.ReportMetric, floor)
	})
}

// BenchmarkCallers asks for all callers of all ports, of a graph that nobody has asked yet.
func BenchmarkCallers(b *testing.B) {
	eachSize(b, func(b *testing.B, size string) {
		snap, floor := benchSnapshot(b, size)
		var total benchcluster.Total
		for b.Loop() {
			b.StopTimer()
			g, err := mesh.Build(b.Context(), snap, linkerd.New(linkerd.Options{}))
			if err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if err := total.Measure(func() error { return benchcluster.AskCallers(g) }); err != nil {
				b.Fatal(err)
			}
		}
		total.Report(b.ReportMetric, floor)
	})
}

// BenchmarkAuthorize asks one request after another of random clients to random ports, with the reasons
// of each: what one costs does not depend on the size of the cluster.
func BenchmarkAuthorize(b *testing.B) {
	eachSize(b, func(b *testing.B, size string) {
		g, _ := benchGraph(b, size)
		requests := benchcluster.Requests(g)
		for _, r := range requests {
			g.Authorize(r) // compiles what the first question about a port needs
		}
		for i := 0; b.Loop(); i++ {
			if v := g.Authorize(requests[i%len(requests)]); len(v.Transport.Why) == 0 {
				b.Fatal("a verdict without reasons")
			}
		}
	})
}
