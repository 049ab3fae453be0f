package yamldoc

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// blocks are documents that the quick reader takes, or nearly.
var blocks = []string{
	"a: b\n", "---\na: b\n", "--- # c\na: b\n", "--- a\n", "# c\n\n---\n# d\na:\n  b: c\n", "a: b", "a:\n", "a: \nb:", "a: # c\nb: 1\n",
	"a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", "a:\n- b\n- c: 1\n  d: 2\n- - e\n  - f\n-\n  g: 1\n-\n- h\ni: j\n", "a:\n  - b\n  - c\nd: e\n", "- a: 1\n  b:\n  - c\n  -   d: 1\n      e: 2\n",
	"a: \"x\"\nb: 'y'\nc: \"\\\"\\n\\t\\\\\"\nd: 'it''s'\ne: '\"\\'\n", "a: \"x\" # c\nb: 'y' # c\nc: z # c\nd: z#c\n", "a: {}\nb: []\nc: { }\nd: [1]\n",
	"a: |\n  x\n   y\n\n  z\n\n\nb: |-\n  x\n\nc: |+\n  x\n\n\nd: 1\n", "a: |\n  x", "a: |\n\n  x\n", "a: |\n", "a: |2\n   x\n", "a: | # c\n  x\n", "a:\n- |\n  x\n- |\n x\n", "a: |\n  x\n # c\nb: 1\n", "a: |\n  x\n  # no comment\n  \n    \nb: 1\n", "- |\n x\n- b\n", "a: |\n  x\n y: 1\n",
	"a: b\n  c\n", "a: \"b\"\n  c: d\n", "a: b\n   # c\nd: e\n", "a: b: c\n", "a: b:\n", "a: - b\n", "a: 1\na: 2\n", "a: 1\n\"a\": 2\n", "a:\n  b: 1\n c: 2\n", "a:\n    b: 1\n  c: 2\n", " a: 1\n b: 2\n", " a: 1\nb: 2\n", "- a\n- b\nc: d\n", "a: 1\n- b\n",
	"yes: 1\n", "on: 1\n", "1: 2\n", "a.b/c-d_e: 1\n", "\"a b\": 1\n\"\": 2\n", "\"a: b\": 1\n", "a: ~\nb: null\nc: yes\nd: 1.30\ne: 1e3\nf: 0x10\ng: 1_000\nh: 017\ni: .5\nj: .inf\n", "a: -\n", "a: -1\n", "a: --x\n", "a: -x\n", "a: 1Gi\nb: 100m\nc: 10.0.0.1\nd: 2020-01-01T00:00:00Z\ne: 1:2\nf: 1.\ng: +1\n",
	"a: b # c: d\n", "a: b\n...\n", "a: b\n---\nc: d\n", "a: <<\n", "<<: {a: 1}\n", "a: (x)\nb: $(x)\nc: ${x}\nd: /x\ne: ~x\nf: .x\ng: a, b [c] {d} 'e' \"f\" & * ! | > % @ `\n", "a: x  \nb:   y\n", "-  a: 1\n   b: 2\n- c: 3\n", "- - - a\n    - b\n  - c\n- d\n", "a:\n-\n  - b\n-\n- c\n", "-\n", "-", "a", "a: b\nc\n", "a:b\n", "a :b\n", "a : b\n", "? a\n: b\n",
	"k: 'a'b\n", "k: \"a\"b\n", "k: \"a\" b\n", "k: {}x\n", "k: []]\n", "- a\n -b\n", "- a\n  - b\n", "a:\n- b\n  c\n", "a:\n - b\n- c\n",
}

// What the quick reader converts, the YAML parser converts to the same, and it takes what it is
// for.
func TestBlockReader(t *testing.T) {
	t.Parallel()
	lim := Limits{}.withDefaults()
	taken := 0
	for _, doc := range append(blocks, traps...) {
		got, ok := fromBlocks([]byte(doc), lim)
		if !ok {
			continue
		}
		taken++
		want, dups, err := fromNodes([]byte(doc), lim)
		if err != nil || len(dups) > 0 {
			t.Errorf("%q: got %s, but the parser %v, %v", doc, got, dups, err)
		} else if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%q (-parser +got):\n%s", doc, diff)
		}
	}
	if taken < 100 {
		t.Errorf("only %d documents taken", taken)
	}
}

// Bounds hold for the quick reader too.
func TestBlockReaderLimits(t *testing.T) {
	t.Parallel()
	lim := Limits{MaxDepth: 3, MaxNodes: 7}
	for doc, want := range map[string]bool{
		"a:\n  b:\n    c: 1\n":         true,
		"a:\n  b:\n    c:\n      d: 1": false,
		"a:\n  b:\n    c: {}\n":        false,
		"a:\n  b:\n  - c: 1\n":         false,
		"- 1\n- 2\n- 3\n- 4\n- 5\n":    true,
		"a: 1\nb: 1\nc: 1\nd: 1\n":     false,
	} {
		if _, ok := fromBlocks([]byte(doc), lim); ok != want {
			t.Errorf("%q: taken is %v, want %v", doc, ok, want)
		}
		if _, _, err := fromNodes([]byte(doc), lim); (err == nil) != want {
			t.Errorf("%q: the parser says %v", doc, err)
		}
	}
}

func TestBlockReaderOnCorpus(t *testing.T) {
	t.Parallel()
	const root = "../../../shared/corpus"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	separator := regexp.MustCompile(`(?m)^---(?:[ \t].*)?$`)
	lim := Limits{}.withDefaults()
	all, taken := 0, 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || ext != ".yaml" && ext != ".yml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, doc := range separator.Split(string(data), -1) {
			if strings.TrimSpace(doc) == "" {
				continue
			}
			all++
			got, ok := fromBlocks([]byte(doc), lim)
			if !ok {
				continue
			}
			taken++
			if want, dups, err := fromNodes([]byte(doc), lim); err != nil || len(dups) > 0 || !bytes.Equal(want, got) {
				t.Errorf("%s, document %d: %v, %v (-parser +got):\n%s", path, i, dups, err, cmp.Diff(string(want), string(got)))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d documents", taken, all)
}
