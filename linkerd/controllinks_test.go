package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/linkerd"
)

// Each selector of a Link is a way to the other cluster; one that is empty is none.
// source: linkerd2 b24cd4059 multicluster/service-mirror/cluster_watcher.go.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := func(name, spec string) string {
		return "{apiVersion: multicluster.linkerd.io/v1alpha3, kind: Link, metadata: {name: " + name + ", namespace: linkerd-multicluster}, spec: {" + spec + "}}"
	}
	const (
		gateway   = "gatewayAddress: 'gw.example, 192.0.2.1', gatewayPort: '4143', gatewayIdentity: gw.id, selector: {matchLabels: {a: b}}, "
		direct    = "remoteDiscoverySelector: {matchLabels: {a: c}}, "
		federated = "federatedServiceSelector: {matchLabels: {a: d}}, "
	)
	docs := []string{
		linkerdConfig("linkerd", "linkerdVersion: %s"), linkerdConfig("old", "linkerdVersion: 2.14.0"),
		link("west", "targetClusterName: west, "+gateway+direct+federated), link("east", "targetClusterName: east, targetClusterLinkerdNamespace: l5d, selector: {}"),
		link("own", federated), link("blind", "targetClusterName: blind, selector: {matchLabels: {a: b}}"),
	}
	tests := []struct {
		version string
		want    []string
	}{
		{"2.18.0", []string{
			" [joined] [] : linkerd/link linkerd/link-way",
			"blind [] [] : linkerd/link",
			"east [] [] : linkerd/link linkerd/link-namespace",
			"west [gateway direct joined] [gw.example:4143 192.0.2.1:4143] gw.id: linkerd/link linkerd/link-way linkerd/link-way linkerd/link-way",
		}},
		{"2.16.0", []string{
			" [] [] : linkerd/link",
			"blind [] [] : linkerd/link",
			"east [] [] : linkerd/link linkerd/link-namespace",
			"west [gateway direct] [gw.example:4143 192.0.2.1:4143] gw.id: linkerd/link linkerd/link-way linkerd/link-way",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.version, func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(strings.Join(docs, "\n---\n"), "%s", tt.version)
			planes := controlGraph(t, linkerd.Options{}, text).ControlPlanes()
			var got []string
			for _, l := range planes[0].Links {
				line := fmt.Sprint(l.Cluster, " ", l.Ways, " ", l.Gateways, " ", l.Identity, ":")
				for _, s := range l.Why {
					line += " " + s.Rule
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			if len(planes[1].Links) != 0 {
				t.Errorf("the links are those of both control planes: %v", planes[1].Links)
			}
		})
	}
}
