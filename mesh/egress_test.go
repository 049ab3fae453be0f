package mesh_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// wall is a layer below all meshes that lets nothing out to one port.
type wall struct{ port uint16 }

func (wall) Name() string             { return "wall" }
func (wall) Reads() []source.Kind     { return nil }
func (wall) Problems() []mesh.Problem { return nil }

func (w wall) Compile(context.Context, mesh.Input) (mesh.Layer, error) { return w, nil }

func (w wall) AuthorizeEgress(_ mesh.Party, r mesh.EgressRequest) []mesh.Point {
	return []mesh.Point{{Kind: mesh.PointNode, Allowed: truth.Of(r.Port != w.port), Why: []mesh.Step{{Rule: "wall/port"}}}}
}

// fence is a layer that says whether unknown destinations are reached, and does not judge requests.
type fence struct{ passes truth.Value }

func (fence) Name() string             { return "fence" }
func (fence) Reads() []source.Kind     { return nil }
func (fence) Problems() []mesh.Problem { return nil }
func (fence) Exits() []mesh.Exit       { return nil }

func (f fence) Compile(context.Context, mesh.Input) (mesh.Layer, error) { return f, nil }

func (fence) Depart(mesh.Party, mesh.Exit) mesh.Departure {
	return mesh.Departure{Sends: mesh.WirePlaintext, Beyond: mesh.WirePlaintext}
}

func (f fence) Outlet(mesh.Party) (mesh.Outlet, bool) { return mesh.Outlet{Passes: f.passes}, true }

const egressWorld = `{apiVersion: v1, kind: Service, metadata: {name: api, namespace: ns}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}
---
`

func egressGraph(t *testing.T, text string, layers ...mesh.Adapter) *mesh.Graph {
	t.Helper()
	g, err := mesh.Build(t.Context(), unjudged(t, egressWorld+text), append([]mesh.Adapter{meshfake.Adapter("toy")}, layers...)...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// leaves asks for a request to an address, and writes the answer and its points.
func leaves(t *testing.T, g *mesh.Graph, client, to string) (string, mesh.EgressVerdict) {
	t.Helper()
	at := netip.MustParseAddrPort(to)
	v := g.AuthorizeEgress(mesh.EgressRequest{From: find(t, g, client), Addr: at.Addr(), Port: at.Port()})
	parts := []string{v.Allowed.String()}
	for _, p := range v.Points {
		parts = append(parts, p.Mesh+" "+p.Allowed.String())
	}
	return strings.Join(parts, ", "), v
}

// A request gets out when every point lets it pass.
func TestAuthorizeEgress(t *testing.T) {
	t.Parallel()
	g := egressGraph(t, docs(
		toyPod("cart", "toy/mode: sidecar"), toyPod("free", "toy/mode: sidecar"), toyPod("out", "toy/mode: none"), toyPod("odd", "toy/mode: riddle"),
		toyPod("other", "toy/mode: sidecar, toy/mesh: else"), policy("cart", "workload: cart, reaches: [192.0.2.0/24, '198.51.100.0/24?']"),
	), wall{port: 25}, meshfake.Adapter("else"))
	for _, row := range []struct{ name, client, to, want string }{
		{"both let it pass", "cart", "192.0.2.1:80", "true, toy true, wall true"},
		{"the mesh refuses", "cart", "203.0.113.1:80", "false, toy false, wall true"},
		{"the layer below refuses", "cart", "192.0.2.1:25", "false, toy true, wall false"},
		{"the mesh does not know", "cart", "198.51.100.1:80", "unknown, toy unknown, wall true"},
		{"a refusal goes before what is not known", "cart", "198.51.100.1:25", "false, toy unknown, wall false"},
		{"no policy", "free", "203.0.113.1:80", "true, wall true"},
		{"outside of the mesh", "out", "203.0.113.1:80", "true, wall true"},
		{"in another mesh", "other", "203.0.113.1:80", "true, wall true"},
		{"whether it is in the mesh is not known", "odd", "203.0.113.1:80", "unknown, wall true"},
		{"and the layer below refuses", "odd", "203.0.113.1:25", "false, wall false"},
	} {
		got, v := leaves(t, g, row.client, row.to)
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
		if row.client == "odd" && len(v.Unknown) == 0 {
			t.Errorf("%s: no gap", row.name)
		}
		if v.Service != nil {
			t.Errorf("%s: got Service %s, want none", row.name, v.Service.Name)
		}
	}
}

// The address of a Service is named, however it is written.
func TestAuthorizeEgressToService(t *testing.T) {
	t.Parallel()
	g := egressGraph(t, toyPod("cart", "toy/mode: sidecar"))
	for _, to := range []string{"10.96.0.9:80", "[::ffff:10.96.0.9]:80"} {
		if _, v := leaves(t, g, "cart", to); v.Service == nil || v.Service.Name != "api" {
			t.Errorf("%s: got %v, want Service api", to, v.Service)
		}
	}
}

// Where the pods differ the verdict is open; where they agree, it is theirs.
func TestAuthorizeEgressPodsDiffer(t *testing.T) {
	t.Parallel()
	g := egressGraph(t, docs(
		replica("set", "set-0", "toy/mode: sidecar"), replica("set", "set-1", "toy/mode: none"), policy("set", "workload: set, reaches: [192.0.2.0/24]"),
	))
	for to, want := range map[string]string{"192.0.2.1:80": "true", "203.0.113.1:80": "unknown"} {
		got, v := leaves(t, g, "set", to)
		if answer, _, _ := strings.Cut(got, ","); answer != want {
			t.Errorf("%s: got %s, want %s", to, got, want)
		}
		if gaps := gapDetails(v.Unknown); (want == "unknown") != (len(gaps) == 1 && strings.HasPrefix(gaps[0], "the pods differ")) {
			t.Errorf("%s: got gaps %v", to, gaps)
		}
	}
}

// A layer that stops something and does not judge requests leaves the verdict open.
func TestAuthorizeEgressNotJudged(t *testing.T) {
	t.Parallel()
	for passes, want := range map[truth.Value]truth.Value{truth.True: truth.True, truth.False: truth.Unknown, truth.Unknown: truth.Unknown} {
		g := egressGraph(t, toyPod("cart", "toy/mode: sidecar"), fence{passes})
		_, v := leaves(t, g, "cart", "192.0.2.1:80")
		if v.Allowed != want || (len(v.Unknown) == 0) != (want == truth.True) {
			t.Errorf("a layer that says %v: got %v with gaps %v, want %v", passes, v.Allowed, gapDetails(v.Unknown), want)
		}
	}
}
