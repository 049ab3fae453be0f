package yamldoc

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// pieces are what lines are made of; some lie outside of what the quick reader takes.
var pieces = []string{
	"- ", "- ", "-", "-  ", "a: ", "b: ", "a:", "b:", "c:", "\"q\": ", "\"q\":", "x", "1", "1.30", "yes", "~", "\"s\"", "'t'", "{}", "[]", "|", "|-", "|+",
	" # c", "# c", "  ", " ", "x y", "x: y", "---", "...", "''", "\"\\n\"", "'", "\"", ">", "&a ", "*a", "!!str ", "? ", ":", "{", "]", "- - ", "<<: ", "0x1f", "-1", "--", "_", "#",
}

// randomDoc makes a document of a few lines whose indentations fit each other more often than not.
func randomDoc(r *rand.Rand) string {
	var b strings.Builder
	indent := 0
	for range 1 + r.IntN(7) {
		switch r.IntN(4) {
		case 0:
			indent += 1 + r.IntN(2)
		case 1:
			indent = max(0, indent-1-r.IntN(3))
		}
		b.WriteString(strings.Repeat(" ", indent))
		for range r.IntN(4) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if r.IntN(20) > 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// The quick reader never takes what the YAML parser refuses or reads differently.
func TestBlockReaderOnRandomText(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	lim := Limits{}.withDefaults()
	n, taken := 100_000, 0
	if testing.Short() {
		n = 20_000
	}
	for range n {
		doc := []byte(randomDoc(r))
		got, ok := fromBlocks(doc, lim)
		if !ok {
			continue
		}
		taken++
		want, dups, err := fromNodes(doc, lim)
		if err != nil || len(dups) > 0 || !bytes.Equal(want, got) {
			t.Fatalf("%q: got %s; the parser gives %s, %v, %v", doc, got, want, dups, err)
		}
	}
	t.Logf("%d of %d documents taken", taken, n)
}
