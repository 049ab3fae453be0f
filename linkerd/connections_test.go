package linkerd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/mesh"
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
	for client := range w.Workloads() {
		want := w.TransportVia(way, client, server, port)
		found := 0
		for _, g := range groups {
			if !g.Clients.Has(client) {
				continue
			}
			found++
			got := g.Transport
			if got.Sends != want.Sends || got.Port != want.Port || got.Expects != want.Expects || got.Connects != want.Connects ||
				got.Encrypted != want.Encrypted || got.Authenticated != want.Authenticated || (len(got.Unknown) > 0) != (len(want.Unknown) > 0) {
				t.Errorf("seed %d: %s to %s:%d via %t: grouped %s, alone %s", seed, client.ID(), server.ID(), port, way.Service != nil, told(got), told(want))
			}
		}
		if found != 1 {
			t.Errorf("seed %d: %s is in %d groups of %s:%d", seed, client.ID(), found, server.ID(), port)
		}
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
			name: name, ip: pick("", "203.0.113.", "10.0.0.", "10.0.0.", "10.0.0."), bare: rng.IntN(4) == 0, noEnv: rng.IntN(12) == 0,
			labels: pick("", "", "", "", "linkerd.io/control-plane-ns: linkerd", "linkerd.io/control-plane-ns: linkerd-b"),
			annotations: pick("", "", "config.linkerd.io/skip-outbound-ports: '80'", "config.linkerd.io/skip-outbound-ports: ''",
				"config.linkerd.io/skip-inbound-ports: '8080,x'", "linkerd.io/inject: ingress", "config.linkerd.io/opaque-ports: '8080'"),
			phase: pick("", "", "", "", "Pending"), ports: pick("", "{containerPort: 8080}", "{containerPort: 8080, protocol: UDP}"),
		}
		if p.ip != "" {
			p.ip += fmt.Sprint(i + 1)
		}
		docs = append(docs, p.String())
		if rng.IntN(2) == 0 {
			docs = append(docs, serviceTo(name, "8080", pick("", "", ", clusterIP: None")))
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
