package kube_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// BenchmarkDecode decodes an injected pod of 5 KB. The metric x-floor is its time divided by that
// of encoding/json for the same bytes into an any, measured in the same run.
func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile("testdata/injected-pod.json")
	if err != nil {
		b.Fatal(err)
	}
	obj := source.Object{Ref: source.Ref{Kind: kube.KindPod, Namespace: "shop", Name: "cart"}, Version: "v1", JSON: data}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := kube.Decode[kube.Pod](obj); problems != nil {
			b.Fatal(problems)
		}
	}
	perDecode := float64(b.Elapsed()) / float64(b.N)
	b.ReportMetric(perDecode/floor(b, data), "x-floor")
}

// floor is the time in nanoseconds that encoding/json needs for data.
func floor(b *testing.B, data []byte) float64 {
	b.Helper()
	const rounds = 2000
	start := time.Now()
	for range rounds {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
	return float64(time.Since(start)) / rounds
}
