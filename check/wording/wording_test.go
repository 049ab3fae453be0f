package wording_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

func Example() {
	id := mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cart"}
	fmt.Println(wording.Workload(id), "runs", wording.Count(2, "pod")+":", wording.List([]string{"cart-a", "cart-b"}))
	// Output: Deployment shop/cart runs 2 pods: cart-a, cart-b
}

func TestList(t *testing.T) {
	t.Parallel()
	twelve := strings.Split("a b c d e f g h i j k l", " ")
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, "none"},
		{twelve[:1], "a"},
		{twelve[:10], "a, b, c, d, e, f, g, h, i, j"},
		{twelve, "a, b, c, d, e, f, g, h, i, j and 2 more"},
	} {
		if diff := cmp.Diff(test.want, wording.List(test.names)); diff != "" {
			t.Errorf("list of %d (-want +got):\n%s", len(test.names), diff)
		}
	}
}

// at is a locator with one place.
type at source.Pos

func (a at) Locate(string) source.Pos { return source.Pos(a) }

// sameLoc compares places by what they point at.
var sameLoc = cmp.Transformer("loc", func(l source.Loc) source.Pos { return l.Pos() })

func TestUndecided(t *testing.T) {
	t.Parallel()
	place := source.Pos{File: "f", Line: 3}
	missing := mesh.Gap{Object: source.Ref{Kind: source.Kind{Kind: "Namespace"}, Name: "shop"}, Detail: "not in the input"}
	unread := mesh.Gap{Loc: source.At(at(place), "spec"), Detail: "unknown field"}
	vague := mesh.Gap{Detail: "no control plane is in the input"}
	for _, test := range []struct {
		name string
		gaps []mesh.Gap
		want check.Undecided
	}{
		{"none", nil, check.Undecided{Subject: "s", Message: "whether: the reason is not known"}},
		{"one", []mesh.Gap{missing}, check.Undecided{
			Subject: "s", Message: "whether: Namespace/shop: not in the input", Unknown: []mesh.Gap{missing},
		}},
		{"two", []mesh.Gap{missing, unread}, check.Undecided{
			Subject: "s", Pos: place, Message: "whether: Namespace/shop: not in the input (and 1 other reason)",
			Unknown: []mesh.Gap{missing, unread},
		}},
		{"what names something comes first", []mesh.Gap{vague, unread, missing}, check.Undecided{
			Subject: "s", Pos: place, Message: "whether: unknown field (and 2 other reasons)",
			Unknown: []mesh.Gap{unread, missing, vague},
		}},
	} {
		if diff := cmp.Diff(test.want, wording.Undecided("s", "whether", test.gaps), sameLoc); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// The first place is taken: a default above it has none.
func TestWhyPos(t *testing.T) {
	t.Parallel()
	place := source.Pos{File: "f", Line: 3}
	why := []mesh.Step{{Rule: "default"}, {Rule: "label", Loc: source.At(at(place), "metadata")}}
	if diff := cmp.Diff(place, wording.WhyPos(why)); diff != "" {
		t.Errorf("place (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(source.Pos{}, wording.WhyPos(why[:1])); diff != "" {
		t.Errorf("place of a default (-want +got):\n%s", diff)
	}
}

func TestFew(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for _, name := range strings.Split("a b c d e", " ") {
		text.WriteString("{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: shop}}\n---\n")
	}
	g, err := meshfake.Build("in.yaml", text.String())
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(g.Workloads())
	for n, want := range map[int]string{
		0: "none", 1: "Pod shop/a", 3: "Pod shop/a, Pod shop/b, Pod shop/c", 5: "Pod shop/a, Pod shop/b, Pod shop/c and 2 more",
	} {
		if diff := cmp.Diff(want, wording.Few(slices.Values(all[:n]))); diff != "" {
			t.Errorf("few of %d (-want +got):\n%s", n, diff)
		}
	}
}
