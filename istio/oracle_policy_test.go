package istio_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// policyWorld is a PeerAuthentication in the oracle's words.
type policyWorld struct {
	namespace, name string
	age             int    // of creation; 0 is the oldest
	selector        string // "" for none, "{}" for an empty one, else a label of the form app: x
	mode            string
	ports           map[int]string
}

func (p policyWorld) wide() bool { return p.selector == "" || p.selector == "{}" }

func (p policyWorld) doc() string {
	var parts []string
	switch p.selector {
	case "":
	case "{}":
		parts = append(parts, "selector: {}")
	default:
		parts = append(parts, "selector: {matchLabels: {"+p.selector+"}}")
	}
	if p.mode != "" {
		parts = append(parts, "mtls: {mode: "+p.mode+"}")
	}
	var ports []string
	for port, mode := range p.ports {
		ports = append(ports, fmt.Sprintf("%d: {mode: %s}", port, mode))
	}
	if len(ports) > 0 {
		parts = append(parts, "portLevelMtls: {"+strings.Join(ports, ", ")+"}")
	}
	return strings.Replace(peerAuth(p.namespace, p.name, strings.Join(parts, ", ")), "2026-01-01", fmt.Sprintf("2026-01-%02d", p.age+1), 1)
}

// firstOf is the first policy in the order of age, name and namespace that keep holds; nil for none.
func firstOf(all []policyWorld, keep func(policyWorld) bool) *policyWorld {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b policyWorld) int {
		if a.age != b.age {
			return a.age - b.age
		}
		return strings.Compare(a.name, b.name)
	})
	for _, p := range sorted {
		if keep(p) {
			return &p
		}
	}
	return nil
}

// tied reports whether two policies that keep holds are both the oldest.
func tied(all []policyWorld, keep func(policyWorld) bool) bool {
	first := firstOf(all, keep)
	return first != nil && firstOf(all, func(p policyWorld) bool { return keep(p) && p.age == first.age && p.name != first.name }) != nil
}

func isSet(mode string) bool { return mode != "" && mode != "UNSET" }

func modeOf(p *policyWorld) string {
	if p == nil {
		return ""
	}
	return p.mode
}

// levels chooses the policies of the mesh, the namespace and the workload.
func levels(all []policyWorld, root, ns string, labels []string) (top, mid, own func(policyWorld) bool) {
	inside := func(p policyWorld) bool { return ns != root && p.namespace == ns }
	return func(p policyWorld) bool { return p.namespace == root && p.wide() },
		func(p policyWorld) bool { return inside(p) && p.wide() },
		func(p policyWorld) bool { return inside(p) && slices.Contains(labels, p.selector) }
}

// oracleSidecar merges the policies as istiod does for a sidecar.
func oracleSidecar(all []policyWorld, root, ns string, labels []string, port int) string {
	top, mid, own := levels(all, root, ns, labels)
	mode := "PERMISSIVE"
	for _, keep := range []func(policyWorld) bool{top, mid, own} {
		if m := modeOf(firstOf(all, keep)); isSet(m) {
			mode = m
		}
	}
	if w := firstOf(all, own); w != nil && isSet(w.ports[port]) {
		mode = w.ports[port]
	}
	return map[string]string{"PERMISSIVE": "permissive", "DISABLE": "disabled", "STRICT": "strict"}[mode]
}

// oracleAmbient is the table of what istiod 1.27 and later makes of the policies for ztunnel. It
// holds for policies of which no two are both the oldest, and none has an empty selector.
func oracleAmbient(all []policyWorld, root, ns string, labels []string, port int) string {
	top, mid, own := levels(all, root, ns, labels)
	m, n, w := firstOf(all, top), firstOf(all, mid), firstOf(all, own)
	parent := modeOf(m) == "STRICT"
	if isSet(modeOf(n)) {
		parent = n.mode == "STRICT"
	}
	strict := parent
	if w != nil {
		strict = ambientWorkload(m, n, w, parent, port)
	}
	if strict {
		return "strict"
	}
	return "permissive"
}

func ambientWorkload(m, n, w *policyWorld, parent bool, port int) bool {
	has := func(mode string) bool {
		for _, p := range w.ports {
			if p == mode {
				return true
			}
		}
		return false
	}
	exempt := w.ports[port] == "PERMISSIVE" || w.ports[port] == "DISABLE"
	marked := w.ports[port] == "STRICT"
	meshReaches := modeOf(m) == "STRICT" && !isSet(modeOf(n))
	switch {
	case w.mode == "STRICT":
		return !exempt
	case isSet(w.mode):
		return marked && !meshReaches // otherwise nothing is enforced
	case !parent:
		return marked
	case !has("PERMISSIVE"):
		return true // also at ports marked DISABLE
	case n != nil && !isSet(n.mode):
		return false // the whole workload is open
	default:
		return !exempt
	}
}

func randomPolicies(r *rand.Rand, ns string, ages int, empty bool) []policyWorld {
	modes := []string{"", "UNSET", "DISABLE", "PERMISSIVE", "STRICT", "STRICT"}
	var all []policyWorld
	for i := range r.IntN(5) {
		p := policyWorld{namespace: ns, name: fmt.Sprintf("%s%d", pick(r, "a", "b", "c"), i), age: r.IntN(ages), mode: pick(r, modes...), ports: map[int]string{}}
		p.selector = pick(r, "", "app: w", "app: w", "tier: x", "app: other")
		if p.selector == "" && empty && r.IntN(2) == 0 {
			p.selector = "{}"
		}
		for _, port := range []int{8080, 9000} {
			if mode := pick(r, modes...); !p.wide() && r.IntN(2) == 0 && mode != "" {
				p.ports[port] = mode
			}
		}
		all = append(all, p)
	}
	return all
}

// TestPolicyOracle compares the adapter with the oracles in random clusters in which several
// policies meet at every level.
func TestPolicyOracle(t *testing.T) {
	t.Parallel()
	const clusters, namespaces = 304 / thinner, 48
	decided := 0
	for seed := range uint64(clusters) {
		r := rand.New(rand.NewPCG(seed, 2))
		root := pick(r, "istio-system", "ns0")
		opts := installed
		opts.MeshConfig.Data = []byte("rootNamespace: " + root)
		ages, empty := pick(r, "few", "many", "many"), r.IntN(4) == 0
		span := map[string]int{"few": 3, "many": 28}[ages]
		all := randomPolicies(r, "istio-system", span, empty)
		docs := []string{}
		for i := range namespaces {
			ns := fmt.Sprintf("ns%d", i)
			all = append(all, randomPolicies(r, ns, span, empty)...)
			in := strings.NewReplacer("namespace: ns", "namespace: "+ns, "app: w", "app: w, tier: x")
			docs = append(docs, strings.Replace(namespace(""), "name: ns", "name: "+ns, 1), in.Replace(sidecarPod("")), strings.Replace(in.Replace(ambientPod("")), "name: p", "name: q", 1))
		}
		for _, p := range all {
			docs = append(docs, p.doc())
		}
		g := build(t, opts, docs...)
		for i := range namespaces {
			decided += comparePolicyWorld(t, g, all, root, fmt.Sprintf("ns%d", i), empty)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if want := clusters * namespaces; decided < want/2 {
		t.Errorf("the ambient oracle could speak in %d of %d worlds only", decided, want)
	}
}

// comparePolicyWorld compares the two pods of a namespace, and counts whether the ambient one was.
func comparePolicyWorld(t *testing.T, g *mesh.Graph, all []policyWorld, root, ns string, empty bool) int {
	t.Helper()
	labels := []string{"app: w", "tier: x"}
	near := slices.DeleteFunc(slices.Clone(all), func(p policyWorld) bool { return p.namespace != root && p.namespace != ns })
	top, mid, own := levels(near, root, ns, labels)
	ambient := !empty && !tied(near, top) && !tied(near, mid) && !tied(near, own)
	for _, port := range []int{8080, 9000, 7000} {
		side, _ := g.Workload(mesh.WorkloadID{Namespace: ns, Kind: "Pod", Name: "p"})
		if got, want := side.Inbound(uint16(port)).Enforced.String(), oracleSidecar(near, root, ns, labels, port); got != want {
			t.Errorf("sidecar, root %s, port %d of %s: got %s, want %s; %+v", root, port, ns, got, want, near)
		}
		if !ambient {
			continue
		}
		amb, _ := g.Workload(mesh.WorkloadID{Namespace: ns, Kind: "Pod", Name: "q"})
		if got, want := amb.Inbound(uint16(port)).Enforced.String(), oracleAmbient(near, root, ns, labels, port); got != want {
			t.Errorf("ambient, root %s, port %d of %s: got %s, want %s; %+v", root, port, ns, got, want, near)
		}
	}
	if ambient {
		return 1
	}
	return 0
}
