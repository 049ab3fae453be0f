package yamldoc

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	kyaml "sigs.k8s.io/yaml"
)

// Every document of real repositories converts as Kubernetes tooling converts it.
func TestToJSONOnCorpus(t *testing.T) {
	t.Parallel()
	const root = "../../../shared/corpus"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	separator := regexp.MustCompile(`(?m)^---(?:[ \t].*)?$`)
	count := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || ext != ".yaml" && ext != ".yml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, doc := range separator.Split(string(data), -1) {
			want, wantErr := kyaml.YAMLToJSON([]byte(doc))
			got, _, err := ToJSON([]byte(doc), Limits{})
			if (err != nil) != (wantErr != nil) {
				t.Errorf("%s, document %d: %v; Kubernetes %v", path, i, err, wantErr)
				continue
			}
			if err == nil && !bytes.Equal(got, want) {
				if diff := same(t, want, got); diff != "" {
					t.Errorf("%s, document %d (-kubernetes +got):\n%s", path, i, diff)
				}
			}
			count++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents", count)
}
