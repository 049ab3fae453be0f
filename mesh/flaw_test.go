package mesh_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

// Flaws come in one order, whatever that of the objects and of the adapter.
func TestFlawsOrder(t *testing.T) {
	t.Parallel()
	texts := []string{
		toyPod("cart", ""), policy("b", "workload: cart, flaws: [opens-more x]"),
		policy("a", "flaws: [no-effect second, selects-nothing y, no-effect first]"),
	}
	want := []string{
		"toy Policy/ns/a selects-nothing toy/selects-nothing y ",
		"toy Policy/ns/a no-effect toy/no-effect second ",
		"toy Policy/ns/a no-effect toy/no-effect first ",
		"toy Policy/ns/b opens-more toy/opens-more x cart",
	}
	for range 2 {
		g := graph(t, docs(texts...))
		var got []string
		for _, f := range g.Flaws() {
			var ws []string
			for _, w := range f.Workloads {
				ws = append(ws, w.ID().Name)
			}
			got = append(got, fmt.Sprint(f.Mesh, " ", f.Object, " ", f.Kind, " ", f.Rule, " ", f.Detail, " ", strings.Join(ws, ",")))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("flaws (-want +got):\n%s", diff)
		}
		slices.Reverse(texts)
	}
}

// Every word is one of its own, and what is none says so.
func TestFlawKindWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for k := mesh.FlawKind(0); k <= mesh.FlawInadmissible; k++ {
		if word := k.String(); seen[word] || word == "" {
			t.Errorf("kind %d has the word %q", k, word)
		} else {
			seen[word] = true
		}
	}
	if got := (mesh.FlawInadmissible + 1).String(); got != "FlawKind(8)" {
		t.Errorf("a kind that is none: %q", got)
	}
}
