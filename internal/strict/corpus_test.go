package strict_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	telemetry "istio.io/api/telemetry/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/meshposture/meshposture/internal/strict"
)

// Istio's resources in real manifests, which are not part of the repository, must fit the Types
// made of its messages.
func TestProtoCorpus(t *testing.T) {
	t.Parallel()
	const corpus = "../../../shared/corpus"
	if _, err := os.Stat(corpus); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no corpus at %s", corpus)
	}
	types := map[string]*strict.Type{}
	for kind, msg := range map[string]proto.Message{
		"security.istio.io PeerAuthentication":    new(security.PeerAuthentication),
		"security.istio.io AuthorizationPolicy":   new(security.AuthorizationPolicy),
		"security.istio.io RequestAuthentication": new(security.RequestAuthentication),
		"networking.istio.io Gateway":             new(networking.Gateway),
		"networking.istio.io VirtualService":      new(networking.VirtualService),
		"networking.istio.io DestinationRule":     new(networking.DestinationRule),
		"networking.istio.io ServiceEntry":        new(networking.ServiceEntry),
		"networking.istio.io Sidecar":             new(networking.Sidecar),
		"networking.istio.io WorkloadEntry":       new(networking.WorkloadEntry),
		"telemetry.istio.io Telemetry":            new(telemetry.Telemetry),
	} {
		types[kind] = strict.Proto(msg.ProtoReflect().Descriptor())
	}
	found, resources := []string(nil), 0
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || d.IsDir() || ext != ".yaml" && ext != ".yml" && ext != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, r := range resourcesOf(data) {
			group, _, _ := strings.Cut(r.APIVersion, "/")
			if typ := types[group+" "+r.Kind]; typ != nil {
				resources++
				for _, v := range strict.Check(typ, r.Spec) {
					found = append(found, filepath.Base(path)+" "+r.Kind+" "+v.String())
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if resources < 100 {
		t.Errorf("only %d resources were checked", resources)
	}
	if diff := cmp.Diff([]string(nil), found); diff != "" {
		t.Errorf("violations in %d resources (-reviewed +found):\n%s", resources, diff)
	}
}

// resource is a custom resource, or a list of them.
type resource struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Spec       json.RawMessage `json:"spec"`
	Items      []resource      `json:"items"`
}

// resourcesOf returns the resources in YAML or JSON documents; what is neither is left out.
func resourcesOf(data []byte) []resource {
	var all []resource
	for _, doc := range strings.Split("\n"+string(data), "\n---") {
		var r resource
		if !strings.Contains(doc, "istio.io/") || yaml.Unmarshal([]byte(doc), &r) != nil {
			continue
		}
		for _, one := range append(r.Items, r) {
			if len(one.Spec) > 0 {
				all = append(all, one)
			}
		}
	}
	return all
}
