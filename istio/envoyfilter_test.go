package istio_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// An EnvoyFilter that reaches a sidecar's inbound listeners leaves the port's mode unverified.
func TestEnvoyFilter(t *testing.T) {
	t.Parallel()
	filter := func(ns, spec string) string {
		return fmt.Sprintf("{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {name: f, namespace: %s}, spec: {%s}}", ns, spec)
	}
	patch := func(applyTo, context string) string {
		return fmt.Sprintf("configPatches: [{applyTo: %s, match: {context: %s}, patch: {operation: REMOVE, value: {any: thing}}}]", applyTo, context)
	}
	cases := []struct {
		name string
		doc  string
		gap  bool
	}{
		{"inbound filter chain", filter("ns", patch("FILTER_CHAIN", "SIDECAR_INBOUND")), true},
		{"any context", filter("ns", patch("LISTENER", "ANY")), true},
		{"mesh-wide", filter("istio-system", patch("NETWORK_FILTER", "SIDECAR_INBOUND")), true},
		{"the whole of Envoy", filter("ns", "configPatches: [{applyTo: BOOTSTRAP, patch: {operation: MERGE, value: {}}}]"), true},
		{"selected by label", filter("ns", "workloadSelector: {labels: {app: w}}, "+patch("LISTENER", "ANY")), true},
		{"for other pods", filter("ns", "workloadSelector: {labels: {app: other}}, "+patch("LISTENER", "ANY")), false},
		{"of another namespace", filter("elsewhere", patch("LISTENER", "ANY")), false},
		{"for a Gateway", filter("ns", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], "+patch("LISTENER", "ANY")), false},
		{"outbound", filter("ns", patch("LISTENER", "SIDECAR_OUTBOUND")), false},
		{"an HTTP filter comes after the connection was accepted", filter("ns", patch("HTTP_FILTER", "SIDECAR_INBOUND")), false},
		{"not understood", filter("ns", "configPatches: [{applyTo: SOMETHING}]"), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, namespace(""), sidecarPod(""), peerAuth("ns", "pa", "mtls: {mode: STRICT}"), c.doc)
			in := workload(t, g, "p").Inbound(8080)
			named := false
			for _, gap := range in.Unknown {
				named = named || gap.Object.Kind.Kind == "EnvoyFilter" && gap.Pos().Line > 0
			}
			if in.Enforced != mesh.MTLSStrict || named != c.gap {
				t.Errorf("enforced %v with gaps %v; want strict, and the EnvoyFilter named: %v", in.Enforced, in.Unknown, c.gap)
			}
		})
	}
}
