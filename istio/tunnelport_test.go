package istio_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// The port that the network sees: HBONE has one of its own, whatever port the tunnel names.
func TestTransportPort(t *testing.T) {
	t.Parallel()
	sidecarClient := clientPod("shop", "c", true)
	ambient := strings.NewReplacer("name: p\n", "name: c\n", "namespace: ns", "namespace: shop").Replace(ambientPod(""))
	for _, row := range []struct {
		name, client, server string
		sends                mesh.Wire
		want                 uint16
	}{
		{"between sidecars", sidecarClient, sidecarPod(""), mesh.WireMesh, 0},
		{"in ambient mode", ambient, ambientPod(""), mesh.WireTunnel, 15008},
		{"from ambient mode to a sidecar without HBONE", ambient, sidecarPod(""), mesh.WirePlaintext, 0},
	} {
		g := build(t, installed, httpService, row.client, row.server)
		client, server := workload(t, g, "c"), workload(t, g, "p")
		got := g.Transport(client, server, 8080)
		if got.Sends != row.sends || got.Port != row.want {
			t.Errorf("%s: sends %v to port %d, want %v to %d", row.name, got.Sends, got.Port, row.sends, row.want)
		}
		for _, group := range g.Connections(g.Ways(server, 8080)[0], server, 8080) {
			if group.Clients.Has(client) && group.Transport.Port != row.want {
				t.Errorf("%s: among others to port %d, want %d", row.name, group.Transport.Port, row.want)
			}
		}
	}
}
