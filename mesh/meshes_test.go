package mesh_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// twoMeshes builds a graph that two toy meshes judge, asked in the order of names.
func twoMeshes(t *testing.T, text string, names ...string) *mesh.Graph {
	t.Helper()
	var adapters []mesh.Adapter
	for _, n := range names {
		adapters = append(adapters, meshfake.Adapter(n))
	}
	g, err := mesh.Build(t.Context(), unjudged(t, text), adapters...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Between meshes that do not know each other what is sent is plaintext, and a strict server refuses it. The
// other mesh's mutual TLS is none.
func TestBetweenMeshes(t *testing.T) {
	t.Parallel()
	const own, other = "toy/mode: sidecar", "toy/mode: sidecar, toy/mesh: zoo"
	for _, row := range []struct {
		name, client, server string
		policy               string
		connects, mtls       truth.Value
		access               mesh.Access
	}{
		{"within one mesh", own, own, "mtls: strict", truth.True, truth.True, mesh.AccessAlways},
		{"within the other", other, other, "mesh: zoo, mtls: strict", truth.True, truth.True, mesh.AccessAlways},
		{"to a permissive server of the other", own, other, "mesh: zoo, mtls: permissive", truth.True, truth.False, mesh.AccessAlways},
		{"to a strict server of the other", own, other, "mesh: zoo, mtls: strict", truth.False, truth.False, mesh.AccessNever},
		{"and back", other, own, "mtls: strict", truth.False, truth.False, mesh.AccessNever},
		{"a policy of the client's mesh is none of the server's", other, own, "mesh: zoo, mtls: strict, callers: [nobody]", truth.True, truth.False, mesh.AccessAlways},
		{"a policy that names callers knows none of the other mesh", other, own, "callers: [c]", truth.True, truth.False, mesh.AccessNever},
		{"mutual TLS of a mesh that is not trusted", other + ", toy/sends: mesh", own, "mtls: permissive", truth.False, truth.False, mesh.AccessNever},
		{"from outside of both", "toy/mode: none", other, "mesh: zoo, mtls: permissive", truth.True, truth.False, mesh.AccessAlways},
	} {
		g := twoMeshes(t, docs(toyPod("c", row.client), toyPod("s", row.server), policy("p", row.policy)), "toy", "zoo")
		client, server := find(t, g, "c"), find(t, g, "s")
		tr := g.Transport(client, server, 8080)
		access := g.Callers(server, 8080).Of(client).Access
		if tr.Connects != row.connects || tr.MTLS() != row.mtls || access != row.access {
			t.Errorf("%s: %v (mutual TLS %v), access %v; want connects %v, mutual TLS %v, access %v", row.name, tr, tr.MTLS(), access, row.connects, row.mtls, row.access)
		}
	}
}

// mixedWorld is randomWorld with each pod and policy in either mesh.
func mixedWorld(r *rand.Rand) string {
	parts := strings.Split(randomWorld(r), "\n---\n")
	for i, doc := range parts {
		if r.IntN(2) == 0 {
			parts[i] = strings.NewReplacer("annotations: {toy/mode", "annotations: {toy/mesh: zoo, toy/mode", "spec: {workload", "spec: {mesh: zoo, workload").Replace(doc)
		}
	}
	return docs(parts...)
}

// Sets of clients say of each workload what is said of it alone, whichever of two meshes it is in, and
// whichever mesh is asked first.
func TestMixedClusters(t *testing.T) {
	t.Parallel()
	crossed := 0
	for seed := range uint64(80) {
		text := mixedWorld(rand.New(rand.NewPCG(seed, 4)))
		g, again := twoMeshes(t, text, "toy", "zoo"), twoMeshes(t, text, "zoo", "toy")
		for server := range g.Workloads() {
			for _, way := range g.Ways(server, 8080) {
				crossed += checkMixed(t, g, server, way)
			}
		}
		if d := mesh.Diff(g, again); !d.IsEmpty() {
			t.Errorf("in another order of the adapters:\n%s", d)
		}
		if t.Failed() {
			t.Fatalf("world of seed %d:\n%s", seed, text)
		}
	}
	if crossed < 500 {
		t.Errorf("only %d connections between the meshes", crossed)
	}
}

// checkMixed asks for each client alone, and counts those of the other mesh.
func checkMixed(t *testing.T, g *mesh.Graph, server *mesh.Workload, way mesh.Way) int {
	t.Helper()
	crossed := 0
	groups, callers := g.Connections(way, server, 8080), g.CallersVia(way, server, 8080)
	for client := range g.Workloads() {
		if len(server.Variants()) == 1 {
			checkConnection(t, groups, client, g.TransportVia(way, client, server, 8080))
		}
		if client.Enrolment().Mesh != server.Enrolment().Mesh && client.Enrolment().Mode != mesh.ModeNone && server.Enrolment().Mode != mesh.ModeNone {
			crossed++
		}
		a := callers.Of(client).Admission
		if len(client.Variants()) > 1 && a.Access == mesh.AccessUndecided {
			continue // its pods send differently, and what gets through is not worked out pod by pod
		}
		if verdicts := ask(g, mesh.Client{Workload: client}, server, way); !agree(a, verdicts) {
			t.Errorf("%s to %s %s: %v, and single requests are %v", client.ID(), server.ID(), wayName(way), a.Access, verdicts)
		}
	}
	return crossed
}
