package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/failingcall"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

func exampleGraph(t *testing.T) *mesh.Graph {
	t.Helper()
	adapter := istio.New(istio.Options{})
	snap, err := load(t.Context(), nil, snapshot.Options{Keep: mesh.Reads(adapter)})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, adapter)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The rule that was left behind makes calls fail, and the check says which.
func TestLeftBehindRule(t *testing.T) {
	t.Parallel()
	got, err := checktest.Lines(exampleGraph(t), time.Time{}, failingcall.Check)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"example/policies.yaml:56:5: high MP2004 shop/Deployment/web istio/destination-rule DestinationRule/pay/web: " +
			"calls of Deployment pay/ledger, Deployment pay/till to port 8080 of Deployment shop/web fail: " +
			"they send plaintext, and the port is strict: DestinationRule pay/web sets tls mode DISABLE",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// Groups of connections say of each client what is said when it is asked for alone.
func TestConnectionsAgree(t *testing.T) {
	t.Parallel()
	g := exampleGraph(t)
	asked := 0
	for server := range g.Workloads() {
		for _, port := range server.Ports() {
			for _, way := range g.Ways(server, port.Number) {
				for _, group := range g.Connections(way, server, port.Number) {
					for client := range group.Clients.All() {
						asked++
						alone := g.TransportVia(way, client, server, port.Number)
						if group.Transport.Connects != alone.Connects || group.Transport.Sends != alone.Sends {
							t.Errorf("%s to port %d of %s: %v, %v, and alone %v, %v", client.ID(), port.Number, server.ID(),
								group.Transport.Sends, group.Transport.Connects, alone.Sends, alone.Connects)
						}
					}
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d connections were judged", asked)
	}
}
