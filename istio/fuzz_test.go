package istio_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// FuzzCompile feeds any documents to the adapter: it must not panic, its answers must not depend
// on the order of the documents, and objects of kinds that it does not read must not change them.
func FuzzCompile(f *testing.F) {
	f.Add(strings.Join([]string{namespace("istio-injection: enabled"), deployment("", "", ""), peerAuth("ns", "pa", "mtls: {mode: STRICT}")}, "\n---\n"), uint64(1))
	f.Add(strings.Join([]string{namespace(""), sidecarPod(`traffic.sidecar.istio.io/excludeInboundPorts: "8080"`), peerAuth("ns", "pa", "selector: {matchLabels: {app: w}}, portLevelMtls: {8080: {mode: DISABLE}}")}, "\n---\n"), uint64(2))
	f.Add(strings.Join([]string{namespace("istio.io/dataplane-mode: ambient"), ambientPod(""), peerAuth("istio-system", "pa", "mtls: {mode: STRICT}")}, "\n---\n"), uint64(3))
	f.Add(istiod, uint64(4))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		docs := strings.Split(text, "\n---\n")
		if len(docs) > 30 || len(text) > 1<<16 {
			return
		}
		first := answersOf(t, docs)
		shuffled := append([]string{"{apiVersion: example.com/v1, kind: Other, metadata: {name: x, namespace: ns}}"}, docs...)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		second := answersOf(t, shuffled)
		if first == "" || second == "" {
			return // not wholly read, or the order decides which of two objects counts
		}
		if first != second {
			t.Errorf("the order of the documents, or an object of another kind, changes the answers:\n%s\n--- and\n%s", first, second)
		}
	})
}

// answersOf renders what the graph says, without positions. It is empty when a text could not be
// read, or an object stands twice.
func answersOf(t *testing.T, docs []string) string {
	t.Helper()
	snap, err := snapshot.Read(context.Background(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Skipped()) > 0 {
		return ""
	}
	for _, p := range snap.Problems() {
		if p.Code != source.ProblemNoNamespace {
			return ""
		}
	}
	g, err := mesh.Build(context.Background(), snap, istio.New(istio.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, "answers")
	for w := range g.Workloads() {
		fmt.Fprintln(&b, w.ID(), w.Enrolment().Mode, w.Enrolment().Cause, w.Inside())
		for _, p := range append(w.Ports(), mesh.Port{Number: 7}) {
			in := w.Inbound(p.Number)
			fmt.Fprintln(&b, " ", p.Number, in.Protocol, in.Captured, in.Declared, in.Enforced, in.Explicit)
		}
		for _, by := range w.Bypasses() {
			fmt.Fprintln(&b, "  bypass", by.Direction, by.Ports, by.CIDRs, by.Effective)
		}
	}
	for _, c := range g.Conflicts() {
		fmt.Fprintln(&b, c.Rule, c.Objects, c.Settled)
	}
	return b.String()
}
