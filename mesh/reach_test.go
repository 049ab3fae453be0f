package mesh_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// lines writes what is reached as "hops access server:port from client".
func lines(all []mesh.Reached) []string {
	var out []string
	for _, r := range all {
		out = append(out, fmt.Sprintf("%d %s %s:%d from %s", r.Hops, r.Access, r.Server.ID().Name, r.Port, r.From.ID().Name))
	}
	return out
}

func TestReach(t *testing.T) {
	t.Parallel()
	only := func(server, callers string) string {
		return policy(server, "workload: "+server+", callers: ["+callers+"]")
	}
	member := func(name string) string { return toyPod(name, "toy/mode: sidecar") }
	for _, test := range []struct {
		name   string
		world  []string
		from   string
		direct []string
		beyond []string
	}{
		{"nothing", []string{member("a"), member("b"), only("b", "")}, "a", nil, nil},
		{"its own ports are left out", []string{member("a")}, "a", nil, nil},
		{
			"a chain",
			[]string{member("a"), member("b"), member("c"), only("a", ""), only("b", "a"), only("c", "'b?'")},
			"a",
			[]string{"1 always b:8080 from a"},
			[]string{"2 sometimes c:8080 from b"},
		},
		{
			"a circle ends",
			[]string{member("a"), member("b"), member("c"), only("a", "c"), only("b", "a"), only("c", "b")},
			"a",
			[]string{"1 always b:8080 from a"},
			[]string{"2 always c:8080 from b"},
		},
		{
			"what is reached directly is not repeated",
			[]string{member("a"), member("b"), member("c"), only("a", ""), only("b", "a"), only("c", "a, b")},
			"a",
			[]string{"1 always b:8080 from a", "1 always c:8080 from a"},
			nil,
		},
		{
			"an undecided call, and all behind it, comes last",
			[]string{member("a"), member("b"), member("c"), member("d"), only("a", ""), only("b", "'a??'"), only("c", "b"), only("d", "a")},
			"a",
			[]string{"1 always d:8080 from a", "1 undecided b:8080 from a"},
			[]string{"2 undecided c:8080 from b"},
		},
		{
			"a sure way is preferred to a shorter one in doubt",
			[]string{member("a"), member("b"), member("c"), only("a", ""), only("b", "a"), only("c", "b, 'a??'")},
			"a",
			[]string{"1 always b:8080 from a"},
			[]string{"2 always c:8080 from b"},
		},
		{
			"an undecided call of its own is direct, whoever else may make it",
			[]string{member("z"), member("b"), member("c"), only("z", ""), only("b", "z"), only("c", "'b??', 'z??'")},
			"z",
			[]string{"1 always b:8080 from z", "1 undecided c:8080 from z"},
			nil,
		},
		{
			"several at once",
			[]string{member("a"), member("b"), member("c"), member("d"), only("a", "b"), only("b", ""), only("c", "b"), only("d", "c")},
			"a b",
			[]string{"1 always c:8080 from b"},
			[]string{"2 always d:8080 from c"},
		},
		{"nobody", []string{member("a")}, "", nil, nil},
	} {
		g := graph(t, docs(test.world...))
		var from []*mesh.Workload
		for name := range strings.FieldsSeq(test.from) {
			from = append(from, find(t, g, name))
		}
		r := g.Reach(from...)
		if diff := gocmp.Diff(test.direct, lines(r.Direct)); diff != "" {
			t.Errorf("%s: direct (-want +got):\n%s", test.name, diff)
		}
		if diff := gocmp.Diff(test.beyond, lines(r.Beyond)); diff != "" {
			t.Errorf("%s: beyond (-want +got):\n%s", test.name, diff)
		}
	}
}

// Reach finds the ports that a slow search finds, as sure and as near.
func TestReachAgreesWithSearch(t *testing.T) {
	t.Parallel()
	eachRandomWorld(t, 60, func(t *testing.T, g *mesh.Graph) {
		for from := range g.Workloads() {
			r := g.Reach(from)
			var got []string
			for _, found := range slices.Concat(r.Direct, r.Beyond) {
				sure := found.Access != mesh.AccessUndecided
				line := fmt.Sprint(found.Server.ID().Name, " ", sure)
				if sure || found.Hops == 1 {
					line += fmt.Sprint(" ", found.Hops)
				}
				got = append(got, line)
				if found.Hops == 1 != slices.Contains(r.Direct, found) {
					t.Errorf("%s is %d hops away and stands in the wrong list", found.Server.ID(), found.Hops)
				}
			}
			slices.Sort(got)
			if diff := gocmp.Diff(search(g, from), got); diff != "" {
				t.Errorf("from %s (-want +got):\n%s", from.ID(), diff)
			}
		}
	})
}

// search follows calls one by one; the workloads of random worlds have one port each. Hops are given
// for sure ways, and for direct calls.
func search(g *mesh.Graph, from *mesh.Workload) []string {
	distance := func(doubt bool) map[*mesh.Workload]int {
		hops := map[*mesh.Workload]int{from: 0}
		for queue := []*mesh.Workload{from}; len(queue) > 0; queue = queue[1:] {
			for server := range g.Workloads() {
				access := g.Callers(server, 8080).Of(queue[0]).Access
				calls := access == mesh.AccessAlways || access == mesh.AccessSometimes || doubt && access == mesh.AccessUndecided
				if _, known := hops[server]; calls && !known {
					hops[server] = hops[queue[0]] + 1
					queue = append(queue, server)
				}
			}
		}
		delete(hops, from)
		return hops
	}
	sure, possible := distance(false), distance(true)
	var out []string
	for server, hops := range possible {
		line := fmt.Sprint(server.ID().Name, " ", false)
		if n, ok := sure[server]; ok {
			line = fmt.Sprint(server.ID().Name, " ", true, " ", n)
		} else if hops == 1 {
			line += " 1"
		}
		out = append(out, line)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// One graph may be asked by many at once.
func TestReachConcurrently(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("a", "toy/mode: sidecar"), toyPod("b", "toy/mode: sidecar")))
	a := find(t, g, "a")
	done := make(chan int)
	for range 4 {
		go func() { done <- len(g.Reach(a).Direct) }()
	}
	for range 4 {
		if n := <-done; n != 1 {
			t.Errorf("%d ports are reached, want 1", n)
		}
	}
}
