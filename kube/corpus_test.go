package kube_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/meshposture/meshposture/internal/kubeschema"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

// corpus is a collection of real manifests and dumps that is not part of the repository.
const corpus = "../../shared/corpus"

// reviewed are the violations that the corpus really has: each was compared with its file.
var reviewed = map[string]string{
	// Patches of kustomizations, not whole objects: one adds a field for when another one makes a
	// StatefulSet of the Deployment, one is a strategic merge directive.
	"emojivoto/kustomize/statefulset/service-name.yml Deployment/emoji spec.serviceName":                                         `unknown field "serviceName"`,
	"emojivoto/kustomize/statefulset/service-name.yml Deployment/vote-bot spec.serviceName":                                      `unknown field "serviceName"`,
	"emojivoto/kustomize/statefulset/service-name.yml Deployment/voting spec.serviceName":                                        `unknown field "serviceName"`,
	"emojivoto/kustomize/statefulset/service-name.yml Deployment/web spec.serviceName":                                           `unknown field "serviceName"`,
	"online-boutique/kustomize/components/without-loadgenerator/delete-loadgenerator.patch.yaml Deployment/loadgenerator $patch": `unknown field "$patch"`,

	// Mistakes in hand-written test data: a LocalObjectReference has no namespace, and a
	// selector stands inside another one.
	"popeye-dumps/internal/cache/testdata/core/sa/1.yaml ServiceAccount/default/sa4 imagePullSecrets[0].namespace": `unknown field "namespace"`,
	"popeye-dumps/internal/lint/testdata/net/np/d.yaml NetworkPolicy/default/np-d spec.podSelector.podSelector":    `unknown field "podSelector"`,
}

// Manifests that a cluster took must give no problem: whatever the schema refuses there is
// either an error of the manifest, reviewed above, or one of the schema.
func TestCorpus(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(corpus); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no corpus at %s", corpus)
	}
	found := map[string]string{}
	objects := 0
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, obj := range objectsOf(t, path, data) {
			typ, ok := kubeschema.Of(obj.Ref.Kind)
			if !ok {
				continue
			}
			objects++
			for _, v := range strict.Check(typ, obj.JSON) {
				name, _ := filepath.Rel(corpus, path)
				found[filepath.ToSlash(name)+" "+obj.Ref.String()+" "+v.Path] = v.Message
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if objects < 1000 {
		t.Errorf("only %d objects of known kinds were checked", objects)
	}
	if diff := cmp.Diff(reviewed, found); diff != "" {
		t.Errorf("violations in %d objects (-reviewed +found):\n%s", objects, diff)
	}
}

// objectsOf returns the objects of a file; what is no YAML or JSON is left out.
func objectsOf(t *testing.T, path string, data []byte) []source.Object {
	t.Helper()
	var docs [][]byte
	switch filepath.Ext(path) {
	case ".json":
		docs = [][]byte{data}
	case ".yaml", ".yml":
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		for _, text := range strings.Split("\n"+string(data), "\n---") {
			if doc, err := yaml.YAMLToJSON([]byte(text)); err == nil {
				docs = append(docs, doc)
			}
		}
	}
	var objects []source.Object
	for _, doc := range docs {
		objects = append(objects, flatten(doc)...)
	}
	return objects
}

// flatten returns the object in doc, or those of the list that it is.
func flatten(doc []byte) []source.Object {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(doc, &head) != nil || head.Kind == "" {
		return nil
	}
	if strings.HasSuffix(head.Kind, "List") {
		var objects []source.Object
		for _, item := range head.Items {
			objects = slices.Concat(objects, flatten(item))
		}
		return objects
	}
	group, version, found := strings.Cut(head.APIVersion, "/")
	if !found {
		group, version = "", head.APIVersion
	}
	kind := source.Kind{Group: group, Kind: head.Kind}
	ref := source.Ref{Kind: kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
	return []source.Object{{Ref: ref, Version: version, JSON: doc}}
}
