package source_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/source"
)

func TestPosString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]source.Pos{
		"-":       {},
		"a.yaml":  {File: "a.yaml"},
		"a:3":     {File: "a", Line: 3},
		"a:3:14":  {File: "a", Line: 3, Col: 14},
		"-:1:2":   {File: "-", Line: 1, Col: 2},
		"a b:1:1": {File: "a b", Line: 1, Col: 1},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v is written %q, want %q", p, got, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	t.Parallel()
	name := func(s string) source.Elem { return source.Elem{Name: s, Index: -1} }
	index := func(i int) source.Elem { return source.Elem{Index: i} }
	for path, want := range map[string][]source.Elem{
		"":                                nil,
		"spec":                            {name("spec")},
		"spec.rules[0].from":              {name("spec"), name("rules"), index(0), name("from")},
		`metadata.labels["istio.io/rev"]`: {name("metadata"), name("labels"), name("istio.io/rev")},
		`[""]`:                            {name("")},
		`a["]"].b`:                        {name("a"), name("]"), name("b")},
		"items[2][3]":                     {name("items"), index(2), index(3)},
		`metadata.annotations.plain`:      {name("metadata"), name("annotations"), name("plain")},
		`spec.portLevelMtls.8080.mode`:    {name("spec"), name("portLevelMtls"), name("8080"), name("mode")},
	} {
		got, err := source.ParsePath(path)
		if err != nil {
			t.Errorf("%q: %v", path, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", path, diff)
		}
	}
	for _, bad := range []string{".", "a.", "a..b", "[", "[x]", "[-1]", `["a`, `a]`, `["a"x]`, "a[99999999999]"} {
		if got, err := source.ParsePath(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

// A path that was put together from elements comes apart into the same elements.
func FuzzPath(f *testing.F) {
	f.Add("spec", "istio.io/rev", uint16(0), "a.b")
	f.Add("", "]", uint16(9), `"`)
	f.Fuzz(func(t *testing.T, a, b string, i uint16, whole string) {
		path := source.Index(source.Key(source.Key("", a), b), int(i))
		want := []source.Elem{{Name: a, Index: -1}, {Name: b, Index: -1}, {Index: int(i)}}
		got, err := source.ParsePath(path)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q comes apart into %v, %v; want %v", path, got, err, want)
		}
		if elems, err := source.ParsePath(whole); err == nil {
			again := ""
			for _, e := range elems {
				if e.Index >= 0 {
					again = source.Index(again, e.Index)
				} else {
					again = source.Key(again, e.Name)
				}
			}
			if back, err := source.ParsePath(again); err != nil || !slices.Equal(back, elems) {
				t.Errorf("%q, written again as %q, comes apart into %v, %v; want %v", whole, again, back, err, elems)
			}
		}
	})
}

type fixed source.Pos

func (p fixed) Locate(string) source.Pos { return source.Pos(p) }

func TestLoc(t *testing.T) {
	t.Parallel()
	if l := (source.Loc{}); !l.IsZero() || !l.Pos().IsZero() {
		t.Errorf("the zero Loc is at %v", l.Pos())
	}
	if l := source.At(nil, "spec"); !l.Pos().IsZero() {
		t.Errorf("a Loc without a document is at %v", l.Pos())
	}
	at := source.Pos{File: "a.yaml", Line: 2}
	if got := source.At(fixed(at), "spec").Pos(); got != at {
		t.Errorf("got %v, want %v", got, at)
	}
}

func Example() {
	p := source.Problem{
		Code:    source.ProblemUnknownField,
		Pos:     source.Pos{File: "cart.yaml", Line: 9, Col: 5},
		Object:  source.Ref{Kind: source.Kind{Group: "apps", Kind: "Deployment"}, Namespace: "shop", Name: "cart"},
		Field:   source.Key("metadata.labels", "istio.io/rev"),
		Message: "an example",
	}
	fmt.Println(p)
	// Output:
	// cart.yaml:9:5: unknown-field: Deployment/shop/cart metadata.labels["istio.io/rev"]: an example
}
