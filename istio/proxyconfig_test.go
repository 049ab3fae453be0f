package istio_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/istio"
)

// Whether injected sidecars take HBONE: the narrowest word about the proxy's environment counts, and that
// of a ProxyConfig for the pod before the pod's annotation.
// source: istio.io/istio 1.31 pilot/pkg/model/proxy_config.go EffectiveProxyConfig.
func TestProxyConfig(t *testing.T) {
	t.Parallel()
	config := func(ns, name, selector, value string) string {
		return fmt.Sprintf("{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {name: %s, namespace: %s, creationTimestamp: '2026-01-01T00:00:00Z'}, spec: {%s environmentVariables: {ISTIO_META_ENABLE_HBONE: %q}}}", name, ns, selector, value)
	}
	const own = "selector: {matchLabels: {app: w}}, "
	annotation := `proxy.istio.io/config: '{"proxyMetadata": {"ISTIO_META_ENABLE_HBONE": "true"}}'`
	on := installed
	on.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte(`defaultConfig: {proxyMetadata: {ISTIO_META_ENABLE_HBONE: "true"}}`)}
	cases := []struct {
		name       string
		opts       istio.Options
		annotation string
		docs       []string
		hbone      bool
		gaps       int
	}{
		{"nobody", installed, "", nil, false, 0},
		{"the mesh", on, "", nil, true, 0},
		{"the root namespace before the mesh", on, "", []string{config("istio-system", "a", "", "false")}, false, 0},
		{"the namespace before the root namespace", installed, "", []string{config("istio-system", "a", "", "false"), config("ns", "b", "", "true")}, true, 0},
		{"the annotation before the namespace", installed, annotation, []string{config("ns", "b", "", "false")}, true, 0},
		{"the pod's own before its annotation", installed, annotation, []string{config("ns", "b", own, "false")}, false, 0},
		{"another pod's", installed, "", []string{config("ns", "b", "selector: {matchLabels: {app: other}}, ", "true")}, false, 0},
		{"not understood", installed, "", []string{config("ns", "b", "selector: 7, ", "true")}, true, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := declared(t, build(t, c.opts, append(c.docs, namespace("istio-injection: enabled"), deployment("", c.annotation, ""))...), "w")
			gaps := 0
			for _, gap := range e.Unknown {
				if gap.Object.Kind.Kind == "ProxyConfig" {
					gaps++
				}
			}
			if got := slices.Contains(e.Advertises, "hbone"); got != c.hbone || gaps != c.gaps {
				t.Errorf("advertises %v with gaps %v; want HBONE %v and %d gaps", e.Advertises, e.Unknown, c.hbone, c.gaps)
			}
		})
	}
}
