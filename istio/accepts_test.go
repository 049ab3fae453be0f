package istio_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// ambientClient is in ambient mode, and has the identity that is named below.
var ambientClient = strings.NewReplacer("name: p\n", "name: d\n", "namespace: ns", "namespace: shop", "spec: {", "spec: {serviceAccountName: a, ").Replace(ambientPod(""))

// Whom a port accepts: connections and policies together, for sidecars and in ambient mode.
func TestAccepts(t *testing.T) {
	t.Parallel()
	const (
		strict = "mtls: {mode: STRICT}"
		named  = `rules: [{from: [{source: {principals: ["cluster.local/ns/shop/sa/a"]}}]}]`
		shop   = `rules: [{from: [{source: {namespaces: [shop]}}]}]`
		anyone = `rules: [{from: [{source: {principals: ["*"]}}]}]`
		path   = `rules: [{to: [{operation: {paths: [/healthz]}}]}]`
		none   = ""
	)
	for _, row := range []struct {
		name, mode string
		policies   []string
		want       mesh.Acceptance // of a sidecar
		ztunnel    mesh.Acceptance // where it is another
	}{
		{"permissive without policies", "mtls: {mode: PERMISSIVE}", nil, mesh.AcceptsAnybody, 0},
		{"strict without policies", strict, nil, mesh.AcceptsMesh, 0},
		{"strict, and any identity is asked for", strict, []string{anyone}, mesh.AcceptsMesh, 0},
		{"strict, and one principal is named", strict, []string{named}, mesh.AcceptsNamed, 0},
		{"strict, and a namespace is named", strict, []string{shop}, mesh.AcceptsNamed, 0},
		{"permissive, and one principal is named", "mtls: {mode: PERMISSIVE}", []string{named}, mesh.AcceptsNamed, 0},
		{"permissive, and a path is named", "mtls: {mode: PERMISSIVE}", []string{path}, mesh.AcceptsSomeOpenly, mesh.AcceptsNobody},
		{"strict, and nobody is allowed", strict, []string{none}, mesh.AcceptsNobody, 0},
	} {
		for _, server := range []string{sidecarPod(""), ambientPod("")} {
			docs := []string{
				clientPod("shop", "a", true), clientPod("bank", "b", true), ambientClient, clientPod("bank", "c", false),
				peerAuth("ns", "default", row.mode), httpService, server,
			}
			for _, p := range row.policies {
				docs = append(docs, authz("ns", "p", p))
			}
			g := build(t, installed, docs...)
			c := g.Callers(workload(t, g, "p"), 8080)
			want := row.want
			if row.ztunnel != 0 && server == ambientPod("") {
				want = row.ztunnel
			}
			if got := c.Accepts(); got != want {
				t.Errorf("%s, %s: accepts %v, want %v; newcomer: %v %v", row.name, workload(t, g, "p").Enrolment().Mode, got, want, c.Newcomer(), c.Newcomer().Unknown)
			}
		}
	}
}
