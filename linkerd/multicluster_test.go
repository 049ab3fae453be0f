package linkerd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/truth"
)

// mirrored writes a Service of namespace m without a selector.
func mirrored(name, labels, annotations string) string {
	return "{apiVersion: v1, kind: Service, metadata: {name: " + name + ", namespace: m, labels: {" + labels + "}, annotations: {" + annotations + "}}, spec: {ports: [{port: 80}]}}"
}

const gatewayID = "linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local"

const linkEast = "{apiVersion: multicluster.linkerd.io/v1alpha3, kind: Link, metadata: {name: east, namespace: linkerd-multicluster}, spec: {" +
	"targetClusterName: east, gatewayIdentity: by-link, selector: {matchLabels: {mirror.linkerd.io/exported: 'true'}}, " +
	"remoteDiscoverySelector: {matchLabels: {mirror.linkerd.io/exported: remote-discovery}}, federatedServiceSelector: {matchLabels: {mirror.linkerd.io/federated: member}}}}"

func TestMirror(t *testing.T) {
	t.Parallel()
	const viaEast = "mirror.linkerd.io/mirrored-service: 'true', mirror.linkerd.io/cluster-name: east"
	docs := []string{
		namespaceM, linkEast,
		mirrored("plain", "", ""),
		mirrored("told-east", viaEast, ""),
		"{apiVersion: v1, kind: Endpoints, metadata: {name: told-east, namespace: m, annotations: {mirror.linkerd.io/remote-gateway-identity: " + gatewayID + "}}, subsets: [{addresses: [{ip: 203.0.113.9}]}]}",
		mirrored("untold-east", viaEast, ""),
		"{apiVersion: v1, kind: Endpoints, metadata: {name: untold-east, namespace: m}}",
		mirrored("linked-east", viaEast, ""),
		mirrored("lost-west", "mirror.linkerd.io/mirrored-service: 'true', mirror.linkerd.io/cluster-name: west", ""),
		mirrored("flat-east", viaEast+", multicluster.linkerd.io/remote-discovery: east, multicluster.linkerd.io/remote-service: flat", ""),
		mirrored("nameless-east", viaEast+", multicluster.linkerd.io/remote-discovery: east", ""),
		mirrored("all-federated", "mirror.linkerd.io/mirrored-service: 'true'", "multicluster.linkerd.io/remote-discovery: 'all@west,all@east', multicluster.linkerd.io/local-discovery: all"),
		mirrored("odd-federated", "", "multicluster.linkerd.io/remote-discovery: 'all,all@east'"),
	}
	type answer struct {
		Mode, Clusters, Identity string
		Seen                     truth.Value
		Gaps                     int
	}
	want := map[string]answer{
		"plain":         {Mode: "none"},
		"told-east":     {"gateway", "east", gatewayID, truth.False, 0},
		"untold-east":   {"gateway", "east", "", truth.False, 0},
		"linked-east":   {"gateway", "east", "by-link", truth.False, 0},
		"lost-west":     {"gateway", "west", "", truth.False, 1},
		"flat-east":     {"flat", "east", "", truth.True, 0},
		"nameless-east": {"flat", "east", "", truth.True, 1},
		"all-federated": {"federated", "east local west", "", truth.True, 0},
		"odd-federated": {"federated", "east", "", truth.True, 1},
	}
	w := build(t, "2.20", docs...)
	slices.Reverse(docs)
	reversed := build(t, "2.20", docs...)
	for name, want := range want {
		for _, w := range []world{w, reversed} {
			m := w.layer.Mirror(w.service(t, name))
			got := answer{m.Mode.String(), strings.Join(m.Clusters, " "), m.ServerIdentity, m.ClientSeen, len(m.Unknown)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	// Before 2.17 discovery did not know of federated Services.
	old := build(t, "2.16", docs...)
	if m := old.layer.Mirror(old.service(t, "all-federated")); m.Mode != linkerd.MirrorGateway {
		t.Errorf("2.16: a federated Service is %s, want what its other labels say", m.Mode)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	const west = "{apiVersion: multicluster.linkerd.io/v1alpha3, kind: Link, metadata: {name: west, namespace: linkerd-multicluster}, spec: {targetClusterName: west, selector: {}}}"
	w := build(t, "2.20", namespaceM, linkEast, west,
		mirrored("gw", "mirror.linkerd.io/exported: 'true'", ""), mirrored("flat", "mirror.linkerd.io/exported: remote-discovery", ""),
		mirrored("both", "mirror.linkerd.io/exported: 'true', mirror.linkerd.io/federated: member", ""), mirrored("own", "", ""))
	for name, want := range map[string][]string{
		"gw": {"east gateway gw-east"}, "flat": {"east flat flat-east"}, "both": {"east gateway both-east", "east federated both-federated"},
		"own": nil, // an empty selector takes nothing in
	} {
		var got []string
		for _, e := range w.layer.Exports(w.service(t, name)) {
			got = append(got, e.Link.Name+" "+e.As.String()+" "+e.MirrorName)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if _, ok := w.layer.Export(w.service(t, name)); ok != (want != nil) {
			t.Errorf("%s: Export says %v", name, ok)
		}
	}
}
