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

// FuzzFacts feeds any documents to the adapter: what it says of control planes, components, overrides,
// telemetry and traffic policies must not depend on the order of the documents, and it must not panic.
func FuzzFacts(f *testing.F) {
	root := rootPEM(f, "Root", expiry)
	f.Add(strings.Join([]string{istiod, rootMap("ns", root), secret("cacerts", "root-cert.pem", root, "ca-cert.pem", root)}, "\n---\n"), uint64(1))
	f.Add(strings.Join([]string{
		namespace(""), sidecarPod(""), telemetryOf("ns", "b", 1, "tracing: [{randomSamplingPercentage: 5}]"), telemetryOf("ns", "a", 1, "tracing: [{randomSamplingPercentage: 6}]"),
		telemetryOf("ns", "w", 2, "selector: {matchLabels: {app: w}}, metrics: [{overrides: [{disabled: true}]}], accessLogging: [{providers: [{name: envoy}]}]"),
	}, "\n---\n"), uint64(2))
	f.Add(strings.Join([]string{
		namespace(""), sidecarPod(""), envoyFilter("istio-system", "configPatches: [{applyTo: HTTP_FILTER, match: {proxy: {proxyVersion: '('}}, patch: {operation: MERGE, value: {typed_config: 3}}}, {applyTo: CLUSTER}]"),
		"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: d, namespace: ns}, spec: {host: s, trafficPolicy: {outlierDetection: {}, portLevelSettings: [{connectionPool: {}}]}}}",
		"{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {name: p, namespace: ns}, spec: {environmentVariables: {ISTIO_META_ENABLE_HBONE: 'true'}}}",
	}, "\n---\n"), uint64(3))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		docs := strings.Split(text, "\n---\n")
		if len(docs) > 30 || len(text) > 1<<16 {
			return
		}
		first := factsIn(t, docs)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		if second := factsIn(t, docs); first != "" && second != "" && first != second {
			t.Errorf("the order of the documents changes the facts:\n%s\n--- and\n%s", first, second)
		}
	})
}

// factsIn renders the facts without positions; empty for a text that is not wholly read, or in which an
// object stands twice.
func factsIn(t *testing.T, docs []string) string {
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
	g, err := mesh.Build(context.Background(), snap, istio.New(istio.Options{ReadSecrets: true}))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, "facts")
	for _, cp := range g.ControlPlanes() {
		fmt.Fprintln(&b, cp.Revision, cp.Version, cp.CA.Kind, cp.CA.Issuer, cp.CA.Address, cp.CA.Lifetime, len(cp.CA.Unknown), len(cp.Replicas.Unknown))
		for _, c := range append(cp.CA.Roots, cp.CA.Issuers...) {
			fmt.Fprintln(&b, " ", c.Subject, c.NotAfter, c.Fingerprint, c.In)
		}
	}
	for _, c := range g.Components() {
		fmt.Fprintln(&b, c.Kind, c.Revision, c.Version, c.Skew, c.Workloads, c.Pods)
	}
	for _, o := range g.Overrides() {
		fmt.Fprintln(&b, o.Object, o.Aspects, o.Alters, o.Aimed, o.Everyone, o.Workloads)
	}
	for _, p := range g.TrafficPolicies() {
		fmt.Fprintln(&b, p.Host, p.Object, p.Scope, p.Via, p.Retries, p.Outliers, p.Limits, p.Locality)
	}
	for w := range g.Workloads() {
		for _, tel := range w.Telemetry() {
			fmt.Fprintln(&b, w.ID(), tel.Proxy, tel.L7, len(tel.Tracing), len(tel.Logs), len(tel.Metrics), len(tel.Unknown))
			for _, tr := range tel.Tracing {
				fmt.Fprintln(&b, " ", tr.Direction, tr.Enabled, tr.Provider, tr.Protocol, tr.Address, tr.Sampler, tr.Tags, tr.Sampling != nil)
			}
			for _, l := range tel.Logs {
				fmt.Fprintln(&b, " ", l.Direction, l.Provider, l.Enabled, l.Filter)
			}
			for _, m := range tel.Metrics {
				fmt.Fprintln(&b, " ", m.Direction, m.Provider, m.Enabled, m.Overrides)
			}
		}
	}
	return b.String()
}
