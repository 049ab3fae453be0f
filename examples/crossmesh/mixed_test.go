package main

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

// mixed is a cluster with both control planes, and an application in either mesh and in none.
func mixed(t *testing.T) *mesh.Graph {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"example/istio/istio.yaml", "example/linkerd/linkerd.yaml", "example/shop/edge.yaml"} {
		text, err := example.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	const app = `
{apiVersion: v1, kind: Namespace, metadata: {name: %[1]s, %[2]s}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: %[1]s}
spec:
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: app, namespace: %[1]s}, spec: {clusterIP: 10.96.1.%[3]d, selector: {app: %[1]s}, ports: [{name: http, port: 80, targetPort: 8080}]}}
`
	files["sails.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, app, "sails", "labels: {istio-injection: enabled}", 1)}
	files["lines.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, app, "lines", "annotations: {linkerd.io/inject: enabled}", 2)}
	files["plain.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, app, "plain", "labels: {}", 3)}
	files["strict.yaml"] = &fstest.MapFile{Data: []byte(
		"{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: istio-system}, spec: {mtls: {mode: STRICT}}}",
	)}
	adapters := []mesh.Adapter{istio.New(istio.Options{}), linkerd.New(linkerd.Options{})}
	snap, err := snapshot.LoadFS(t.Context(), files, snapshot.Options{Keep: mesh.Reads(adapters...)}, ".")
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, adapters...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Both meshes in one cluster: neither trusts the other, so what goes between them is plaintext where it
// goes at all. Sets of clients and single clients are told the same.
func TestMixedCluster(t *testing.T) {
	t.Parallel()
	g := mixed(t)
	app := func(ns string) *mesh.Workload {
		w, ok := g.Workload(mesh.WorkloadID{Namespace: ns, Kind: "Deployment", Name: "app"})
		if !ok {
			t.Fatalf("no workload in %s", ns)
		}
		return w
	}
	for _, row := range []struct{ client, server, want string }{
		{"sails", "sails", "mutual TLS"},
		{"lines", "lines", "mutual TLS"},
		{"sails", "lines", "plaintext"},
		{"lines", "sails", "no connection"}, // STRICT
		{"plain", "lines", "plaintext"},
		{"plain", "sails", "no connection"},
		{"sails", "plain", "plaintext"},
		{"lines", "plain", "plaintext"},
	} {
		client, server := app(row.client), app(row.server)
		if got := protection(g.Transport(client, server, 8080)); got != row.want {
			t.Errorf("%s to %s: %s, want %s", row.client, row.server, got, row.want)
		}
		for _, group := range g.Connections(g.Ways(server, 8080)[0], server, 8080) {
			if group.Clients.Has(client) && protection(group.Transport) != row.want {
				t.Errorf("%s to %s among others: %s, want %s", row.client, row.server, protection(group.Transport), row.want)
			}
		}
		allowed := g.Authorize(mesh.Request{From: mesh.Client{Workload: client}, To: server, Port: 8080, HTTP: &mesh.HTTP{Method: "GET", Path: "/", Host: "app"}}).Allowed
		access := g.Callers(server, 8080).Of(client).Access
		if want := truth.Of(row.want != "no connection"); allowed != want || access.Possible() != want {
			t.Errorf("%s to %s: allowed %v, access %v, want %v", row.client, row.server, allowed, access, want)
		}
	}
}
