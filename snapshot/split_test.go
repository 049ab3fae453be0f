package snapshot

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestYAMLDocuments(t *testing.T) {
	t.Parallel()
	block := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: s}\ndata:\n  x: |\n    a\n    ---\n    b\n   \n"
	runCases(t, Options{}, []readCase{
		{"one", pod("a"), []string{"in:1 Pod/s/a v1"}},
		{"two", "---\n" + pod("a") + "---\n" + pod("b"), []string{"in:2 Pod/s/a v1", "in:4 Pod/s/b v1"}},
		{"comment behind the separator", "--- # first\n" + pod("a") + "---   \n" + pod("b"), []string{"in:2 Pod/s/a v1", "in:4 Pod/s/b v1"}},
		{"content behind the separator", "--- " + pod("a") + "--- " + pod("b"), []string{"in:1 Pod/s/a v1", "in:2 Pod/s/b v1"}},
		{"end markers", pod("a") + "...\n# between\n---\n" + pod("b") + "...\n", []string{"in:1 Pod/s/a v1", "in:5 Pod/s/b v1"}},
		{"directives", "%YAML 1.1\n# c\n---\n" + pod("a") + "...\n%YAML 1.1\n---\n" + pod("b"), []string{"in:4 Pod/s/a v1", "in:8 Pod/s/b v1"}},
		{"comments first", "# licence\n\n---\n# more\n" + pod("a"), []string{"in:5 Pod/s/a v1"}},
		{"empty documents", "---\n---\n# nothing\n---\n" + pod("a") + "---\n\n---\n", []string{"in:5 Pod/s/a v1"}},
		{"separator inside a block scalar is text", block + "---\n" + pod("b"), []string{"in:1 ConfigMap/s/c v1", "in:11 Pod/s/b v1"}},
		{"four dashes are text", "----\n---\n" + pod("a"), []string{"in:3 Pod/s/a v1", "in:1: skipped not-kubernetes: the document is a string"}},
		{"no line feed at the end", pod("a") + "---", []string{"in:1 Pod/s/a v1"}},
		{"CRLF", strings.ReplaceAll("---\n"+pod("a")+"---\n"+pod("b"), "\n", "\r\n"), []string{"in:2 Pod/s/a v1", "in:4 Pod/s/b v1"}},
		{"byte order mark", "\ufeff" + pod("a") + "---\n" + pod("b"), []string{"in:1 Pod/s/a v1", "in:3 Pod/s/b v1"}},
		{"null", "---\nnull\n---\n~\n", []string{"in:2: skipped empty: the document is null", "in:4: skipped empty: the document is null"}},
		{"nothing", "", []string{"in: skipped empty: holds no document"}},
		{"only comments", "# a\n---\n# b\n", []string{"in: skipped empty: holds no document"}},
		{"scalar and sequence", "text\n---\n- a\n---\n12\n---\non\n", []string{
			"in:1: skipped not-kubernetes: the document is a string", "in:3: skipped not-kubernetes: the document is a sequence",
			"in:5: skipped not-kubernetes: the document is the number 12", "in:7: skipped not-kubernetes: the document is the boolean true",
		}},
	})
}

func TestJSONDocuments(t *testing.T) {
	t.Parallel()
	runCases(t, Options{}, []readCase{
		{"one", jsonPod("a"), []string{"in:1 Pod/s/a v1"}},
		{"concatenated", jsonPod("a") + jsonPod("b") + "\n\n" + jsonPod("c"), []string{"in:1 Pod/s/a v1", "in:8 Pod/s/b v1", "in:17 Pod/s/c v1"}},
		{"tabs", "{\n\t\"apiVersion\":\t\"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \"namespace\": \"s\"}}", []string{"in:1 Pod/s/a v1"}},
		{"separated as YAML", jsonPod("a") + "\n---\n" + jsonPod("b") + "\n---\n" + pod("c"), []string{"in:1 Pod/s/a v1", "in:10 Pod/s/b v1", "in:19 Pod/s/c v1"}},
		{"byte order mark", "\ufeff" + jsonPod("a"), []string{"in:1 Pod/s/a v1"}},
		{"array", "[" + jsonPod("a") + "]", []string{"in:1: skipped not-kubernetes: the document is a sequence"}},
		{"text behind", jsonPod("a") + " junk", []string{"in:1 Pod/s/a v1", "in:8: skipped not-kubernetes: the document is a string"}},
		{"repeated key", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\",\n \"name\": \"b\", \"namespace\": \"s\"}}", []string{
			"in:1 Pod/s/b v1", "in:2:2: duplicate: metadata.name: key appears twice; the later value counts",
		}},
		{"cut off", jsonPod("a") + "\n" + jsonPod("b")[:40], []string{
			"in:1 Pod/s/a v1", "in:11:17: syntax: the document ends too early",
		}},
	})
}

func TestJSONLists(t *testing.T) {
	t.Parallel()
	list := func(kind string, items ...string) string {
		return "{\"apiVersion\": \"v1\",\n\"items\": [\n" + strings.Join(items, ",\n") + "\n],\n\"kind\": \"" + kind + "\"}"
	}
	runCases(t, Options{}, []readCase{
		{"items", list("List", jsonPod("a"), jsonPod("b")), []string{"in:3 Pod/s/a v1", "in:11 Pod/s/b v1"}},
		{"kind first", `{"kind": "List", "apiVersion": "v1", "items": [` + jsonPod("a") + "]}", []string{"in:1 Pod/s/a v1"}},
		{"two lists", list("List", jsonPod("a")) + list("List", jsonPod("b")), []string{"in:3 Pod/s/a v1", "in:14 Pod/s/b v1"}},
		{"nested", list("List", jsonPod("a"), list("List", jsonPod("b"), list("PodList", jsonPod("c")))), []string{
			"in:3 Pod/s/a v1", "in:13 Pod/s/b v1", "in:23 Pod/s/c v1",
		}},
		{"items without kind", list("PodList", `{"metadata": {"name": "a", "namespace": "s"}}`, `{"metadata": {}}`), []string{
			"in:3 Pod/s/a v1", "in:4: not-object: list item has no apiVersion and kind",
		}},
		{"items without kind in a List", list("List", `{"metadata": {"name": "a", "namespace": "s"}}`), []string{
			"in:3: not-object: list item has no apiVersion and kind",
		}},
		{"empty", list("List"), []string{"in:1: skipped empty: List without items"}},
		{"null items", `{"kind": "List", "apiVersion": "v1", "items": null}`, []string{"in:1: skipped empty: List without items"}},
		{"items that are no objects", list("List", "1", `"x"`, "null", jsonPod("a")), []string{
			"in:6 Pod/s/a v1", "in:3: not-object: list item is the number 1, not an object",
			"in:4: not-object: list item is a string, not an object", "in:5: not-object: list item is null, not an object",
		}},
		{"not a List", `{"kind": "Menu", "apiVersion": "x.y/v1", "metadata": {"name": "m", "namespace": "s"}, "items": [{"a": 1}, 2]}`, []string{"in:1 Menu/s/m v1"}},
		{"an object that is called List", `{"kind": "AllowList", "apiVersion": "x.y/v1", "metadata": {"name": "m", "namespace": "s"}, "items": [{"a": 1}]}`, []string{"in:1 AllowList/s/m v1"}},
		{"broken item", list("List", jsonPod("a"), "{\"x\": tru }", jsonPod("b")), []string{
			"in:3 Pod/s/a v1", "in:12 Pod/s/b v1", "in:11:10: syntax: invalid character ' ' in literal true (expecting 'e')",
		}},
		{"words that must not grow together", list("List", jsonPod("a"), "{\"x\": 1 2}"), []string{
			"in:3 Pod/s/a v1", "in:11:9: syntax: invalid character '2' after object value (expecting ',' or '}')",
		}},
		{"missing item", list("List", jsonPod("a"), "", jsonPod("b")), []string{
			"in:3 Pod/s/a v1", "in:12 Pod/s/b v1", "in:11:1: syntax: invalid character ',' at start of value",
		}},
		{"comma behind the last", list("List", jsonPod("a"), ""), []string{
			"in:3 Pod/s/a v1", "in:10:2: syntax: invalid character ',' at start of value",
		}},
		{"comma missing", list("List", jsonPod("a")+jsonPod("b"), jsonPod("c")), []string{
			"in:18 Pod/s/c v1", "in:10:2: syntax: invalid character '{' after top-level value",
		}},
		{"cut off behind an item", before(list("List", jsonPod("a"), jsonPod("b")), "\n],"), []string{
			"in:3 Pod/s/a v1", "in:11 Pod/s/b v1", "in:18:2: syntax: the document ends too early",
		}},
		{"cut off in an item", list("List", jsonPod("a"), jsonPod("b"))[:200], []string{
			"in:3 Pod/s/a v1", "in:15:10: syntax: the document ends too early",
		}},
		{"two arrays of items", `{"kind": "List", "apiVersion": "v1", "items": [` + jsonPod("a") + `], "items": [` + jsonPod("b") + "]}", []string{
			"in:8 Pod/s/b v1", "in:8:5: duplicate: items: key appears twice; the later value counts",
		}},
	})
}

func TestYAMLLists(t *testing.T) {
	t.Parallel()
	item := func(dash, name string) string {
		in := dash + "  "
		return dash + "- apiVersion: v1\n" + in + "kind: Pod\n" + in + "metadata:\n" + in + "  name: " + name + "\n" + in + "  namespace: s\n"
	}
	const tail = "kind: List\nmetadata: {resourceVersion: \"\"}\n"
	runCases(t, Options{}, []readCase{
		{"items", "apiVersion: v1\nitems:\n" + item("", "a") + item("", "b") + tail, []string{"in:3 Pod/s/a v1", "in:8 Pod/s/b v1"}},
		{"indented, comments between", "apiVersion: v1\nitems: # all\n# c\n\n" + item("  ", "a") + "# c\n\n" + item("  ", "b") + tail, []string{"in:5 Pod/s/a v1", "in:12 Pod/s/b v1"}},
		{"flow items", "apiVersion: v1\n" + tail + "items:\n- " + pod("a") + "- " + pod("b"), []string{"in:5 Pod/s/a v1", "in:6 Pod/s/b v1"}},
		{"flow list", "{apiVersion: v1, kind: List, items: [" + pod("a") + "," + pod("b") + "]}", []string{"in:1 Pod/s/a v1", "in:2 Pod/s/b v1"}},
		{"item alone on its dash", "apiVersion: v1\nitems:\n-\n  " + pod("a") + "-\n  " + pod("b") + tail, []string{"in:3 Pod/s/a v1", "in:5 Pod/s/b v1"}},
		{"two documents", "apiVersion: v1\nitems:\n" + item("", "a") + tail + "---\n" + pod("b"), []string{"in:3 Pod/s/a v1", "in:11 Pod/s/b v1"}},
		{
			"aliases from item to item", "apiVersion: v1\nitems:\n- apiVersion: &v v1\n  kind: Pod\n  metadata: {name: a, namespace: s}\n- apiVersion: *v\n  kind: Pod\n  metadata: {name: b, namespace: s}\n" + tail,
			[]string{"in:3 Pod/s/a v1", "in:6 Pod/s/b v1"},
		},
		{
			"quoted text that looks like an item", "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a, namespace: s}\n  note: \"x\n- y\"\n- " + pod("b") + tail,
			[]string{"in:3 Pod/s/a v1", "in:8 Pod/s/b v1"},
		},
		{"broken item", "apiVersion: v1\nitems:\n" + item("", "a") + "- a: b: c\n" + item("", "b") + tail, []string{
			"in:3 Pod/s/a v1", "in:9 Pod/s/b v1", "in:8: syntax: mapping values are not allowed in this context",
		}},
		{"broken tail", "apiVersion: v1\nitems:\n" + item("", "a") + "kind: List: x\n", []string{
			"in:3 Pod/s/a v1", "in:8: syntax: mapping values are not allowed in this context",
		}},
		{"not a List", "apiVersion: x.y/v1\nkind: Menu\nmetadata: {name: m, namespace: s}\nitems:\n- a: 1\n- b\n", []string{"in:1 Menu/s/m v1"}},
		{"nested", "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n" + item("  ", "a") + item("  ", "b") + tail, []string{"in:6 Pod/s/a v1", "in:11 Pod/s/b v1"}},
		{"empty", "apiVersion: v1\nkind: List\nitems: []\n", []string{"in:1: skipped empty: List without items"}},
		{"two sequences of items", "items:\n- " + pod("a") + "kind: List\nitems:\n- " + pod("b"), []string{
			"in:5 Pod/s/b v1", "in:4:1: duplicate: items: key appears twice; the later value counts",
		}},
		{"item without kind in a List read whole", "kind: List\nitems:\n- metadata: &m {name: a}\n- metadata: *m\n", []string{
			"in:3: not-object: list item has no apiVersion and kind", "in:4: not-object: list item has no apiVersion and kind",
		}},
		{"items left open", "apiVersion: v1\nkind: List\nitems:\n", []string{"in:1: skipped empty: List without items"}},
	})
}

func before(text, sep string) string {
	head, _, _ := strings.Cut(text, sep)
	return head
}

// Where blocks of the stream end does not matter.
func TestReadBytewise(t *testing.T) {
	t.Parallel()
	text := "\ufeff# c\r\n---\napiVersion: v1\nitems:\n- " + pod("a") + "- " + pod("b") + "kind: List\n---\n" + pod("c") + "--- {x: 1}\n"
	for _, text := range []string{text, jsonPod("é\\\"\\\\") + `{"kind": "List", "items": [` + jsonPod("b") + " , 1 2]}\n---\n" + pod("c")} {
		want := summary(read(t, text, Options{}))
		s, err := Read(t.Context(), "in", iotest.OneByteReader(strings.NewReader(text)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, summary(s)); diff != "" {
			t.Errorf("(-at once +bytewise):\n%s", diff)
		}
		// What the splitters themselves do at the ends of blocks.
		for _, size := range []int{1, 2, 3, 7} {
			var whole, pieces []string
			splitBy(text, len(text), &whole)
			splitBy(text, size, &pieces)
			if diff := cmp.Diff(whole, pieces); diff != "" {
				t.Errorf("blocks of %d bytes (-whole +pieces):\n%s", size, diff)
			}
		}
	}
}

// splitBy feeds a text in blocks and collects the chunks.
func splitBy(text string, size int, out *[]string) {
	in := &input{opts: Options{}.withDefaults(), bufs: &buffers{}}
	in.emit = func(c *chunk) { *out = append(*out, string(c.text)) }
	s := newSplitter(&file{name: "in"}, in)
	start := 3 // the first block tells what the file is
	s.feed([]byte(text[:start]))
	for b := []byte(text[start:]); len(b) > 0; {
		n := min(size, len(b))
		s.feed(b[:n])
		b = b[n:]
	}
	s.finish()
}
