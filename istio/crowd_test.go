package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// crowdedNamespace puts very many workloads and policies into one namespace, all of which meet.
func crowdedNamespace(n int) []string {
	docs := []string{namespace("istio-injection: enabled")}
	for i := range n {
		docs = append(docs,
			strings.Replace(deployment(fmt.Sprintf("own: w%d", i), "", ""), "name: w,", fmt.Sprintf("name: w%d,", i), 1),
			peerAuth("ns", fmt.Sprintf("all%04d", i), "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}"),
			peerAuth("ns", fmt.Sprintf("own%04d", i), fmt.Sprintf("selector: {matchLabels: {app: w, own: w%d}}, mtls: {mode: DISABLE}", i)),
			fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: s%d, namespace: ns}, spec: {selector: {app: w, own: w%d}, ports: [{name: http, port: 80, targetPort: 8080}]}}", i, i))
	}
	return docs
}

// Every answer about a crowd is right.
func TestCrowdedNamespace(t *testing.T) {
	t.Parallel()
	const n = 1200
	g := build(t, installed, crowdedNamespace(n)...)
	for w := range g.Workloads() {
		ports := w.Ports()
		if len(ports) != 1 {
			t.Fatalf("%s has ports %v, want one", w.ID(), ports)
		}
		if in := w.Inbound(ports[0].Number); in.Enforced != mesh.MTLSStrict || in.Protocol != mesh.ProtocolHTTP {
			t.Fatalf("%s: enforced %v with protocol %v, want strict and http: all0000 is the first by name", w.ID(), in.Enforced, in.Protocol)
		}
		w.Bypasses()
	}
	conflicts := g.Conflicts()
	if len(conflicts) != n || len(conflicts[0].Objects) != n+1 {
		t.Errorf("%d conflicts, the first with %d policies; want %d with %d", len(conflicts), len(conflicts[0].Objects), n, n+1)
	}
}

// BenchmarkCrowdedNamespace shows how the cost grows with the crowd: ns/workload stays near the same where it
// is in proportion to the input.
func BenchmarkCrowdedNamespace(b *testing.B) {
	for _, n := range []int{300, 1200} {
		docs := crowdedNamespace(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				g := build(b, installed, docs...)
				for w := range g.Workloads() {
					w.Inbound(w.Ports()[0].Number)
					w.Bypasses()
				}
				g.Conflicts()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/workload")
		})
	}
}

// TestCrowdedWorkload gives one workload thousands of pods that all differ.
func TestCrowdedWorkload(t *testing.T) {
	t.Parallel()
	const n = 5_000
	docs := []string{namespace("")}
	for i := range n {
		docs = append(docs, strings.NewReplacer(
			"name: p\n", fmt.Sprintf("name: p%d\n  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: w, uid: x, controller: true}]\n", i),
			"1.31.0", fmt.Sprintf("1.31.0-%d", i), "app: w,", fmt.Sprintf("app: w, own: p%d,", i),
		).Replace(sidecarPod("")))
	}
	for i := range 200 {
		docs = append(docs,
			peerAuth("ns", fmt.Sprint("pa", i), fmt.Sprintf("selector: {matchLabels: {app: w, own: p%d}}, mtls: {mode: STRICT}", i)),
			fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: s%d, namespace: ns}, spec: {selector: {app: w}, ports: [{name: http, port: 80, targetPort: %d}]}}", i, 8080+i))
	}
	w := workload(t, build(t, installed, docs...), "w")
	pods := 0
	for i, in := range w.Inbounds(8080) {
		want := mesh.MTLSStrict
		if i == 0 { // the weakest first: those without a policy of their own
			want = mesh.MTLSPermissive
		}
		if in.Enforced != want {
			t.Fatalf("answer %d for %d pods is %v, want %v", i, len(in.Pods), in.Enforced, want)
		}
		pods += len(in.Pods)
	}
	if pods != n {
		t.Errorf("answers for %d pods, want %d", pods, n)
	}
	if got := len(w.Ports()); got != 200 {
		t.Errorf("%d ports, want those of the 200 Services", got)
	}
	w.Bypasses()
}
