package istio_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// without are the documents without the one that ref names; rule leaves the document and takes only that
// rule of an AuthorizationPolicy out, unless it is negative.
func without(t testing.TB, docs [][]byte, f mesh.Flaw, rule int) [][]byte {
	t.Helper()
	var left [][]byte
	for _, doc := range docs {
		var o struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
		}
		if err := json.Unmarshal(doc, &o); err != nil {
			t.Fatal(err)
		}
		if o.Kind != f.Object.Kind.Kind || o.Metadata.Namespace != f.Object.Namespace || o.Metadata.Name != f.Object.Name {
			left = append(left, doc)
			continue
		}
		if rule >= 0 {
			left = append(left, withoutRule(t, doc, rule))
		}
	}
	return left
}

// withoutRule puts a rule that matches nothing in the place of one.
func withoutRule(t testing.TB, doc []byte, rule int) []byte {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(doc, &o); err != nil {
		t.Fatal(err)
	}
	rules := o["spec"].(map[string]any)["rules"].([]any)
	rules[rule] = object{"from": []any{object{"source": object{"principals": []any{"nobody/ns/n/sa/s"}}}}}
	out, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// withoutValue puts a value that nobody can fulfil in the place of the one that a flaw is about.
func withoutValue(t testing.TB, docs [][]byte, f mesh.Flaw) [][]byte {
	t.Helper()
	elems, err := source.ParsePath(f.Loc.Field())
	if err != nil {
		t.Fatal(err)
	}
	left := without(t, docs, f, -1)
	for _, doc := range docs {
		var o map[string]any
		if err := json.Unmarshal(doc, &o); err != nil {
			t.Fatal(err)
		}
		meta := o["metadata"].(map[string]any)
		if o["kind"] != f.Object.Kind.Kind || meta["namespace"] != f.Object.Namespace || meta["name"] != f.Object.Name {
			continue
		}
		at := any(o)
		for _, e := range elems[:len(elems)-1] {
			if e.Name != "" {
				at = at.(map[string]any)[e.Name]
			} else {
				at = at.([]any)[e.Index]
			}
		}
		nobody := map[bool]string{true: "no-such", false: "nobody/ns/n/sa/s"}[strings.Contains(f.Loc.Field(), "amespace")]
		if strings.Contains(f.Loc.Field(), "serviceAccounts") {
			nobody = "no-such/none"
		}
		at.([]any)[elems[len(elems)-1].Index] = nobody
		out, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, out)
	}
	return left
}

// stateOf is all that may change for the servers of a flaw: what their ports accept, and how much of what
// any workload, or a stranger, sends gets through by any way.
func stateOf(g *mesh.Graph, servers []mesh.WorkloadID) []string {
	var lines []string
	for w := range g.Workloads() {
		if len(servers) > 0 && !slices.Contains(servers, w.ID()) {
			continue
		}
		for _, p := range []uint16{80, 443, 3306, 7000, 8080, 9000, 9090} {
			for _, in := range w.Inbounds(p) {
				lines = append(lines, fmt.Sprint(w.ID(), p, in.Enforced, in.Captured))
			}
			for _, way := range g.Ways(w, p) {
				c := g.CallersVia(way, w, p)
				at := fmt.Sprint(w.ID(), p, way.Port, " from ")
				lines = append(lines, fmt.Sprint(at, "a stranger: ", c.Stranger().Access))
				for caller := range c.All() {
					lines = append(lines, fmt.Sprint(at, caller.Workload.ID(), ": ", caller.Access, len(caller.Terms)))
				}
			}
		}
	}
	return lines
}

// decided leaves out the answers that either of two lists leaves undecided: policies may be too entangled
// to tell, and less so without one.
func decided(a, b []string) (x, y []string) {
	for i := range min(len(a), len(b)) {
		if !strings.Contains(a[i], "undecided") && !strings.Contains(b[i], "undecided") {
			x, y = append(x, a[i]), append(y, b[i])
		}
	}
	return x, y
}

// idleRules are those by which a whole object does nothing for the workloads of the flaw, or at all where
// it names none.
var idleRules = []string{"selects-nothing", "target-without-waypoint", "target-passed-over", "action-at-ztunnel", "outside-the-mesh", "root-selector", "selector-at-waypoint", "allowed-by-another-policy", "policy-without-rules"}

// TestFlawsHold takes away what is said to have no effect, in random worlds, and looks whether anything
// changes for the workloads of which it is said; and it looks whether plaintext gets in where it is said
// to pass a policy.
func TestFlawsHold(t *testing.T) {
	t.Parallel()
	const worlds = 1600 / thinner
	counts := map[string]int{}
	for seed := range uint64(worlds) {
		w, _, _ := randomWorld(seed)
		docs := w.documents(t)
		g := oracleGraph(t, w, docs)
		for _, f := range g.Flaws() {
			if f.Detail == "" || f.Object.IsZero() || f.Loc.Pos().Line == 0 {
				t.Errorf("seed %d: a flaw without a reason or a place: %+v", seed, f)
			}
			name := strings.TrimPrefix(f.Rule, "istio/")
			rule := -1
			switch {
			case len(f.Unknown) > 0 || len(f.Workloads) == 0 && f.Kind == mesh.FlawNoEffect && name != "target-passed-over":
				continue
			case f.Kind == mesh.FlawOpensMore && (name == "plaintext-has-no-identity" || name == "port-not-captured"):
				counts[name]++
				plaintextGetsIn(t, seed, g, f)
				continue
			case f.Kind == mesh.FlawNamesNobody && strings.Contains(f.Loc.Field(), ".source.") && !strings.Contains(f.Loc.Field(), "equestPrincipals") && !strings.Contains(f.Loc.Field(), "rustDomains"):
				counts[name]++
				before, now := decided(stateOf(g, nil), stateOf(oracleGraph(t, w, withoutValue(t, docs, f)), nil))
				if diff := cmp.Diff(before, now); diff != "" {
					t.Errorf("seed %d: %s %s: %s\nyet without the value (-with +without):\n%s\n%s", seed, f.Object, f.Loc.Field(), f.Detail, diff, w.text(t))
				}
				continue
			case manyTargets(docs, f):
				continue
			case slices.Contains(idleRules, name):
			case f.Kind == mesh.FlawNoEffect && name == "layer7-at-ztunnel" && strings.Contains(f.Detail, "denies nothing"):
				if _, err := fmt.Sscanf(f.Loc.Field(), "spec.rules[%d]", &rule); err != nil {
					t.Fatal(err)
				}
			default:
				continue
			}
			counts[name]++
			var ids []mesh.WorkloadID
			for _, x := range f.Workloads {
				ids = append(ids, x.ID())
			}
			after := oracleGraph(t, w, without(t, docs, f, rule))
			before, now := decided(stateOf(g, ids), stateOf(after, ids))
			if diff := cmp.Diff(before, now); diff != "" {
				t.Errorf("seed %d: %s %s %s: %s\nyet without it (-with +without):\n%s\n%s", seed, f.Kind, f.Rule, f.Object, f.Detail, diff, w.text(t))
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%v", counts)
	for _, name := range []string{"selects-nothing", "action-at-ztunnel", "outside-the-mesh", "layer7-at-ztunnel", "plaintext-has-no-identity", "allowed-by-another-policy"} {
		if counts[name] == 0 {
			t.Errorf("no random world has a flaw by rule %s", name)
		}
	}
}

// manyTargets reports whether the object has other targets than the one that the flaw is about.
func manyTargets(docs [][]byte, f mesh.Flaw) bool {
	for _, doc := range docs {
		var o struct {
			Metadata struct{ Namespace, Name string }
			Spec     struct{ TargetRefs []any }
		}
		if json.Unmarshal(doc, &o) == nil && o.Metadata.Name == f.Object.Name && o.Metadata.Namespace == f.Object.Namespace && len(o.Spec.TargetRefs) > 1 {
			return true
		}
	}
	return false
}

// plaintextGetsIn looks for a port of some workload of the flaw that lets plaintext in.
func plaintextGetsIn(t testing.TB, seed uint64, g *mesh.Graph, f mesh.Flaw) {
	t.Helper()
	for _, w := range f.Workloads {
		for _, p := range w.Ports() {
			if g.CallersVia(mesh.Way{}, w, p.Number).Stranger().Access != mesh.AccessNever {
				return
			}
		}
	}
	t.Errorf("seed %d: %s: %s, yet no port lets plaintext in", seed, f.Object, f.Detail)
}
