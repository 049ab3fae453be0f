package linkerd_test

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

// idleRules are those by which a whole object does nothing for the workloads of the flaw, or for any where it
// names none.
var idleRules = []string{
	"selects-nothing", "selector-never-met", "no-such-port", "outside-the-mesh", "inbound-port-skipped", "not-tcp", "namespace-without-servers",
	"grants-nobody", "granted-anyway", "route-unattached", "route-left-out", "not-taken-in", "limit-without-http", "kind-not-of-release",
}

// flawDocument is what a test needs of a document.
type flawDocument struct {
	APIVersion string `json:"apiVersion"`
	Kind       string
	Metadata   struct{ Namespace, Name string }
	Spec       struct{ ParentRefs []any }
}

// withoutObject are the documents without an object. It returns false where the object names several parents,
// of which the flaw is about one.
func withoutObject(t testing.TB, docs [][]byte, object source.Ref) ([][]byte, bool) {
	t.Helper()
	var left [][]byte
	for _, text := range docs {
		var o flawDocument
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		group, _, _ := strings.Cut(o.APIVersion, "/")
		switch {
		case o.Kind != object.Kind.Kind || group != object.Group || o.Metadata.Namespace != object.Namespace || o.Metadata.Name != object.Name:
			left = append(left, text)
		case len(o.Spec.ParentRefs) > 1:
			return nil, false
		}
	}
	return left, len(left) == len(docs)-1
}

// stateOf is what may change for servers: what their ports accept, and how much of what any workload, or a
// stranger, sends gets through by any way. No servers means all.
func stateOf(g *mesh.Graph, ports map[mesh.WorkloadID][]uint16, servers []*mesh.Workload) map[string]string {
	state := map[string]string{}
	for w := range g.Workloads() {
		if len(servers) > 0 && !slices.ContainsFunc(servers, func(s *mesh.Workload) bool { return s.ID() == w.ID() }) {
			continue
		}
		for _, p := range ports[w.ID()] {
			in := w.Inbound(p)
			state[fmt.Sprint(w.ID(), " ", p)] = fmt.Sprint(in.Enforced, " ", in.Captured)
			c := g.CallersVia(mesh.Way{}, w, p)
			state[fmt.Sprint(w.ID(), " ", p, " from a stranger")] = c.Stranger().Access.String()
			for caller := range c.All() {
				state[fmt.Sprint(w.ID(), " ", p, " from ", caller.Workload.ID())] = caller.Access.String()
			}
		}
	}
	return state
}

// dropUndecided takes the answers out of both that either leaves open: without an object less may be entangled.
func dropUndecided(a, b map[string]string) {
	open := func(text string) bool { return strings.Contains(text, "un") }
	for k := range a {
		if open(a[k]) || open(b[k]) {
			delete(a, k)
			delete(b, k)
		}
	}
}

// TestFlawsHold takes away what is said to have no effect, in random worlds, and looks whether anything changes
// for the workloads of which it is said.
func TestFlawsHold(t *testing.T) {
	t.Parallel()
	worlds := uint64(300)
	if testing.Short() {
		worlds = 60
	}
	counts := map[string]int{}
	for seed := range worlds {
		w, _ := oracleRandomWorld(seed)
		docs := w.documents(t)
		g := oracleGraph(t, docs)
		ports := map[mesh.WorkloadID][]uint16{}
		for x := range g.Workloads() {
			for _, p := range x.Ports() {
				ports[x.ID()] = append(ports[x.ID()], p.Number)
			}
		}
		for _, f := range g.Flaws() {
			if f.Detail == "" || f.Object.IsZero() || f.Loc.Pos().Line == 0 {
				t.Errorf("seed %d: a flaw without a reason or a place: %+v", seed, f)
			}
			rule := strings.TrimPrefix(f.Rule, "linkerd/")
			if len(f.Unknown) > 0 || !slices.Contains(idleRules, rule) || rule == "inbound-port-skipped" && f.Kind != mesh.FlawNoEffect || f.Kind == mesh.FlawNoEffect && len(f.Workloads) == 0 && rule == "granted-anyway" {
				continue
			}
			left, whole := withoutObject(t, docs, f.Object)
			if !whole {
				continue
			}
			counts[rule]++
			before, now := stateOf(g, ports, f.Workloads), stateOf(oracleGraph(t, left), ports, f.Workloads)
			dropUndecided(before, now)
			if diff := cmp.Diff(before, now); diff != "" {
				t.Fatalf("seed %d: %s %s %s %s: %s\nyet without it (-with +without):\n%s\n%s", seed, f.Kind, f.Rule, f.Object, f.Loc.Field(), f.Detail, diff, w.text(t))
			}
		}
	}
	t.Logf("%v", counts)
	for _, rule := range []string{"selects-nothing", "no-such-port", "grants-nobody", "granted-anyway", "route-unattached", "route-left-out"} {
		if counts[rule] == 0 {
			t.Errorf("no random world has a flaw by rule %s", rule)
		}
	}
}
