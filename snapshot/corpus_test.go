package snapshot

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus is the folder of real manifests beside the repository.
func corpus(t *testing.T) string {
	t.Helper()
	const root = "../../shared/corpus"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	return root
}

// Every document of every file is an object, a problem or skipped; nothing is lost.
func TestCorpusIsAccountedFor(t *testing.T) {
	t.Parallel()
	root := corpus(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !isManifest(path) {
			return err
		}
		s, err := Load(t.Context(), Options{}, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if want, got := documents(t, string(data)), accounted(s); want != got {
			t.Errorf("%s: %d documents, %d accounted for:\n%s", path, want, got, strings.Join(summary(s), "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// accounted counts the documents that a snapshot speaks of. A problem with an object is in
// addition to that object, but for a duplicate, of which only the later is kept.
func accounted(s *Snapshot) int {
	n := len(s.Skipped())
	for _, c := range s.Kinds() {
		n += c
	}
	for _, p := range s.Problems() {
		if p.Object.IsZero() && p.Code != "duplicate" || p.Code == "duplicate" && !p.Object.IsZero() {
			n++
		}
	}
	return n
}

// documents counts, by other means than the loader, the documents and list items of a text.
func documents(t *testing.T, text string) int {
	t.Helper()
	if strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{{") {
		var list struct {
			Kind  string
			Items []json.RawMessage
		}
		if json.Unmarshal([]byte(text), &list) == nil && strings.HasSuffix(list.Kind, "List") && len(list.Items) > 0 {
			return len(list.Items)
		}
		return 1
	}
	n := 0
	for _, doc := range regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`).Split(text, -1) {
		content := regexp.MustCompile(`(?m)^\s*(#.*)?$`).ReplaceAllString(doc, "")
		if strings.TrimSpace(content) == "" {
			continue
		}
		n += max(1, listItems(doc))
	}
	return max(n, 1)
}

var listKind = regexp.MustCompile(`(?m)^kind: \w*List\s*$`)

func listItems(doc string) int {
	if !listKind.MatchString(doc) {
		return 0
	}
	_, items, ok := strings.Cut(doc, "\nitems:\n")
	if !ok {
		return 0
	}
	dash := regexp.MustCompile(`(?m)^ *- `).FindString(items)
	return strings.Count("\n"+items, "\n"+dash)
}

// Loading all at once gives the same each time, whatever the workers do.
func TestCorpusIsDeterministic(t *testing.T) {
	t.Parallel()
	root := corpus(t)
	var before []string
	for range 2 {
		s, err := Load(t.Context(), Options{}, root)
		if err != nil {
			t.Fatal(err)
		}
		got := summary(s)
		if diff := cmp.Diff(before, got); before != nil && diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		before = got
	}
}

// Fields of real objects have places: the name of each stands where its text says.
func TestCorpusPositions(t *testing.T) {
	t.Parallel()
	s, err := Load(t.Context(), Options{}, filepath.Join(corpus(t), "live-istio"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]string{}
	checked := 0
	for k := range s.Kinds() {
		for o := range s.Objects(k) {
			if checked++; checked%7 != 0 {
				continue
			}
			pos := o.At("metadata.name").Pos()
			if texts[pos.File] == nil {
				data, err := os.ReadFile(pos.File)
				if err != nil {
					t.Fatal(err)
				}
				texts[pos.File] = strings.Split(string(data), "\n")
			}
			line := texts[pos.File][pos.Line-1]
			if pos.Col == 0 || !strings.Contains(line[pos.Col-1:], "name") || !strings.Contains(line, o.Ref.Name) {
				t.Errorf("%s at %s, where it says %q", o.Ref, pos, line)
			}
		}
	}
	t.Logf("%d objects", checked)
}
