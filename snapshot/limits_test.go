package snapshot

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 300)
	bigJSON := strings.Replace(jsonPod("big"), "\"v1\"", "\"v1\",\n\"x\": \""+big+"\"", 1)
	runCases(t, Options{MaxDocumentBytes: 250}, []readCase{
		{"document", pod("a") + "---\n# c\n" + "a: " + big + "\n---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:6 Pod/s/b v1", "in:4: limit: document exceeds 250 bytes",
		}},
		{"line", pod("a") + "---\na: 1\n" + "b: " + strings.Repeat(big, 10) + "\n---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:6 Pod/s/b v1", "in:3: limit: document exceeds 250 bytes",
		}},
		{"white space does not count in JSON", strings.Repeat(" ", 500) + jsonPod("a") + bigJSON + "\n" + jsonPod("b"), []string{
			"in:1 Pod/s/a v1", "in:17 Pod/s/b v1", "in:8: limit: document exceeds 250 bytes",
		}},
		{"item of a JSON List", `{"kind": "List", "items": [` + jsonPod("a") + ",\n" + bigJSON + ",\n" + jsonPod("b") + "]}", []string{
			"in:1 Pod/s/a v1", "in:18 Pod/s/b v1", "in:9: limit: document exceeds 250 bytes",
		}},
		{"item of a YAML List", "kind: List\nitems:\n- " + pod("a") + "- a: " + big + "\n- " + pod("b"), []string{
			"in:3 Pod/s/a v1", "in:5 Pod/s/b v1", "in:4: limit: document exceeds 250 bytes",
		}},
	})
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	bomb := "a0: &a0 x\n"
	for i := range 40 {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	runCases(t, Options{}, []readCase{
		{"depth", pod("a") + "---\nx:\n  y: " + deep + "\n---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:6 Pod/s/b v1", "in:4:204: limit: nested deeper than 200 levels",
		}},
		{"depth of JSON", jsonPod("a") + "{\"x\": " + deep + "}" + jsonPod("b"), []string{
			"in:1 Pod/s/a v1", "in:8 Pod/s/b v1", "in:8:207: limit: nested deeper than 200 levels",
		}},
		{"depth of an item", `{"kind": "List", "items": [` + jsonPod("a") + ",\n" + deep + "]}", []string{
			"in:1 Pod/s/a v1", "in:9:201: limit: nested deeper than 200 levels",
		}},
		{"alias bomb", pod("a") + "---\n" + bomb + "---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:45 Pod/s/b v1", "in:3:1: limit: more than 2000000 values after alias expansion",
		}},
	})
	runCases(t, Options{MaxFileBytes: 150}, []readCase{
		{"stream", pod("a") + "---\n" + pod("b") + "---\n" + pod("c"), []string{
			"in:1: limit: more than 150 bytes: the rest is not read",
		}},
	})
	runCases(t, Options{MaxProblems: 2}, []readCase{
		{"problems", "a: [\n---\nb: [\n---\nc: [\n---\nd: [\n", []string{
			"in:2: syntax: did not find expected node content",
			"in:4: syntax: did not find expected node content",
			"in:6: limit: 2 further problems are not listed, the first of which is here",
		}},
	})
	runCases(t, Options{MaxDocuments: 2, MaxProblems: 1}, []readCase{
		{"objects beyond the bound among many problems", "a: [\n---\n{kind: List, items: [" + flowPods("a", "b", "c") + "]}\n", []string{
			"in:3 Pod/s/a v1", "in:3 Pod/s/b v1", "in:3: limit: more than 2 objects: this and later ones are left out",
			"in:2: limit: 1 further problems are not listed, the first of which is here",
		}},
	})
	runCases(t, Options{MaxDocuments: 2}, []readCase{
		{"objects of a List that is read whole", "{kind: List, items: [" + flowPods("a", "b", "c", "d") + "]}\n", []string{
			"in:1 Pod/s/a v1", "in:1 Pod/s/b v1", "in:1: limit: more than 2 objects: this and later ones are left out",
		}},
	})
}

func flowPods(names ...string) string {
	var pods []string
	for _, name := range names {
		pods = append(pods, strings.TrimSpace(pod(name)))
	}
	return strings.Join(pods, ", ")
}

// What lies beyond the bound of problems is only counted, and what is kept is the same however the
// documents fall to the workers: the first in load order, those of documents before those of names.
func TestProblemsKept(t *testing.T) {
	t.Parallel()
	const many, most = 3000, 5
	doc := func(i int) string {
		switch i % 4 {
		case 0:
			return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: p%d}\n", i) // no namespace
		case 1:
			return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: 1}\n", i)
		case 2:
			return "kind: List\nitems:\n- 1\n- apiVersion: v1\n  kind: Pod\n"
		default:
			return "a: 1\na: [\n"
		}
	}
	var text strings.Builder
	for i := range many {
		text.WriteString("---\n" + doc(i))
	}
	want := []string{
		"in:8:22: wrong-type: metadata.namespace: must be a string, not the number 1",
		"in:12: not-object: list item is the number 1, not an object",
		"in:13: not-object: Pod has no metadata.name",
		"in:18: syntax: did not find expected node content",
		"in:25:22: wrong-type: metadata.namespace: must be a string, not the number 1",
		fmt.Sprintf("in:29: limit: %d further problems are not listed, the first of which is here", many/4*5-most),
	}
	for range 4 {
		var got []string
		for _, p := range read(t, text.String(), Options{MaxProblems: most}).Problems() {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
