// Package plaintextsecondhop reports entries at which TLS ends and behind which plaintext goes on.
package plaintextsecondhop

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/edge"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Check asks, for each entry at which TLS ends, what becomes of the connections that its proxies make
// to what is behind it. Entries to which nothing leads from outside the cluster are passed over.
var Check = &check.Check{
	Code:     "MP5003",
	Name:     "plaintextSecondHop",
	Severity: check.Medium,
	Doc:      "TLS ends at an entry of the cluster, and plaintext goes on to the workloads behind it",
	Run:      run,
}

func run(p *check.Pass) error {
	for _, e := range p.Graph.Entries() {
		if e.TLS != mesh.EdgeTerminated && e.TLS != mesh.EdgeMeshMutual || edge.Reached(e) == truth.False || len(e.Workloads()) == 0 {
			continue
		}
		if len(e.Proxies) == 0 {
			p.Undecided(wording.Undecided(edge.Subject(e), "whether plaintext goes on behind "+edge.Name(e)+", at which TLS ends", e.Unknown))
			continue
		}
		h := hops{pass: p, entry: e}
		for _, b := range e.Backends {
			for _, w := range b.Workloads {
				h.judge(b, w)
			}
		}
		h.report()
	}
	return nil
}

// hops are the connections behind one entry.
type hops struct {
	pass         *check.Pass
	entry        mesh.Entry
	open, unsure []*mesh.Workload // those that get plaintext, and those that may
	proxy        *mesh.Workload   // that sends it
	why          []mesh.Step
	gaps         []mesh.Gap
}

func (h *hops) judge(b mesh.Backend, w *mesh.Workload) {
	if slices.Contains(h.open, w) {
		return
	}
	for _, hop := range edge.Hops(b, w) {
		for _, proxy := range h.entry.Proxies {
			t := h.pass.Graph.TransportVia(hop.Way, proxy, w, hop.Port)
			switch t.Connects.And(t.Encrypted.Not()) {
			case truth.True:
				h.open = append(h.open, w)
				if h.proxy == nil {
					h.proxy, h.why = proxy, t.Why
				}
				return
			case truth.Unknown:
				if !slices.Contains(h.unsure, w) {
					h.unsure = append(h.unsure, w)
				}
				h.gaps = append(h.gaps, t.Unknown...)
			default:
			}
		}
	}
}

func (h *hops) report() {
	e := h.entry
	if len(h.open) > 0 {
		f := check.Finding{
			Subject: edge.Subject(e), Pos: e.Loc.Pos(), Why: slices.Concat(e.Why, h.why),
			Message: fmt.Sprintf("TLS ends at %s, and %s sends plaintext on to %s",
				edge.Name(e), wording.Workload(h.proxy.ID()), wording.Few(slices.Values(h.open))),
		}
		if pos := wording.WhyPos(h.why); pos != (source.Pos{}) {
			f.Related = []check.Related{{Pos: pos, Message: "plaintext goes on by this"}}
		}
		h.pass.Report(f)
	}
	unsure := slices.DeleteFunc(h.unsure, func(w *mesh.Workload) bool { return slices.Contains(h.open, w) })
	if len(unsure) > 0 {
		h.pass.Undecided(wording.Undecided(edge.Subject(e),
			fmt.Sprintf("whether plaintext goes on to %s behind %s, at which TLS ends", wording.Few(slices.Values(unsure)), edge.Name(e)), h.gaps))
	}
}
