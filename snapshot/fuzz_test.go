package snapshot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the input: no panic, valid JSON, problems with a file, positions in it, the same
// result from a stream of small blocks, and the same objects when documents change places.
func FuzzRead(f *testing.F) {
	f.Add(pod("a"), pod("b"))
	f.Add(jsonPod("a"), pod("a"))
	f.Add(`{"kind": "List", "items": [`+jsonPod("a")+", 1 2]}", "\ufeff---\n"+pod("b"))
	f.Add("kind: List\nitems:\n- "+pod("a")+"- &x "+pod("b")+"- *x\n", "%YAML 1.1\n---\na: 1\n...\n")
	f.Add("{{ if }}\n", "apiVersion: v1\nkind: Pod\nmetadata: {name: 1.30}\n")
	f.Add("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-, namespace: \"${X}\"}\n", "\t{[\x00")
	f.Add(`{"items":[{"items":[]}],"kind":"PodList"}`, "items:\n- a\nkind: XList\n")
	f.Add("apiVersion: meshposture.dev/v1alpha1\nid: a\nid: b\n", "apiVersion: meshposture.dev/v1alpha1\nkind: [\n---\n"+pod("a"))
	opts := Options{MaxDocumentBytes: 2000, MaxDepth: 30, MaxNodes: 1000, MaxProblems: 20}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := read(t, a, opts)
		checkSnapshot(t, s, strings.Count(a, "\n")+1)
		bytewise, err := Read(t.Context(), "in", readerFunc(oneByOne(a)), opts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summary(s), summary(bytewise)); diff != "" {
			t.Errorf("(-at once +bytewise):\n%s", diff)
		}
		ab := refs(t, map[string]string{"1.yaml": a, "2.yaml": b}, opts)
		ba := refs(t, map[string]string{"1.yaml": b, "2.yaml": a}, opts)
		if diff := cmp.Diff(ab, ba); diff != "" {
			t.Errorf("(-one order +the other):\n%s", diff)
		}
	})
}

func oneByOne(text string) func(p []byte) (int, error) {
	r := strings.NewReader(text)
	return func(p []byte) (int, error) { return r.Read(p[:min(1, len(p))]) }
}

func checkSnapshot(t *testing.T, s *Snapshot, lines int) {
	t.Helper()
	for k, n := range s.Kinds() {
		for o := range s.Objects(k) {
			n--
			if !json.Valid(o.JSON) {
				t.Errorf("%s: not JSON: %s", o.Ref, o.JSON)
			}
			pos := o.At("metadata.name").Pos()
			if pos.File != "in" || pos.Line < 1 || pos.Line > lines || pos.Col == 0 {
				t.Errorf("%s: position %v in a text of %d lines", o.Ref, pos, lines)
			}
		}
		if n != 0 {
			t.Errorf("%s: count differs by %d from the objects", k, n)
		}
	}
	for _, p := range s.Problems() {
		if p.Pos.File == "" || p.Pos.Line > lines {
			t.Errorf("position of %v in a text of %d lines", p, lines)
		}
	}
}

// refs lists the objects of files, in order.
func refs(t *testing.T, texts map[string]string, opts Options) []string {
	t.Helper()
	s, err := LoadFS(t.Context(), files(texts), opts, ".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for k := range s.Kinds() {
		for o := range s.Objects(k) {
			out = append(out, fmt.Sprintf("%v", o.Ref))
		}
	}
	slices.Sort(out)
	return out
}
