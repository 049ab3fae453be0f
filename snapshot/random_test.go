package snapshot

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines are what the random Lists are made of: items, keys, and text that could pass for either.
var lines = []string{
	"items:", "items:", "- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: s}}",
	"- apiVersion: v1", "  kind: Pod", "  metadata: {name: b, namespace: s}", "  metadata: &m {name: c, namespace: s}", "  metadata: *m",
	"- &x {apiVersion: v1, kind: Pod, metadata: {name: d, namespace: s}}", "- *x", "- <<: *x", "  x: \"", "  x: '", "\"", "'", "  x: |", "   - text", "- text", "  x: [", "  ]", "- [", "]",
	"kind: List", "apiVersion: v1", "metadata: {}", "# c", "", "  # c", "-", "  items:", "  - x", "x: y", "name: z", "  x: y", "\t", "items: []", "- - a", "- |", "? a", "...",
}

// A List that comes apart by its lines gives the objects that the YAML parser sees in it.
func TestListsComeApartAsTheParserSeesThem(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	n, compared := 3_000, 0
	if testing.Short() {
		n = 1_000
	}
	for range n {
		text := randomList(r)
		want, ok := parsedWhole(text)
		if !ok {
			continue
		}
		compared++
		got := objectTexts(read(t, text, Options{}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n(-whole +apart):\n%s", text, diff)
		}
	}
	t.Logf("%d of %d compared", compared, n)
}

func randomList(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("kind: List\nitems:\n")
	for range 1 + r.IntN(8) {
		switch r.IntN(3) {
		case 0:
			b.WriteString("- apiVersion: v1\n  kind: Pod\n  metadata: {name: " + string(rune('k'+r.IntN(4))) + ", namespace: s}\n")
		default:
			b.WriteString(lines[r.IntN(len(lines))] + "\n")
		}
	}
	return b.String()
}

// parsedWhole decodes a text in one piece. ok is false when it is broken, or more than one document.
func parsedWhole(text string) (objects []string, ok bool) {
	d := newDecoder(Options{}.withDefaults())
	f := &file{name: "in", once: strings.NewReader(text)}
	f.kept.add([]byte(text))
	c := &chunk{region: region{file: f, size: int64(len(text)), line: 1, col: 1}, first: 1, text: []byte(text)}
	res := d.decode(0, c)
	if res.broken || strings.Contains(text, "...") {
		return nil, false
	}
	a := newAssembly(d)
	a.take(res)
	return objectTexts(a.snapshot(nil, nil)), true
}

func objectTexts(s *Snapshot) []string {
	var out []string
	for k := range s.Kinds() {
		for o := range s.Objects(k) {
			out = append(out, o.Ref.String()+" "+string(o.JSON))
		}
	}
	return out
}
