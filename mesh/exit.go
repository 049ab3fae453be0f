package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Exit is a destination outside the cluster, or outside the mesh, that the configuration names: a host
// or address ranges, with one port.
type Exit struct {
	Mesh     string
	Object   source.Ref // that names it
	Loc      source.Loc
	Host     string   // such as "*.example.com"; empty where Networks decide
	Networks []string // address ranges; empty for those that Host resolves to
	Port     uint16   // 0 for all
	Protocol string   // as Object spells it
	// Outside is whether the mesh takes the destination for one that has no identity of the mesh:
	// clients then begin no mutual TLS of the mesh of their own accord.
	Outside truth.Value
	// Clients are the namespaces whose workloads see it, ordered; nil for all.
	Clients []string
	Why     []Step
	Unknown []Gap
}

// Compare orders exits by host, port, object and mesh.
func (e Exit) Compare(f Exit) int {
	return cmp.Or(
		strings.Compare(e.Host, f.Host), slices.Compare(e.Networks, f.Networks), cmp.Compare(e.Port, f.Port),
		e.Object.Compare(f.Object), strings.Compare(e.Mesh, f.Mesh),
	)
}

// Departure is what becomes of connections from a client to an exit.
type Departure struct {
	// Sends is what leaves the client's side: WirePlaintext are the application's own bytes, which may
	// be TLS that it begins itself.
	Sends Wire
	// Via are the workloads that the connections are handed through, ordered by ID; empty for none.
	Via []*Workload
	// Beyond is what leaves the last of Via; Sends where there is none.
	Beyond Wire
	// Expects is the identity of the mesh that the far end must prove; empty when it need not, or is not known.
	Expects string
	// Recognised is whether the workload at the far end learns the client's own identity: False where a
	// proxy on the way shows its own instead. Meaningful only where Sends authenticates.
	Recognised truth.Value
	Why        []Step
	Unknown    []Gap
}

// Outlet is whether a workload's connections to destinations that no configuration names get out.
type Outlet struct {
	Passes  truth.Value
	Why     []Step
	Unknown []Gap
}

// ExitLister lists the exits that a layer knows, and judges what its clients send to them.
type ExitLister interface {
	// Exits returns them in a fixed order.
	Exits() []Exit
	// Depart is asked about the layer's own exits, for clients that are enrolled in its mesh.
	Depart(client Party, e Exit) Departure
	// Outlet says whether connections to unknown destinations get past the layer; false when the layer
	// has no say about the client.
	Outlet(client Party) (Outlet, bool)
}

// Exits returns the destinations outside that the configuration names, ordered by host and port.
func (g *Graph) Exits() []Exit {
	var all []Exit
	for _, e := range answering[ExitLister](g.layers) {
		all = append(all, e.Exits()...)
	}
	slices.SortStableFunc(all, Exit.Compare)
	return all
}

// Depart says what becomes of connections from a workload to an exit. Where its pods differ the weakest
// answer counts: one that could not be decided, then plaintext.
func (g *Graph) Depart(w *Workload, e Exit) Departure {
	var all []Departure
	for _, v := range w.variants {
		all = append(all, w.depart(v.party, e))
	}
	return slices.MinFunc(all, func(a, b Departure) int { return cmp.Compare(a.strength(), b.strength()) })
}

func (w *Workload) depart(p Party, e Exit) Departure {
	if len(p.Pod.gaps) > 0 {
		return Departure{Why: []Step{notUnderstood(p.Pod)}, Unknown: p.Pod.gaps}
	}
	switch p.Enrolment.Mode {
	case ModeUnknown:
		return Departure{Why: p.Enrolment.Why, Unknown: p.Enrolment.Unknown}
	case ModeNone:
		return Departure{Sends: WirePlaintext, Beyond: WirePlaintext, Why: []Step{noProxy(p.Pod)}}
	default:
	}
	for _, l := range w.layers {
		if x, ok := l.layer.(ExitLister); ok && l.name == p.Enrolment.Mesh && l.name == e.Mesh {
			return x.Depart(p, e)
		}
	}
	return Departure{Unknown: []Gap{{Reason: source.ProblemUnsupported, Object: p.Pod.Object(), Detail: "what the client's side sends is not judged"}}}
}

func noProxy(p *Pod) Step {
	return Step{Rule: RuleNoProxy, Object: p.Object(), Loc: p.At("metadata.name"), Detail: "no proxy stands beside the client"}
}

// strength orders answers: undecided, in the clear to the outside, encrypted, nothing.
func (d Departure) strength() int {
	if d.Sends == WireUnknown || d.Beyond == WireUnknown {
		return 0
	}
	return int(d.Beyond)<<4 | int(d.Sends)
}

// Outlet says whether connections of a workload to destinations that no configuration names get out of
// the cluster: past every layer that has a say. Where its pods differ, one that lets them pass counts.
func (g *Graph) Outlet(w *Workload) Outlet {
	all := Outlet{Passes: truth.False}
	for _, v := range w.variants {
		o := w.outlet(v.party)
		if all.Passes.Or(o.Passes) != all.Passes || len(all.Why) == 0 {
			all = Outlet{all.Passes.Or(o.Passes), o.Why, o.Unknown}
		}
	}
	return all
}

func (w *Workload) outlet(p Party) Outlet {
	if len(p.Pod.gaps) > 0 {
		return Outlet{Why: []Step{notUnderstood(p.Pod)}, Unknown: p.Pod.gaps}
	}
	all, judged := Outlet{Passes: truth.True}, false
	for _, x := range answering[ExitLister](w.layers) {
		o, ok := x.Outlet(p)
		if !ok {
			continue
		}
		judged = true
		switch {
		case o.Passes == truth.False && all.Passes != truth.False:
			all = o // the layer that stops them is the reason
		case o.Passes != truth.False && all.Passes != truth.False:
			all = Outlet{all.Passes.And(o.Passes), slices.Concat(all.Why, o.Why), slices.Concat(all.Unknown, o.Unknown)}
		}
	}
	if !judged {
		all.Why = []Step{{Rule: RuleNoLayer, Detail: "nothing that is judged keeps connections in the cluster"}}
	}
	return all
}
