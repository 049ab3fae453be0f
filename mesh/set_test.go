package mesh_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// The zero Set is empty and may be combined with any other.
func TestZeroSet(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("a", ""), toyPod("b", "")))
	var zero mesh.Set
	everybody := g.Everybody()
	if !zero.IsEmpty() || zero.Len() != 0 || zero.Has(find(t, g, "a")) || names(zero) != "" {
		t.Errorf("the zero Set holds %d workloads: %s", zero.Len(), names(zero))
	}
	for what, got := range map[string]mesh.Set{
		"or": zero.Or(everybody), "or of it": everybody.Or(zero), "without it": everybody.Without(zero),
	} {
		if !got.Equal(everybody) {
			t.Errorf("%s: %q, want everybody", what, names(got))
		}
	}
	for what, got := range map[string]mesh.Set{
		"and": zero.And(everybody), "and it": everybody.And(zero), "without": zero.Without(everybody), "of nobody": g.SetOf(),
	} {
		if !got.IsEmpty() || !got.Equal(zero) || got.Equal(everybody) {
			t.Errorf("%s: %q, want nobody", what, names(got))
		}
	}
	if zero.Meets(everybody) || everybody.Meets(zero) {
		t.Error("the zero Set meets another")
	}
}

// A Set behaves as a map of workloads does.
func TestSetAlgebra(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 70 { // more than one word of bits
		texts = append(texts, toyPod("w"+string(rune('A'+i/10))+string(rune('0'+i%10)), ""))
	}
	g := graph(t, docs(texts...))
	var all []*mesh.Workload
	for w := range g.Workloads() {
		all = append(all, w)
	}
	r := rand.New(rand.NewPCG(1, 2))
	random := func() (mesh.Set, map[*mesh.Workload]bool) {
		var members []*mesh.Workload
		model := map[*mesh.Workload]bool{}
		for _, w := range all {
			if r.IntN(3) == 0 {
				members, model[w] = append(members, w), true
			}
		}
		return g.SetOf(members...), model
	}
	for range 200 {
		a, inA := random()
		b, inB := random()
		was := names(a)
		check(t, g, "and", a.And(b), func(w *mesh.Workload) bool { return inA[w] && inB[w] })
		check(t, g, "or", a.Or(b), func(w *mesh.Workload) bool { return inA[w] || inB[w] })
		check(t, g, "without", a.Without(b), func(w *mesh.Workload) bool { return inA[w] && !inB[w] })
		if got, want := a.Meets(b), !a.And(b).IsEmpty(); got != want {
			t.Errorf("meets %v, want %v", got, want)
		}
		if got, want := a.Equal(b), maps.Equal(inA, inB); got != want {
			t.Errorf("equal %v, want %v", got, want)
		}
		if diff := cmp.Diff(was, names(a)); diff != "" {
			t.Errorf("a set has changed (-was +is):\n%s", diff)
		}
	}
}

// check compares a set with a rule for its members, in all ways to ask for them.
func check(t *testing.T, g *mesh.Graph, what string, got mesh.Set, member func(*mesh.Workload) bool) {
	t.Helper()
	want := g.SetWhere(member)
	if diff := cmp.Diff(names(want), names(got)); diff != "" || !got.Equal(want) {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	n := 0
	for w := range g.Workloads() {
		if got.Has(w) != member(w) {
			t.Errorf("%s has %s: %v", what, w.ID(), got.Has(w))
		}
		if member(w) {
			n++
		}
	}
	if got.Len() != n || got.IsEmpty() != (n == 0) {
		t.Errorf("%s has %d members, empty %v, want %d", what, got.Len(), got.IsEmpty(), n)
	}
}

// Whoever stops early gets no more.
func TestSetAllStops(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(toyPod("a", ""), toyPod("b", "")))
	n := 0
	for range g.Everybody().All() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d workloads after the first", n)
	}
}
