package istio_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// FuzzFlaws lists the flaws of any documents, with and without control plane, and with what validation
// refuses: it must not panic, each flaw must name its object and a reason, and the order of the documents
// must not matter.
func FuzzFlaws(f *testing.F) {
	for _, mode := range []string{"sidecar", "ambient", "none"} {
		f.Add(strings.Join([]string{
			namespace(""), flawPod("ns", "w", mode), flawService("ns", "istio.io/use-waypoint: wp"), waypointGW, meshOf("trustDomain: td"),
			authz("ns", "a", "action: DENY, rules: [{from: [{source: {principals: ['spiffe://x'], trustDomains: [x]}}], to: [{operation: {methods: [GET], ports: ['80']}}], when: [{key: request.headers[x], values: [y]}]}]"),
			authz("ns", "b", "action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {namespaces: ['n*a']}}]}]"),
			requestAuthn("ns", "jwtRules: [{issuer: i}]"), destRule("ns", "host: s.ns, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}"),
			peerAuth("ns", "p", "selector: {matchLabels: {app: w}}, portLevelMtls: {80: {mode: DISABLE}}"),
		}, "\n---\n"), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		docs := strings.Split(text, "\n---\n")
		if len(docs) > 30 || len(text) > 1<<16 {
			return
		}
		shuffled := append([]string(nil), docs...)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, opts := range []istio.Options{{}, {KeepInvalid: true, Version: "1.24.0"}, {Revisions: []istio.Revision{}}} {
			first, ok := flawsOfText(t, opts, docs)
			second, also := flawsOfText(t, opts, shuffled)
			if diff := cmp.Diff(first, second); ok && also && diff != "" {
				t.Errorf("the order of the documents matters (-first +shuffled):\n%s", diff)
			}
		}
	})
}

// flawsOfText are the flaws of documents; false when they could not all be read, or an object stands twice.
func flawsOfText(t *testing.T, opts istio.Options, docs []string) ([]string, bool) {
	t.Helper()
	snap, err := snapshot.Read(context.Background(), "in.yaml", bytes.NewBufferString(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(context.Background(), snap, istio.New(opts))
	if err != nil {
		t.Fatal(err)
	}
	for _, flaw := range g.Flaws() {
		if flaw.Object.IsZero() || flaw.Rule == "" || flaw.Detail == "" {
			t.Errorf("a flaw without object, rule or reason: %+v", flaw)
		}
	}
	for _, p := range snap.Problems() {
		if p.Code != source.ProblemNoNamespace {
			return nil, false
		}
	}
	return flawLines(g), len(snap.Skipped()) == 0
}
