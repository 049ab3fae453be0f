package istio_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

// wireWord is the word of the tables for what a client sends.
func wireWord(t mesh.Transport) string {
	words := map[mesh.Wire]string{
		mesh.WireNothing: "no-cluster", mesh.WirePlaintext: "plaintext", mesh.WireTLS: "tls_simple",
		mesh.WireTLSMutual: "tls_mutual", mesh.WireMesh: "istio_mtls", mesh.WireTunnel: "hbone",
	}
	w, ok := words[t.Sends]
	if !ok {
		return "?"
	}
	if t.Inside != mesh.WireUnknown {
		w += "+" + words[t.Inside]
	}
	return w
}

// resultWord is the word of the tables for what becomes of it.
func resultWord(t mesh.Transport) string {
	switch {
	case t.MTLS() == truth.True:
		return "mtls"
	case t.Connects == truth.False && t.Sends == mesh.WireNothing:
		return "unreachable"
	case t.Connects == truth.False:
		return "fail"
	case t.Connects == truth.True && t.Encrypted == truth.False && t.Authenticated == truth.False:
		return "plaintext"
	case t.Connects == truth.Unknown && t.Encrypted == truth.True && t.Authenticated == truth.False:
		return "app-tls"
	default:
		return "?"
	}
}

type caseConnection struct {
	From, Service, To, ClientSends, Result, Reason string
	Port, ToPort                                   uint16
}

// TestConnectionCases compares the connections of every case in ../shared/cases/istio with those of
// Istio's own clusters and listeners.
func TestConnectionCases(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../../shared/cases/istio/*/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Skip("no cases in ../../shared/cases/istio")
	}
	rows := 0
	for _, file := range dirs {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var exp struct{ Connections []caseConnection }
		if err := json.Unmarshal(data, &exp); err != nil {
			t.Fatal(err)
		}
		if len(exp.Connections) == 0 {
			continue
		}
		dir := filepath.Dir(file)
		snap, err := snapshot.Read(t.Context(), "input.yaml", completed(t, filepath.Join(dir, "input.yaml")), snapshot.Options{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := mesh.Build(t.Context(), snap, istio.New(caseOptions(t, dir)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range exp.Connections {
			rows++
			got := connectionOf(t, g, c)
			if diff := cmp.Diff(c.ClientSends+" → "+c.Result, wireWord(got)+" → "+resultWord(got)); diff != "" {
				t.Errorf("%s: %s to %s:%d (%s:%d) (-want +got):\n%s\n%v\n%v", filepath.Base(dir), c.From, c.Service, c.Port, c.To, c.ToPort, diff, got.Why, got.Unknown)
			}
		}
	}
	t.Log(rows, "connections")
}

func connectionOf(t *testing.T, g *mesh.Graph, c caseConnection) mesh.Transport {
	t.Helper()
	way := mesh.Way{Port: c.Port}
	for s := range g.Services() {
		if s.Namespace.Name+"/"+s.Name == c.Service {
			way.Service = s
		}
	}
	if way.Service == nil {
		t.Fatalf("no Service %s", c.Service)
	}
	fromNS, from, _ := strings.Cut(c.From, "/")
	toNS, to, _ := strings.Cut(c.To, "/")
	return g.TransportVia(way, find(t, g, fromNS, from), find(t, g, toNS, to), c.ToPort)
}
