package report

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// way is an entry with what is behind it.
type way struct {
	mesh.Entry
	hops    []mesh.Hop    // each once, in the order of backends
	detours []mesh.Detour // that are open, or may be
}

// ways are the entries of the graph.
func (in Input) ways() []way {
	if in.Graph == nil {
		return nil
	}
	var all []way
	for _, e := range in.Graph.Entries() {
		w := way{Entry: e}
		for _, b := range e.Backends {
			for _, h := range in.Graph.Hops(e, b) {
				if !slices.ContainsFunc(w.hops, func(known mesh.Hop) bool { return sameHop(known, h) }) {
					w.hops = append(w.hops, h)
				}
			}
			w.addDetours(in.Graph, b)
		}
		all = append(all, w)
	}
	return all
}

// addDetours asks for the ways around an entry, where a proxy stands at it.
func (w *way) addDetours(g *mesh.Graph, b mesh.Backend) {
	if w.straight() {
		return
	}
	for _, d := range g.Detours(w.Entry, b) {
		known := slices.ContainsFunc(w.detours, func(o mesh.Detour) bool { return o.Server == d.Server && o.Port == d.Port })
		if d.Open != truth.False && !known {
			w.detours = append(w.detours, d)
		}
	}
}

// sameHop reports whether two hops say the same: several routes often lead to one port.
func sameHop(a, b mesh.Hop) bool {
	return a.Proxy == b.Proxy && a.Server == b.Server && a.Port == b.Port && a.Transport.Sends == b.Transport.Sends &&
		a.Transport.Connects == b.Transport.Connects && a.Transport.Encrypted == b.Transport.Encrypted &&
		a.Transport.Authenticated == b.Transport.Authenticated
}

// straight reports whether an entry leads to pods without a proxy before them.
func (w *way) straight() bool { return w.Kind > mesh.EntryIngress }

// open reports whether something leads to the entry from outside. The door to a gateway's own proxies
// is not one of its own: it is shown with the gateway.
func (w *way) open() bool {
	if len(w.Exposed) == 0 || w.Served == truth.False {
		return false
	}
	behind := w.Workloads()
	return !w.straight() || len(behind) == 0 || slices.ContainsFunc(behind, func(b *mesh.Workload) bool { return b.Enrolment().Mode != mesh.ModeGateway })
}

// unsure reports whether it is not known if anything leads to the entry from outside.
func (w *way) unsure() bool {
	return len(w.Exposed) == 0 && len(w.Unknown) > 0 && w.Served != truth.False
}
