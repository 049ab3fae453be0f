package linkerd_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// What leaves for Services of other clusters, and whether the far end learns who the client is.
func TestDepartToOtherClusters(t *testing.T) {
	t.Parallel()
	const viaEast = "mirror.linkerd.io/mirrored-service: 'true', mirror.linkerd.io/cluster-name: east"
	w := build(t, "2.20", namespaceM,
		mirrored("plain", "", ""),
		mirrored("told-east", viaEast, ""),
		"{apiVersion: v1, kind: Endpoints, metadata: {name: told-east, namespace: m, annotations: {mirror.linkerd.io/remote-gateway-identity: gateway}}}",
		mirrored("untold-east", viaEast, ""), "{apiVersion: v1, kind: Endpoints, metadata: {name: untold-east, namespace: m}}",
		mirrored("flat-east", "multicluster.linkerd.io/remote-discovery: east, multicluster.linkerd.io/remote-service: flat", ""),
		pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "u", ip: "10.0.0.2", bare: true}.String(),
		pod{name: "skips", ip: "10.0.0.3", annotations: "config.linkerd.io/skip-outbound-ports: '80'"}.String(),
		pod{name: "other", ip: "10.0.0.4", labels: "linkerd.io/control-plane-ns: linkerd-b"}.String())
	got := map[string][]string{}
	for _, e := range w.Exits() {
		line := []string{fmt.Sprint("outside ", e.Outside)}
		for _, client := range []string{"c", "u", "skips", "other"} {
			d := w.Depart(w.workload(t, client), e)
			if d.Sends != d.Beyond || len(d.Why) == 0 && len(d.Unknown) == 0 {
				t.Errorf("%s to %s: %+v", client, e.Host, d)
			}
			text := fmt.Sprint(client, " ", d.Sends, " ", d.Expects)
			if d.Sends == mesh.WireMesh {
				text += fmt.Sprint(" recognised ", d.Recognised)
			}
			line = append(line, text)
		}
		got[fmt.Sprint(e.Host, ":", e.Port)] = line
	}
	want := map[string][]string{
		"told-east.m.svc.cluster.local:80":   {"outside false", "c mesh gateway recognised false", "u plaintext ", "skips plaintext ", "other unknown "},
		"untold-east.m.svc.cluster.local:80": {"outside true", "c plaintext ", "u plaintext ", "skips plaintext ", "other unknown "},
		"flat-east.m.svc.cluster.local:80":   {"outside unknown", "c unknown ", "u plaintext ", "skips plaintext ", "other unknown "},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
