package linkerd

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// FuzzReadCertificates: reading never panics, a text is either understood or at fault, nothing of it is
// told, and what the whole tells is told of a text that Linkerd does not refuse.
func FuzzReadCertificates(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n\n")
	f.Add("-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----\nrest")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		found, faults := readCertificates(text)
		if len(found) == 0 && len(faults) == 0 {
			t.Error("a text is neither understood nor at fault")
		}
		if end, _ := wellFormed([]byte(text)); end < 0 || end > len(text) {
			t.Errorf("%d of %d bytes are read", end, len(text))
		}
		again, more := readCertificates(text + "\njunk")
		if len(again) < len(found) || len(more) == 0 {
			t.Errorf("junk takes certificates away, or is not noticed: %d of %d, %q", len(again), len(found), more)
		}
	})
}

// A proxy that was started with other anchors is told by its environment, else by the hash that the injector
// has left on the pod; space around the text does not matter, but for the hash.
// source: linkerd2 b24cd4059 pkg/inject/inject.go injectObjectMeta, pkg/healthcheck/healthcheck.go checkPodsProxiesCertificate.
func TestStaleAnchors(t *testing.T) {
	t.Parallel()
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	const roots = "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-identity-trust-roots, namespace: linkerd}, data: {ca-bundle.crt: new}}"
	pod := func(namespace, annotation, env string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: " + namespace + ", uid: u, annotations: {linkerd.io/trust-root-sha256: '" + annotation + "'}}, " +
			"spec: {initContainers: [{name: linkerd-proxy, restartPolicy: Always, env: [{name: LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS, value: '" + env + "'}]}]}}"
	}
	tests := []struct {
		name string
		docs []string
		want string // the field
	}{
		{"the same hash", []string{roots, pod("shop", hash("new"), "")}, ""},
		{"another hash", []string{roots, pod("shop", hash("old"), "")}, `metadata.annotations["linkerd.io/trust-root-sha256"]`},
		{"the same text", []string{roots, pod("shop", hash("new "), "new ")}, ""},
		{"another text", []string{roots, pod("shop", hash("new"), "old")}, "spec.initContainers[0].env"},
		{"nothing to compare with", []string{pod("shop", hash("old"), "old")}, ""},
		{"the control plane's own", []string{roots, pod("linkerd", hash("old"), "old")}, ""},
		{"a pod that tells nothing", []string{roots, pod("shop", "", "")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(tt.docs, "\n---\n")), snapshot.Options{})
			if err != nil {
				t.Fatal(err)
			}
			g, err := mesh.Build(t.Context(), snap, New(Options{}))
			if err != nil {
				t.Fatal(err)
			}
			l, ok := g.Layer(Name).(*Layer)
			if !ok {
				t.Fatal("no layer")
			}
			for w := range g.Workloads() {
				for p := range w.Pods() {
					step, stale := l.staleAnchors(p)
					if got := step.Loc.Field(); stale != (tt.want != "") || stale && got != tt.want {
						t.Errorf("stale %v by %q, want %q", stale, got, tt.want)
					}
				}
			}
		})
	}
}
