package istio_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// FuzzClients feeds any documents to the client's side: it must not panic, and what it says of all
// workloads together must be what it says of each alone.
func FuzzClients(f *testing.F) {
	for seed := range 6 {
		f.Add(strings.Join(clientWorld(dice{rand.New(rand.NewPCG(uint64(seed), 3))}), "\n---\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<15 {
			return
		}
		snap, err := snapshot.Read(context.Background(), "in.yaml", strings.NewReader(text), snapshot.Options{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := mesh.Build(context.Background(), snap, istio.New(istio.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		layer := g.Layer(istio.Name).(*istio.Layer)
		targets := targetsOf(g)
		for _, target := range targets[:min(len(targets), 20)] {
			groups := layer.Senders(target)
			for w := range g.Workloads() {
				compareSender(t, layer, groups, target, w, map[mesh.Wire]int{})
			}
		}
	})
}

// FuzzHosts compares the search for the closest host with trying all of them.
func FuzzHosts(f *testing.F) {
	f.Add("a.b.c *.b.c *.c * b.c", "a.b.c")
	f.Add("*.local *.svc.cluster.local", "x.ns.svc.cluster.local")
	f.Add("** *a", "ba")
	f.Fuzz(func(t *testing.T, hosts, name string) {
		if name == "" || strings.HasPrefix(name, "*") {
			return // no name that a client asks for
		}
		list := strings.Fields(hosts)
		want := ""
		for _, h := range list {
			suffix, wild := strings.CutPrefix(h, "*")
			switch {
			case h == name:
				want = h
			case wild && strings.HasSuffix(name, suffix) && want != name && len(h) > len(want):
				want = h
			}
		}
		if diff := cmp.Diff(want, istio.ClosestHost(list, name)); diff != "" {
			t.Errorf("%q in %q (-slow +fast):\n%s", name, hosts, diff)
		}
	})
}
