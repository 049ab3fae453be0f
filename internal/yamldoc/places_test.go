package yamldoc

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/meshposture/meshposture/source"
)

// odd are documents whose marks or keys are unusual.
var odd = []string{
	"a:\n  - b: 1\n    ü: {c: [1, x]}\n  -\n    - \"d.e\": |\n        f\n",
	"# comment\n\"ä\": {ö: 1, \"k\\\"[\": ~}\r\nb: \r\n- x\r\n",
	"a: &x {b: [1]}\nc: *x\nd:\n- *x\n- &y\n  e: f\n- *y\n",
	"a: &x {b: 1}\nc: {<<: *x, d: 2}\n", "a: &x {b: 1}\nc:\n  <<: [*x, {e: 1}]\n  d: 2\n",
	"a: 1\na: {b: 1}\n", "? [a]\n: b\n1: c\nyes: d\n<<: {e: 1}\n", "a: {? [b] : c}\nd: 1\n",
	"a\u2028b: 1\n", "a: \"x\u2028y\u0085z\"\nb:\r- c\r- d\n", "- |\n a\n- >-\n b\n  c\n", "!!map\na: !!str 1\n", "Y: 1\nno: 2\n\"on\": 3\n",
	"&r\na: &k b\n*k : 1\n", " {\"a\": [1, {\"b\": 2}], \"a\": {\"b\": [3]}}\n", `[[], [{}], {"": 1}]`, `{"a": 1} x`,
}

// Places answers for every field as Locate does.
func TestPlacesAgreesWithLocate(t *testing.T) {
	t.Parallel()
	for _, doc := range slices.Concat(odd, traps, blocks, []string{located, bomb(3), mergeBomb(3)}) {
		samePlaces(t, []byte(doc), "")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		samePlaces(t, []byte(randomDoc(r)), "a[1].b")
	}
}

func FuzzPlaces(f *testing.F) {
	for _, doc := range slices.Concat(odd, traps) {
		f.Add([]byte(doc), "a.b[0]")
	}
	f.Add([]byte(located), "spec[1].ports[1].name")
	f.Fuzz(func(t *testing.T, doc []byte, path string) { samePlaces(t, doc, path) })
}

// samePlaces compares Places with Locate for a path, and for those that the document holds and a
// few beside them.
func samePlaces(t *testing.T, doc []byte, path string) {
	t.Helper()
	paths := []string{path, "", "not[a path", "[0]", "no.such"}
	var v any
	if data, _, err := ToJSON(doc, Limits{MaxDepth: 50, MaxNodes: 200}); err == nil && json.Unmarshal(data, &v) == nil {
		paths = pathsOf(paths, "", v)
	}
	places := Places(doc)
	for _, path := range paths {
		line, col := places(path)
		wantLine, wantCol := Locate(doc, path)
		if line != wantLine || col != wantCol {
			t.Errorf("%q, path %q: %d:%d, but Locate says %d:%d", doc, path, line, col, wantLine, wantCol)
		}
	}
}

// pathsOf appends the paths of a value and of all below it, and of one field that does not exist.
func pathsOf(paths []string, path string, v any) []string {
	paths = append(paths, path)
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			paths = pathsOf(paths, source.Key(path, name), v[name])
		}
		paths = append(paths, source.Key(path, "no such"))
	case []any:
		for i, item := range v {
			paths = pathsOf(paths, source.Index(path, i), item)
		}
		paths = append(paths, source.Index(path, len(v)))
	}
	return paths
}

func TestPlacesConcurrently(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{located, `{"spec": [{"ports": 1}, {"ports": [{"name": 2}]}]}`} {
		places := Places([]byte(doc))
		wantLine, wantCol := Locate([]byte(doc), "spec[1].ports")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if line, col := places("spec[1].ports"); line != wantLine || col != wantCol {
					t.Errorf("%d:%d, want %d:%d", line, col, wantLine, wantCol)
				}
			})
		}
		wg.Wait()
	}
}

// BenchmarkPlaces seeks the last field of each of a thousand items, on one line and on many.
func BenchmarkPlaces(b *testing.B) {
	item := `{"name": "a", "labels": {"b": "c", "d": "e"}, "port": 8080}`
	for name, doc := range map[string]string{
		"json": `{"items": [` + strings.Repeat(item+", ", 999) + item + `]}`,
		"flow": `{items: [` + strings.Repeat(item+", ", 999) + item + `]}`,
		"yaml": "items:\n" + strings.Repeat("- "+item+"\n", 1000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				places := Places([]byte(doc))
				for i := range 1000 {
					places(fmt.Sprintf("items[%d].port", i))
				}
			}
		})
	}
}
