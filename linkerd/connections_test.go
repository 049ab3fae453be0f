package linkerd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Connections says of each workload what TransportVia says, in random worlds and whatever the order.
func TestConnectionsAgreeWithTransport(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		docs, version := randomWorld(rng)
		w := build(t, version, docs...)
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		shuffled := build(t, version, docs...)
		for server := range w.Workloads() {
			for _, port := range []uint16{8080, 4567, 3306, 4191, 4143} {
				for _, way := range w.Ways(server, port) {
					compareGroups(t, w, seed, way, server, port)
				}
			}
		}
		if a, b := summary(t, w), summary(t, shuffled); !slices.Equal(a, b) {
			t.Errorf("seed %d: the order of objects changes the answers", seed)
		}
	}
}

func compareGroups(t *testing.T, w world, seed uint64, way mesh.Way, server *mesh.Workload, port uint16) {
	t.Helper()
	groups := w.Connections(way, server, port)
	kinds := 0 // of pods to which the way leads
	for _, v := range server.Variants() {
		if way.Leads(v.Pod, port) {
			kinds++
		}
	}
	for client := range w.Workloads() {
		want := w.TransportVia(way, client, server, port)
		found := 0
		for _, g := range groups {
			if !g.Clients.Has(client) {
				continue
			}
			found++
			got := g.Transport
			if several := len(client.Variants()) > 1; several && got.Connects == truth.Unknown && len(got.Unknown) > 0 || len(server.Variants()) > 1 {
				continue // what one pod gets is not what the workload gets
			}
			if got.Sends != want.Sends || got.Port != want.Port || got.Expects != want.Expects || got.Connects != want.Connects ||
				got.Encrypted != want.Encrypted || got.Authenticated != want.Authenticated || (len(got.Unknown) > 0) != (len(want.Unknown) > 0) {
				t.Errorf("seed %d: %s to %s:%d via %t: grouped %s, alone %s", seed, client.ID(), server.ID(), port, way.Service != nil, told(got), told(want))
			}
		}
		if found != kinds {
			t.Errorf("seed %d: %s is in %d groups of %s:%d", seed, client.ID(), found, server.ID(), port)
		}
	}
}

// A client whose pods differ is in a group of its own in which nothing is known, unless they fare alike.
func TestConnectionsOfUnevenPods(t *testing.T) {
	t.Parallel()
	w := build(t, "2.20", namespaceM, pod{name: "s", ip: "10.0.1.1"}.String(),
		pod{name: "c-0", ip: "10.0.0.1", set: "c"}.String(), pod{name: "c-1", ip: "10.0.0.2", set: "c", annotations: "config.linkerd.io/skip-outbound-ports: '8080'"}.String(),
		pod{name: "d-0", ip: "10.0.0.3", set: "d"}.String(), pod{name: "d-1", ip: "10.0.0.4", set: "d"}.String())
	of := func(client string, port uint16) string {
		for _, g := range w.Connections(mesh.Way{}, w.workload(t, "s"), port) {
			if g.Clients.Has(w.workload(t, client)) {
				return told(g.Transport)
			}
		}
		return "in no group"
	}
	for _, c := range []struct {
		client string
		port   uint16
		want   string
	}{
		{"c", 8080, "unknown meshed ?"}, {"c", 9090, "mesh:4143 meshed mutual"}, {"d", 8080, "mesh:4143 meshed mutual"},
	} {
		if got := of(c.client, c.port); got != c.want {
			t.Errorf("%s to port %d: %s, want %s", c.client, c.port, got, c.want)
		}
	}
	// A pod of several that are alike reaches another one, as far as anybody can tell.
	if got := told(w.Transport(w.workload(t, "d"), w.workload(t, "d"), 8080)); got != "mesh:4143 meshed mutual" {
		t.Errorf("a set to itself: %s", got)
	}
}

// summary is what becomes of all connections.
func summary(t *testing.T, w world) []string {
	t.Helper()
	var all []string
	for server := range w.Workloads() {
		for client := range w.Workloads() {
			all = append(all, fmt.Sprint(client.ID(), server.ID(), told(w.Transport(client, server, 8080))))
		}
	}
	slices.Sort(all)
	return all
}

// randomWorld is a few pods, each alone so that its answers are those of one, some Services, and a release.
func randomWorld(rng *rand.Rand) (docs []string, version string) {
	pick := func(all ...string) string { return all[rng.IntN(len(all))] }
	docs = []string{namespaceM}
	for i := range 3 + rng.IntN(5) {
		name := fmt.Sprintf("p%d", i)
		p := pod{
			name: name, ip: pick("", "203.0.113.", "10.0.0.", "10.0.0.", "fd00::"), bare: rng.IntN(4) == 0, noEnv: rng.IntN(12) == 0,
			labels: pick("", "", "", "", "linkerd.io/control-plane-ns: linkerd", "linkerd.io/control-plane-ns: linkerd-b"),
			annotations: pick("", "", "config.linkerd.io/skip-outbound-ports: '80'", "config.linkerd.io/skip-outbound-ports: ''",
				"config.linkerd.io/skip-inbound-ports: '8080,x'", "linkerd.io/inject: ingress", "config.linkerd.io/opaque-ports: '8080'"),
			set: pick("", "", "set"), phase: pick("", "", "", "", "Pending"), ports: pick("", "{containerPort: 8080}", "{containerPort: 8080, protocol: UDP}"),
		}
		if p.ip != "" {
			p.ip += fmt.Sprint(i + 1)
		}
		docs = append(docs, p.String())
		if rng.IntN(2) == 0 {
			docs = append(docs, serviceTo(name, "8080", pick("", "", ", clusterIP: None", ", clusterIPs: [10.96.0.1, 'fd00::99']")))
		}
	}
	if rng.IntN(3) == 0 {
		docs = append(docs, config(pick("clusterNetworks: 10.0.0.0/29", `clusterNetworks: "0.0.0.0/0,::/0"`, "proxy: {outboundTransportMode: transparent}", "identityTrustDomain: other")))
	}
	if rng.IntN(4) == 0 {
		docs = append(docs, "{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: all, namespace: "+pick("m", "linkerd-egress", "elsewhere")+"}, spec: {trafficPolicy: Allow, networks: [{cidr: "+pick("10.0.0.0/29", "0.0.0.0/0", "rubbish")+"}]}}")
	}
	return docs, pick("", "2.14", "2.16", "2.17", "2.18", "2.20")
}
