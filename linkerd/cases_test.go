package linkerd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meshposture/meshposture/internal/casetest"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// TestCases compares the adapter's answers with those of the cases in ../shared/cases/linkerd, or in the
// folder linkerd of $MESHPOSTURE_CASES. What a case takes for granted is written into its input first:
// Namespace objects, and for requests that leave the cluster a client in their namespace.
func TestCases(t *testing.T) {
	t.Parallel()
	casetest.Run(t, "linkerd", runCase)
}

// caseFile is an expected.json.
type caseFile struct {
	LinkerdVersion string
	Checks         []json.RawMessage
}

// facts are the parts of an answer that a check names, by a word for each.
type facts map[string]any

// runCase asks everything that a case asks, at the release that it names; answers are kept by check.
func runCase(t *testing.T, dir string) (got, want map[string]facts) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file caseFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	input, err := os.ReadFile(filepath.Join(dir, "input.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, want = map[string]facts{}, map[string]facts{}
	c := newCaseGraph(t, asWritten(t, input), file.LinkerdVersion, file.Checks)
	for i, raw := range file.Checks {
		key := fmt.Sprintf("check %d", i)
		got[key], want[key] = c.ask(t, raw)
	}
	return got, want
}

// asWritten is an input as its author meant it.
func asWritten(t *testing.T, input []byte) string {
	t.Helper()
	var b strings.Builder
	for _, doc := range casetest.Documents(t, input) {
		fmt.Fprintf(&b, "---\n%s\n", doc)
	}
	return b.String()
}

// caseGraph is the graph of a case at one release.
type caseGraph struct {
	*mesh.Graph
	layer *linkerd.Layer
}

const egressClient = "egress-client-of-the-case"

func newCaseGraph(t *testing.T, input, version string, checks []json.RawMessage) *caseGraph {
	t.Helper()
	adapter := linkerd.New(linkerd.Options{Version: version, ReadSecrets: true})
	text := input
	for range 2 { // the second time with the Namespaces that the first lacked
		snap, err := snapshot.Read(t.Context(), "input.yaml", strings.NewReader(text), snapshot.Options{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := mesh.Build(t.Context(), snap, adapter)
		if err != nil {
			t.Fatal(err)
		}
		missing := missingObjects(t, g, checks)
		if missing == "" {
			layer, ok := g.Layer(linkerd.Name).(*linkerd.Layer)
			if !ok {
				t.Fatal("no layer")
			}
			return &caseGraph{g, layer}
		}
		text += missing
	}
	t.Fatal("the input lacks Namespaces all the same")
	return nil
}

// missingObjects are the Namespaces that the input does not hold, and the clients of egress checks.
func missingObjects(t *testing.T, g *mesh.Graph, checks []json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	need := map[string]bool{}
	for _, raw := range checks {
		var k struct {
			Type    string
			Request struct{ Namespace string }
		}
		if err := json.Unmarshal(raw, &k); err != nil {
			t.Fatal(err)
		}
		if k.Type == "egress" {
			need[k.Request.Namespace] = true
		}
	}
	for ns := range need {
		if _, ok := g.Workload(mesh.WorkloadID{Namespace: ns, Kind: "Pod", Name: egressClient}); !ok {
			fmt.Fprintf(&b, egressPod, egressClient, ns)
			if g.Namespace(ns) == nil {
				fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {kubernetes.io/metadata.name: %[1]s}}}\n", ns)
			}
		}
	}
	for w := range g.Workloads() { // discovery knows a machine by a Service
		if id := w.ID(); id.Kind == "ExternalWorkload" && len(w.Services()) == 0 {
			b.WriteString(machineService(w))
		}
	}
	for ns := range g.Namespaces() {
		if !ns.Known {
			fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {kubernetes.io/metadata.name: %[1]s}}}\n", ns.Name)
		}
	}
	return b.String()
}

// machineService is a Service that has a machine behind each of its ports.
func machineService(w *mesh.Workload) string {
	labels, err := json.Marshal(w.Labels())
	if err != nil || len(w.Labels()) == 0 || len(w.Ports()) == 0 {
		return ""
	}
	var ports []string
	for _, p := range w.Ports() {
		ports = append(ports, fmt.Sprintf("{name: p%d, port: %[1]d}", p.Number))
	}
	return fmt.Sprintf("---\n{apiVersion: v1, kind: Service, metadata: {name: machine-%s, namespace: %s}, spec: {clusterIP: 10.96.77.77, selector: %s, ports: [%s]}}\n",
		w.ID().Name, w.ID().Namespace, labels, strings.Join(ports, ", "))
}

const egressPod = `
---
apiVersion: v1
kind: Pod
metadata:
  name: %s
  namespace: %s
  labels: {linkerd.io/control-plane-ns: linkerd}
spec:
  containers:
    - {name: app, image: example.test/app:1}
    - {name: linkerd-proxy, image: "cr.l5d.io/linkerd/proxy:edge-26.8.3"}
status: {phase: Running, podIP: 10.42.200.200}
`

// ask gives what a check expects, and the same facts as the graph has them.
func (c *caseGraph) ask(t *testing.T, raw json.RawMessage) (got, want facts) {
	t.Helper()
	var k struct {
		Type   string
		Expect facts
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	answer := map[string]func(*testing.T, json.RawMessage) facts{
		"authz": c.authz, "enrolment": c.enrolment, "mtls": c.mtls, "egress": c.egress, "admission": c.admission, "status": c.status,
		"ratelimit": c.ratelimit, "opaquePorts": c.opaquePorts, "jobCompletion": c.jobCompletion, "certs": c.certs, "multicluster": c.multicluster,
	}[k.Type]
	if answer == nil {
		t.Fatalf("a check of type %q", k.Type)
	}
	all := answer(t, raw)
	got = facts{}
	for word := range k.Expect {
		got[word] = all[word]
	}
	return plain(t, got), plain(t, k.Expect)
}

// plain makes values comparable: as JSON has them, lists of objects in a fixed order.
func plain(t *testing.T, f facts) facts {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var v facts
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, value := range v {
		if list, ok := value.([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return v
}

// ref is a kind and a name.
type ref struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// object is an object that a check names.
type object struct{ Kind, Namespace, Name string }

func (o object) id() mesh.WorkloadID {
	return mesh.WorkloadID{Namespace: o.Namespace, Kind: o.Kind, Name: o.Name}
}

// workload finds "namespace/name" among the pods or ExternalWorkloads.
func (c *caseGraph) workload(t *testing.T, kind, name string) *mesh.Workload {
	t.Helper()
	ns, name, _ := strings.Cut(name, "/")
	w, ok := c.Workload(mesh.WorkloadID{Namespace: ns, Kind: kind, Name: name})
	if !ok {
		t.Fatalf("no %s %s/%s", kind, ns, name)
	}
	return w
}

func (c *caseGraph) of(t *testing.T, o object) *mesh.Workload {
	t.Helper()
	w, ok := c.Workload(o.id())
	if !ok {
		t.Fatalf("no workload %s", o.id())
	}
	return w
}

// firstRule is the first of the rules that a step names; empty for none.
func firstRule(why []mesh.Step, words map[string]string) string {
	for _, s := range why {
		if word, ok := words[strings.TrimPrefix(s.Rule, "linkerd/")]; ok {
			return word
		}
		if word, ok := words[s.Rule]; ok {
			return word
		}
	}
	return ""
}

// stepOf is the step of a rule.
func stepOf(why []mesh.Step, rule string) (mesh.Step, bool) {
	for _, s := range why {
		if s.Rule == "linkerd/"+rule {
			return s, true
		}
	}
	return mesh.Step{}, false
}

// certState is the state of a certificate at a time.
func certState(c mesh.Certificate, now time.Time) string {
	switch {
	case c.Unfit != "":
		return "bad-algorithm"
	case now.Before(c.NotBefore):
		return "not-yet-valid"
	case now.After(c.NotAfter):
		return "expired"
	case now.Add(60 * 24 * time.Hour).After(c.NotAfter):
		return "expiring-soon"
	default:
		return "ok"
	}
}

func refOf(r source.Ref) ref { return ref{r.Kind.Kind, r.Name} }
