package istio_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// verdict is what validation said of a resource: the word "error" or "warning".
type verdict struct{ kind, namespace, name, word string }

// TestValidationCases compares the resources that are refused, and those that are warned about, with
// the part validation of every case.
func TestValidationCases(t *testing.T) {
	t.Parallel()
	root := cmp.Or(os.Getenv("MESHPOSTURE_CASES"), "../../shared/cases")
	dirs, err := filepath.Glob(filepath.Join(root, "istio", "*", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Skipf("no cases in %s/istio; set MESHPOSTURE_CASES to the folder that holds them", root)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			var exp struct {
				Validation []struct{ Kind, Namespace, Name, Error, Warning string }
			}
			readJSON(t, file, &exp)
			want := map[verdict]bool{}
			for _, e := range exp.Validation {
				if e.Error != "" {
					want[verdict{e.Kind, e.Namespace, e.Name, "error"}] = true
				}
				if e.Warning != "" {
					want[verdict{e.Kind, e.Namespace, e.Name, "warning"}] = true
				}
			}
			if diff := gocmp.Diff(verdicts(want), verdicts(validation(t, dir))); diff != "" {
				t.Errorf("validation (-want +got):\n%s", diff)
			}
		})
	}
}

func verdicts(set map[verdict]bool) []string {
	var list []string
	for v := range maps.Keys(set) {
		list = append(list, v.kind+" "+v.namespace+"/"+v.name+" "+v.word)
	}
	slices.Sort(list)
	return list
}

// validatedKinds are the kinds that validation covers.
var validatedKinds = []source.Kind{
	{Group: "security.istio.io", Kind: "AuthorizationPolicy"},
	{Group: "security.istio.io", Kind: "RequestAuthentication"},
	{Group: "security.istio.io", Kind: "PeerAuthentication"},
	{Group: "networking.istio.io", Kind: "DestinationRule"},
	{Group: "networking.istio.io", Kind: "ServiceEntry"},
	{Group: "networking.istio.io", Kind: "WorkloadEntry"},
	{Group: "networking.istio.io", Kind: "Sidecar"},
	{Group: "networking.istio.io", Kind: "Gateway"},
	{Group: "networking.istio.io", Kind: "VirtualService"},
	{Group: "networking.istio.io", Kind: "EnvoyFilter"},
	{Group: "networking.istio.io", Kind: "ProxyConfig"},
	{Group: "telemetry.istio.io", Kind: "Telemetry"},
	{Group: "extensions.istio.io", Kind: "WasmPlugin"},
	{Group: "extensions.istio.io", Kind: "TrafficExtension"},
}

// validation reads what was refused and warned about off the graph's problems. The API server refuses
// values of a wrong type as well.
func validation(t *testing.T, dir string) map[verdict]bool {
	t.Helper()
	snap, err := snapshot.Read(t.Context(), "input.yaml", completed(t, filepath.Join(dir, "input.yaml")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	problems := istio.Validate(snap, 31, validatedKinds...)
	words := map[source.ProblemCode]string{
		source.ProblemRejected: "error", source.ProblemWrongType: "error", source.ProblemBadValue: "error",
		source.ProblemWarned: "warning",
	}
	got := map[verdict]bool{}
	for _, p := range problems {
		if word := words[p.Code]; word != "" {
			got[verdict{p.Object.Kind.Kind, p.Object.Namespace, p.Object.Name, word}] = true
		}
	}
	return got
}
