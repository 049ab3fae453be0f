package snapshot

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/source"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	runCases(t, Options{}, []readCase{
		{"numbers and booleans are no names", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 1.30\n  namespace: off\n", []string{
			"in:4:3: wrong-type: metadata.name: must be a string, not the number 1.30",
			"in:5:3: wrong-type: metadata.namespace: must be a string, not the boolean false",
		}},
		{"quoted, they are", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"1.30\"\n  namespace: 'off'\n", []string{"in:1 Pod/off/1.30 v1"}},
		{"kind and apiVersion", "apiVersion: 1\nkind: [Pod]\nmetadata: {name: a, namespace: s}\n", []string{
			"in:1:1: wrong-type: apiVersion: must be a string, not the number 1",
			"in:2:1: wrong-type: kind: must be a string, not a sequence",
		}},
		{"metadata is no mapping", "apiVersion: v1\nkind: Pod\nmetadata: a\n", []string{
			"in:3:1: wrong-type: metadata: must be a mapping, not a string",
		}},
		{"no name", "apiVersion: v1\nkind: Pod\nmetadata: {namespace: s}\n", []string{"in:1: not-object: Pod has no metadata.name"}},
		{"no metadata", "apiVersion: v1\nkind: Pod\nspec: {}\n", []string{"in:1: not-object: Pod has no metadata.name"}},
		{"no apiVersion", "kind: Pod\nmetadata: {name: a}\n", []string{"in:1: not-object: kind Pod without apiVersion"}},
		{"no kind", "apiVersion: v1\nmetadata: {name: a}\n", []string{"in:1: not-object: apiVersion v1 without kind"}},
		{"a chart's values", "replicas: 1\nmetadata: x\n", []string{"in:1: skipped not-kubernetes: no apiVersion and kind"}},
		{"a chart's description", "apiVersion: v2\nname: x\n", []string{"in:1: skipped not-kubernetes: apiVersion v2 without kind"}},
		{"generated names never hide each other", "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: j-, namespace: s}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: j-, namespace: s}\n", []string{
			"in:1 Job/s/j-* v1", "in:5 Job/s/j-*2 v1",
		}},
		{"kustomization", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a]\n", []string{
			"in:1: skipped kustomization: kustomize.config.k8s.io/v1beta1 Kustomization is read by a tool, not by the API server",
		}},
		{"Flux's Kustomization is an object", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: s}\n", []string{"in:1 Kustomization/s/a v1"}},
		{"kubeconfig", "apiVersion: v1\nkind: Config\nclusters: []\n", []string{
			"in:1: skipped not-kubernetes: v1 Config is read by a tool, not by the API server",
		}},
		{"yaml scalar traps", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: on-call, namespace: \"1e3\"}\n", []string{"in:1 ConfigMap/1e3/on-call v1"}},
	})
}

// Records lie among manifests. Package decision judges them; here none is an object, nor a fault.
func TestRecords(t *testing.T) {
	t.Parallel()
	const skipped = "skipped record: a decision record; load it with package decision"
	runCases(t, Options{}, []readCase{
		{"among objects", pod("a") + "---\napiVersion: meshposture.dev/v1alpha1\nkind: Decision\nid: d\n---\n" + pod("b"), []string{
			"in:1 Pod/s/a v1", "in:7 Pod/s/b v1", "in:3: " + skipped,
		}},
		{"of another version", "apiVersion: meshposture.dev/v9\nkind: Verdict\n", []string{"in:1: " + skipped}},
		{"faulty", "id: a\nid: b\napiVersion: meshposture.dev/v1alpha1\nkind: 7\nmetadata: x\n", []string{"in:1: " + skipped}},
		{"in a List", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: meshposture.dev/v1alpha1\n  kind: Decision\n", []string{"in:4: " + skipped}},
		{"broken", pod("a") + "---\n# why\nid: d\napiVersion: \"meshposture.dev/v1alpha1\"\nreason: [\n", []string{
			"in:1 Pod/s/a v1", "in:4: " + skipped,
		}},
		{"broken JSON", "{\n  \"apiVersion\": \"meshposture.dev/v1alpha1\",\n", []string{"in:1: " + skipped}},
		{"in the text of a broken object", "kind: ConfigMap\ndata:\n  r: |\n    apiVersion: meshposture.dev/v1alpha1\nx: [\n", []string{
			"in:6: syntax: did not find expected node content",
		}},
		{"of a group with a longer name", "apiVersion: meshposture.dev.example/v1\nkind: Thing\nmetadata: {name: a, namespace: s}\n", []string{"in:1 Thing/s/a v1"}},
	})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	runCases(t, Options{}, []readCase{
		{"identical", pod("a") + "---\n" + pod("a"), []string{
			"in:3 Pod/s/a v1", "in:3: duplicate: Pod/s/a: also at in:1; the two are identical",
		}},
		{"different", pod("a") + "---\n" + jsonPod("a"), []string{
			"in:3 Pod/s/a v1", "in:3: duplicate: Pod/s/a: also at in:1; the two are identical",
		}},
		{"other content", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: s}\nspec: {}\n---\n" + pod("a"), []string{
			"in:6 Pod/s/a v1", "in:6: duplicate: Pod/s/a: also at in:1; this later one counts",
		}},
		{"other version of the API", "apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata: {name: a, namespace: s}\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a, namespace: s}\n", []string{
			"in:5 PeerAuthentication/s/a v1", "in:5: duplicate: PeerAuthentication/s/a: also at in:1; this later one counts",
		}},
		{"other group", "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a, namespace: s}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a, namespace: s}\n", []string{
			"in:5 Gateway/s/a v1", "in:1 Gateway/s/a v1",
		}},
		{"key", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: s}\nkind: Secret\n", []string{
			"in:1 Secret/s/a v1", "in:4:1: duplicate: kind: key appears twice; the later value counts",
		}},
	})
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	crd := func(scope string) string {
		return "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: menus.x.y}\nspec: {group: x.y, scope: " + scope + ", names: {kind: Menu}}\n"
	}
	const menu = "apiVersion: x.y/v1\nkind: Menu\nmetadata: {name: m}\n"
	runCases(t, Options{DefaultNamespace: "home"}, []readCase{
		{"taken from the options", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: \"\"}\n", []string{
			"in:1 Pod/home/a v1", `in:1: no-namespace: Pod/home/a metadata.namespace: names no namespace; "home" is taken`,
		}},
		{"cluster-scoped kinds have none", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a, namespace: s}\n---\napiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: a}\n---\napiVersion: metrics.k8s.io/v1beta1\nkind: NodeMetrics\nmetadata: {name: n1}\n", []string{
			"in:1 Namespace/a v1", "in:9 CiliumClusterwideNetworkPolicy/a v2", "in:13 NodeMetrics/n1 v1beta1", "in:5 ClusterRole/a v1",
		}},
		{"of an unknown kind nobody knows", menu, []string{"in:1 Menu/m v1"}},
		{"unless its definition says no", menu + crd("Cluster"), []string{"in:5 CustomResourceDefinition/menus.x.y v1", "in:1 Menu/m v1"}},
		{"its definition says yes", menu + crd("Namespaced"), []string{
			"in:5 CustomResourceDefinition/menus.x.y v1", "in:1 Menu/home/m v1",
			`in:1: no-namespace: Menu/home/m metadata.namespace: names no namespace; "home" is taken`,
		}},
		{"or it comes from a cluster", "apiVersion: x.y/v1\nkind: Menu\nmetadata: {name: m, uid: 77-1}\n", []string{"in:1 Menu/m v1"}},
		{"groups of meshes are known", "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: m}\n", []string{
			"in:1 PeerAuthentication/home/m v1",
			`in:1: no-namespace: PeerAuthentication/home/m metadata.namespace: names no namespace; "home" is taken`,
		}},
		{"groups of others are not", "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: m}\n", []string{"in:1 ClusterIssuer/m v1"}},
	})
	keepMenus := Options{DefaultNamespace: "home", Keep: []source.Kind{{Group: "x.y", Kind: "Menu"}}}
	runCases(t, keepMenus, []readCase{
		{"a kind that is asked for has one", menu, []string{
			"in:1 Menu/home/m v1", `in:1: no-namespace: Menu/home/m metadata.namespace: names no namespace; "home" is taken`,
		}},
		{"but its definition knows better", menu + crd("Cluster"), []string{"in:1 Menu/m v1"}},
	})
}

func TestKeep(t *testing.T) {
	t.Parallel()
	podKind := source.Kind{Kind: "Pod"}
	text := pod("a") + "---\n" + pod("b") + "---\n" + pod("b") + "---\n{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: s}}\n"
	for _, tt := range []struct {
		name string
		keep []source.Kind
		want []string
	}{
		{"nil keeps all", nil, []string{"in:1 Pod/s/a v1", "in:5 Pod/s/b v1", "in:7 Secret/s/x v1"}},
		{"one kind", []source.Kind{podKind}, []string{"in:1 Pod/s/a v1", "in:5 Pod/s/b v1"}},
		{"empty keeps none", []source.Kind{}, nil},
	} {
		s := read(t, text, Options{Keep: tt.keep})
		want := slices.Concat(tt.want, []string{"in:5: duplicate: Pod/s/b: also at in:3; the two are identical"})
		if diff := cmp.Diff(want, summary(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		counts := map[source.Kind]int{}
		for k, n := range s.Kinds() {
			counts[k] = n
		}
		if diff := cmp.Diff(map[source.Kind]int{podKind: 2, {Kind: "Secret"}: 1}, counts); diff != "" {
			t.Errorf("%s, counts (-want +got):\n%s", tt.name, diff)
		}
	}
}

// In a List that is read whole, the first positions are exact, and the rest say the line.
func TestManyPositionsInOneText(t *testing.T) {
	t.Parallel()
	const n = 500
	items := strings.Repeat("- {apiVersion: *v, kind: Pod, metadata: {name: 1}}\n", n)
	s := read(t, "apiVersion: &v v1\nkind: List\nitems:\n"+items, Options{})
	var got []source.Pos
	for _, p := range s.Problems() {
		got = append(got, p.Pos)
	}
	var want []source.Pos
	for i := range n {
		pos := source.Pos{File: "in", Line: 4 + i, Col: 42}
		if i >= 20 {
			pos.Col = 0
		}
		want = append(want, pos)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObjectJSON(t *testing.T) {
	t.Parallel()
	s := read(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: s}\ndata:\n  version: 1.30\n  on: yes\n---\n"+jsonPod("a"), Options{})
	var got []string
	for k := range s.Kinds() {
		for o := range s.Objects(k) {
			got = append(got, string(o.JSON))
		}
	}
	want := []string{
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"s"},"data":{"version":1.30,"true":true}}`,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"s"}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
