package mesh_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Access is joined as three-valued logic is: what is sure decides, what is open stays open.
func TestAccessPossible(t *testing.T) {
	t.Parallel()
	for a, want := range map[mesh.Access]truth.Value{
		mesh.AccessUndecided: truth.Unknown, mesh.AccessNever: truth.False, mesh.AccessSometimes: truth.True, mesh.AccessAlways: truth.True,
	} {
		if got := a.Possible(); got != want {
			t.Errorf("%v is possible: %v, want %v", a, got, want)
		}
	}
}

func sometimes(kind mesh.PointKind, attribute string) mesh.Admission {
	when := mesh.Clause{Conditions: []mesh.Condition{{Attribute: attribute, Values: []string{"x"}}}}
	return mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{{Kind: kind, When: []mesh.Clause{when}}}, Why: []mesh.Step{{Rule: attribute}}}
}

func TestAdmissionAnd(t *testing.T) {
	t.Parallel()
	always := mesh.Admission{Access: mesh.AccessAlways, Why: []mesh.Step{{Rule: "always"}}}
	never := mesh.Admission{Access: mesh.AccessNever, Why: []mesh.Step{{Rule: "never"}}}
	open := mesh.Admission{Why: []mesh.Step{{Rule: "open"}}, Unknown: []mesh.Gap{{Detail: "gap"}}}
	path, method := sometimes(mesh.PointWaypoint, "path"), sometimes(mesh.PointServer, "method")
	type result struct {
		Access string
		Rules  []string // those of Why
		Terms  int
		Gaps   []string
	}
	for _, test := range []struct {
		name string
		a, b mesh.Admission
		want result
	}{
		{"always and always", always, always, result{"always", []string{"always", "always"}, 0, nil}},
		{"never decides alone", always, never, result{"never", []string{"never"}, 0, nil}},
		{"never decides what is open", open, never, result{"never", []string{"never"}, 0, nil}},
		{"both refuse", never, never, result{"never", []string{"never", "never"}, 0, nil}},
		{"open stays open", always, open, result{"undecided", []string{"always", "open"}, 0, []string{"gap"}}},
		{"open and on terms", path, open, result{"undecided", []string{"path", "open"}, 0, []string{"gap"}}},
		{"terms are kept", path, always, result{"sometimes", []string{"path", "always"}, 1, nil}},
		{"terms on two attributes", path, method, result{"sometimes", []string{"path", "method"}, 2, nil}},
		{"terms on one attribute may contradict", path, sometimes(mesh.PointServer, "path"), result{
			"undecided", []string{"path", "path"}, 0, []string{"two places test path, and whether a request can pass both is not worked out"},
		}},
		{"the same terms do not", path, path, result{"sometimes", []string{"path", "path"}, 2, nil}},
	} {
		for _, swapped := range []bool{false, true} {
			a, b, want := test.a, test.b, test.want
			if swapped {
				a, b = b, a
				want.Rules = slices.Clone(want.Rules)
				slices.Reverse(want.Rules)
			}
			c := a.And(b)
			got := result{c.Access.String(), rules(c.Why), len(c.Terms), gapDetails(c.Unknown)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, swapped %v (-want +got):\n%s", test.name, swapped, diff)
			}
		}
	}
}

// The groups of each way are disjoint, none is empty, and they cover everybody.
func TestCallersGroups(t *testing.T) {
	t.Parallel()
	eachRandomWorld(t, 60, func(t *testing.T, g *mesh.Graph) {
		for server := range g.Workloads() {
			c := g.Callers(server, 8080)
			if len(c.Ways) == 0 {
				t.Errorf("%s: no way", server.ID())
			}
			for _, w := range c.Ways {
				var seen mesh.Set
				for _, group := range w.Groups {
					if group.Clients.IsEmpty() || group.Clients.Meets(seen) {
						t.Errorf("%s %s: group %q is empty or meets another", server.ID(), wayName(w.Way), names(group.Clients))
					}
					seen = seen.Or(group.Clients)
				}
				if !seen.Equal(g.Everybody()) {
					t.Errorf("%s %s: groups cover %q only", server.ID(), wayName(w.Way), names(seen))
				}
			}
		}
	})
}

// Of, All and With are three forms of one answer, and the answer is that of the best way.
func TestCallersForms(t *testing.T) {
	t.Parallel()
	better := []mesh.Access{mesh.AccessNever, mesh.AccessSometimes, mesh.AccessUndecided, mesh.AccessAlways}
	eachRandomWorld(t, 60, func(t *testing.T, g *mesh.Graph) {
		for server := range g.Workloads() {
			c := g.Callers(server, 8080)
			sets := map[mesh.Access]mesh.Set{}
			for _, a := range better {
				sets[a] = c.With(a)
			}
			for caller := range c.All() {
				best, way := -1, ""
				for _, w := range c.Ways {
					alone := g.CallersVia(w.Way, server, 8080).Of(caller.Workload)
					if at := slices.Index(better, alone.Access); at > best {
						best, way = at, wayName(w.Way)
					}
				}
				if caller.Access != better[best] || wayName(caller.Way) != way {
					t.Errorf("%s to %s: %v %s, want %v %s", caller.Workload.ID(), server.ID(), caller.Access, wayName(caller.Way), better[best], way)
				}
				for a, set := range sets {
					if set.Has(caller.Workload) != (a == caller.Access) {
						t.Errorf("%s to %s is %v, and among those with %v: %v", caller.Workload.ID(), server.ID(), caller.Access, a, set.Has(caller.Workload))
					}
				}
			}
		}
	})
}

// What is said of sets of callers agrees with what becomes of single requests.
func TestCallersAgreeWithAuthorize(t *testing.T) {
	t.Parallel()
	seen := map[mesh.Access]int{}
	eachRandomWorld(t, 120, func(t *testing.T, g *mesh.Graph) {
		for server := range g.Workloads() {
			for _, way := range g.Ways(server, 8080) {
				c := g.CallersVia(way, server, 8080)
				for client := range g.Workloads() {
					a := c.Of(client).Admission
					seen[a.Access]++
					if len(client.Variants()) > 1 && a.Access == mesh.AccessUndecided {
						continue // its pods send differently, and what gets through is not worked out pod by pod
					}
					if verdicts := ask(g, mesh.Client{Workload: client}, server, way); !agree(a, verdicts) {
						t.Errorf("%s to %s %s: %v, and single requests are %v", client.ID(), server.ID(), wayName(way), a.Access, verdicts)
					}
				}
				if verdicts := ask(g, mesh.Client{}, server, way); !agree(c.Stranger(), verdicts) {
					t.Errorf("a stranger to %s %s: %v, and single requests are %v", server.ID(), wayName(way), c.Stranger().Access, verdicts)
				}
			}
		}
	})
	for _, a := range []mesh.Access{mesh.AccessUndecided, mesh.AccessNever, mesh.AccessSometimes, mesh.AccessAlways} {
		if seen[a] < 100 {
			t.Errorf("only %d answers are %v: the worlds are too simple", seen[a], a)
		}
	}
}

// ask tries every kind of request that the toy tells apart.
func ask(g *mesh.Graph, from mesh.Client, to *mesh.Workload, way mesh.Way) []truth.Value {
	var all []truth.Value
	for _, http := range []*mesh.HTTP{nil, {Method: "GET"}, {Method: "POST"}} {
		all = append(all, g.Authorize(mesh.Request{From: from, To: to, Port: 8080, Way: &way, HTTP: http}).Allowed)
	}
	return all
}

// agree reports whether an admission may be said of requests with these verdicts.
func agree(a mesh.Admission, verdicts []truth.Value) bool {
	is := func(want truth.Value) int {
		n := 0
		for _, v := range verdicts {
			if v == want {
				n++
			}
		}
		return n
	}
	switch a.Access {
	case mesh.AccessAlways:
		return is(truth.True) == len(verdicts)
	case mesh.AccessNever:
		return is(truth.False) == len(verdicts)
	case mesh.AccessSometimes: // some get through and some do not, or the pod that serves decides
		return is(truth.True) > 0 && is(truth.False) > 0 || is(truth.Unknown) > 0 && rulesHave(a.Why, mesh.RulePodsDiffer)
	default: // something says what is open
		contradict := slices.ContainsFunc(gapDetails(a.Unknown), func(d string) bool { return strings.HasPrefix(d, "two places test") })
		return len(a.Unknown) > 0 && (is(truth.Unknown) > 0 || contradict)
	}
}

func rulesHave(why []mesh.Step, rule string) bool { return slices.Contains(rules(why), rule) }

// Where the pods of a server differ, whoever is served by one of them only is served sometimes.
func TestCallersPodsDiffer(t *testing.T) {
	t.Parallel()
	world := func(first, second string) *mesh.Graph {
		return graph(t, docs(replica("s", "s-0", first), replica("s", "s-1", second), toyPod("c", "toy/mode: sidecar"),
			policy("s", "workload: s, mtls: strict, callers: ['c?']"), policy("other", "callers: ['c?']")))
	}
	for _, test := range []struct {
		name, first, second string
		client, stranger    mesh.Access
		terms               int
	}{
		{"alike", "toy/mode: sidecar", "toy/mode: sidecar", mesh.AccessSometimes, mesh.AccessNever, 1},
		{"alike for the client", "toy/mode: sidecar", "toy/mode: ambient", mesh.AccessSometimes, mesh.AccessNever, 1},
		{"of other terms", "toy/mode: sidecar", "toy/mode: sidecar, toy/callers: Policy/ns/other", mesh.AccessSometimes, mesh.AccessNever, 0},
		{"one outside", "toy/mode: sidecar", "toy/mode: none", mesh.AccessSometimes, mesh.AccessSometimes, 0},
		{"one not known", "toy/mode: sidecar", "toy/mode: riddle", mesh.AccessUndecided, mesh.AccessUndecided, 0},
	} {
		g := world(test.first, test.second)
		c := g.Callers(find(t, g, "s"), 8080)
		got := c.Of(find(t, g, "c"))
		if got.Access != test.client || len(got.Terms) != test.terms || c.Stranger().Access != test.stranger {
			t.Errorf("%s: client %v on %d terms, stranger %v, want %v on %d, %v",
				test.name, got.Access, len(got.Terms), c.Stranger().Access, test.client, test.terms, test.stranger)
		}
	}
}

// A graph without an adapter that judges callers knows nothing of them.
func TestCallersWithoutAdapter(t *testing.T) {
	t.Parallel()
	objs := unjudged(t, docs(toyPod("a", ""), toyPod("b", "")))
	g, err := mesh.Build(t.Context(), objs)
	if err != nil {
		t.Fatal(err)
	}
	c := g.Callers(find(t, g, "a"), 8080)
	if !c.With(mesh.AccessUndecided).Equal(g.Everybody()) || c.Stranger().Access != mesh.AccessUndecided {
		t.Errorf("undecided: %q, stranger: %v", names(c.With(mesh.AccessUndecided)), c.Stranger().Access)
	}
	if diff := cmp.Diff([]string{mesh.RuleNoLayer}, rules(c.Of(find(t, g, "b")).Why)); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
	if g.Connections(mesh.Way{}, find(t, g, "a"), 8080) != nil || g.Flaws() != nil {
		t.Error("something is said of connections or flaws")
	}
}

// Of several ways the one by which most gets through counts, and one in doubt may be more than some.
func TestCallersBestWay(t *testing.T) {
	t.Parallel()
	g := graph(t, docs(
		toyPod("s", "toy/mode: ambient"), toyPod("c", "toy/mode: ambient"), toyPod("d", "toy/mode: ambient"), policy("s", "workload: s, callers: ['c?', d]"),
		service("plain", "s", ""), service("proxied", "s", "toy/proxy: ns/front"), policy("front", "proxy: ns/front, callers: ['c??', 'd??']"),
	))
	c := g.Callers(find(t, g, "s"), 8080)
	for _, row := range []struct {
		client string
		access mesh.Access
		way    string
	}{
		{"c", mesh.AccessUndecided, "by proxied:80"}, {"d", mesh.AccessAlways, "by plain:80"}, {"s", mesh.AccessNever, "by plain:80"},
	} {
		w := find(t, g, row.client)
		got := c.Of(w)
		if got.Access != row.access || wayName(got.Way) != row.way || !c.With(row.access).Has(w) {
			t.Errorf("%s: %v %s, among those with %v: %v", row.client, got.Access, wayName(got.Way), row.access, c.With(row.access).Has(w))
		}
	}
}
