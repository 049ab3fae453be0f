package linkerd

import (
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

// What the environment of a proxy shows of its trust anchors counts without the space around it.
// source: linkerd2 b24cd4059 pkg/healthcheck/healthcheck.go checkPodsProxiesCertificate.
func TestStartedWithAnchors(t *testing.T) {
	t.Parallel()
	const roots = "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-identity-trust-roots, namespace: linkerd}, data: {ca-bundle.crt: new}}\n---\n"
	pod := func(env string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop, uid: u}, " +
			"spec: {initContainers: [{name: linkerd-proxy, restartPolicy: Always, env: [{name: LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS, value: '" + env + "'}]}]}}"
	}
	tests := []struct {
		name, text string
		want       bool
	}{
		{"the same", roots + pod("new "), true},
		{"others", roots + pod("old"), false},
		{"none", roots + pod(""), false},
		{"nothing to compare with", pod(""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(tt.text), snapshot.Options{})
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
					if got := l.startedWithAnchors(p); got != tt.want {
						t.Errorf("startedWithAnchors = %v, want %v", got, tt.want)
					}
				}
			}
		})
	}
}
