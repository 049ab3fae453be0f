package snapshot

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/source"
)

// kindPod is the kind of the objects in these tests.
var kindPod = source.Kind{Kind: "Pod"}

// positions lists where the path stands in each Pod.
func positions(s *Snapshot, path string) []string {
	var out []string
	for o := range s.Objects(kindPod) {
		out = append(out, o.At(path).Pos().String())
	}
	return out
}

func TestPositions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, path string
		want             []string
	}{
		{"YAML", "# c\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: s\n", "metadata.namespace", []string{"in:7:3"}},
		{"behind the separator", "--- " + pod("a"), "metadata.name", []string{"in:1:44"}},
		{"CRLF", "# c\r\n---\r\nkind: Pod\r\napiVersion: v1\r\nmetadata:\r\n  namespace: s\r\n  name: a\r\n", "metadata.name", []string{"in:7:3"}},
		{"byte order mark", "\ufeff" + pod("a"), "kind", []string{"in:1:18"}},
		{"JSON", jsonPod("a") + jsonPod("b"), "metadata.name", []string{"in:5:5", "in:12:5"}},
		{"JSON on the line of another", jsonPod("a") + ` {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "b", "namespace": "s"}}`, "kind", []string{"in:3:3", "in:8:4"}},
		{"JSON List", "{\"kind\": \"List\",\n\"items\": [\n" + jsonPod("a") + ",\n" + jsonPod("b") + "]}", "metadata.name", []string{"in:7:5", "in:15:5"}},
		{"List in a List", "{\"kind\": \"List\",\n\"items\": [\n{\"kind\": \"List\", \"items\": [" + jsonPod("a") + "]}, " + jsonPod("b") + "]}", "metadata.name", []string{"in:7:5", "in:14:5"}},
		{"YAML List", "kind: List\nitems:\n- " + pod("a") + "- kind: Pod\n  apiVersion: v1\n  metadata:\n    namespace: s\n    name: b\n", "metadata.name", []string{"in:3:42", "in:8:5"}},
		{"aliases across items", "kind: List\nitems:\n- &a\n  kind: Pod\n  apiVersion: v1\n  metadata: &m\n    namespace: s\n    name: a\n- <<: *a\n  metadata:\n    <<: *m\n    name: b\n", "metadata.namespace", []string{"in:7:5", "in:7:5"}},
		{"nearest ancestor", jsonPod("a"), "metadata.labels.app", []string{"in:4:3"}},
		{"the object", "\n\n" + jsonPod("a"), "", []string{"in:3"}},
		{"escaped text", `{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "s"},` + "\n" + `"x": "\/\u00e9"}`, "x", []string{"in:2:1"}},
		{"repeated key", `{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "s"},` + "\n" + `"x": 1, "x": 2}`, "x", []string{"in:2:9"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, positions(read(t, tt.text, Options{}), tt.path)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An object far into a long dump has the right line, from files, file systems and streams.
func TestPositionsFarIn(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("{\"kind\": \"List\", \"items\": [\n")
	const n = 20_000 // about 2 MB: several blocks
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(jsonPod("p" + strings.Repeat("0", 6-len(itoa(i))) + itoa(i)))
	}
	b.WriteString("]}\n")
	dir := t.TempDir()
	name := filepath.Join(dir, "dump.json")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile, err := Load(t.Context(), Options{}, name)
	if err != nil {
		t.Fatal(err)
	}
	fromFS, err := LoadFS(t.Context(), files(map[string]string{"dump.json": b.String()}), Options{}, ".")
	if err != nil {
		t.Fatal(err)
	}
	for who, s := range map[string]*Snapshot{name: fromFile, "dump.json": fromFS, "in": read(t, b.String(), Options{})} {
		i := 0
		for o := range s.Objects(kindPod) {
			if i%999 == 0 {
				want := source.Pos{File: who, Line: 2 + 8*i + 4, Col: 5}
				if diff := cmp.Diff(want, o.At("metadata.name").Pos()); diff != "" {
					t.Errorf("%s, object %d (-want +got):\n%s", who, i, diff)
				}
			}
			i++
		}
		if i != n {
			t.Errorf("%s: %d objects, want %d", who, i, n)
		}
	}
}

// A long stream is kept compressed, and every region of it can be read again.
func TestKeptText(t *testing.T) {
	t.Parallel()
	var want []byte
	for i := 0; len(want) < plainBlocks*blockSize+3*blockSize+1000; i++ {
		line := []byte(jsonPod("p"+itoa(i)) + "\n")
		want = append(want, line...)
	}
	f := &file{name: "in", once: strings.NewReader("")}
	f.kept.add(want)
	stored := 0
	for _, b := range f.kept.blocks {
		stored += len(b.text)
	}
	if stored > len(want)-2*blockSize {
		t.Errorf("%d bytes stored for %d", stored, len(want))
	}
	for at := int64(0); at < int64(len(want)); at += 123_456 {
		n := min(200_000, int64(len(want))-at)
		got, err := f.region(at, n)
		if err != nil || string(got) != string(want[at:at+n]) {
			t.Fatalf("region at %d differs (%v)", at, err)
		}
	}
	if _, err := f.region(int64(len(want))-10, 11); err == nil {
		t.Error("a region beyond the end: no error")
	}
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

// When the file has changed, only the file and the line that was remembered are given.
func TestPositionsOfChangedFile(t *testing.T) {
	t.Parallel()
	text := "# c\n" + jsonPod("a")
	for _, tt := range []struct{ name, then string }{
		{"other object", "# c\n" + strings.Replace(text[4:], "\"a\"", "\"b\"", 1)},
		{"shorter", "# c\n"},
		{"moved", "# cc" + text},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "a.yaml")
			write(t, name, text)
			s, err := Load(t.Context(), Options{}, name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, name, tt.then)
			if diff := cmp.Diff([]string{name + ":2"}, positions(s, "metadata.name")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPositionsConcurrently(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 20 {
		text.WriteString("---\n" + jsonPod("p"+string(rune('a'+i))) + "\n")
	}
	s := read(t, text.String(), Options{})
	want := positions(s, "metadata.name")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if diff := cmp.Diff(want, positions(s, "metadata.name")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	wg.Wait()
}
