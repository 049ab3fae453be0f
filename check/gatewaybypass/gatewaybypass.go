// Package gatewaybypass reports workloads that are behind a gateway of the mesh and can be reached
// around it.
package gatewaybypass

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

// Check reports with High where another entry leads from outside the cluster to a workload that a
// gateway of the mesh is meant to guard, and lets in whoever has no identity of the mesh; with Medium
// where the gateway demands certificates of clients and the workload takes plaintext from everybody
// inside the cluster; with Info where the gateway only ends TLS, which is how every permissive mesh
// looks. Gateways to which nothing leads from outside, as those for egress, guard nothing.
var Check = &check.Check{
	Code:     "MP5001",
	Name:     "gatewayBypass",
	Severity: check.High,
	Doc:      "a workload behind a gateway of the mesh can be reached around it",
	Run:      run,
}

func run(p *check.Pass) error {
	c := collector{pass: p, gates: map[*mesh.Workload]mesh.Entry{}, reported: map[string]bool{}}
	entries := p.Graph.Entries()
	for _, e := range entries {
		if gate(e) {
			c.guard(e)
		}
	}
	for _, e := range entries {
		if !gate(e) && e.Served != truth.False {
			c.around(e)
		}
	}
	return nil
}

// gate reports whether a proxy of a mesh stands at an entry that is reached from outside, or may be.
func gate(e mesh.Entry) bool {
	return e.Mesh != "" && !edge.Straight(e) && edge.Reached(e) != truth.False
}

// collector knows which workloads are behind gateways.
type collector struct {
	pass     *check.Pass
	gates    map[*mesh.Workload]mesh.Entry // the first gateway of each
	reported map[string]bool               // subjects
}

// guard notes what is behind a gateway, and reports what takes plaintext although the gateway demands TLS.
func (c *collector) guard(e mesh.Entry) {
	var open, unsure []*mesh.Workload
	var why []mesh.Step
	var gaps []mesh.Gap
	for _, b := range e.Backends {
		for _, w := range b.Workloads {
			if _, known := c.gates[w]; !known {
				c.gates[w] = e
			}
			if !demandsTLS(e) || slices.Contains(open, w) || slices.Contains(unsure, w) {
				continue
			}
			switch a := c.stranger(b, w); a.Access.Possible() {
			case truth.True:
				open = append(open, w)
				why = append(why, a.Why...)
			case truth.Unknown:
				unsure = append(unsure, w)
				gaps = append(gaps, a.Unknown...)
			default:
			}
		}
	}
	subject := edge.Subject(e)
	if len(open) > 0 {
		severity, demand := demands(e)
		c.pass.Report(check.Finding{
			Subject: subject, Pos: e.Loc.Pos(), Severity: severity,
			Message: fmt.Sprintf("%s %s, and behind it %s takes plaintext from everybody inside the cluster",
				edge.Name(e), demand, wording.Few(slices.Values(open))),
			Why:     slices.Concat(e.Why, why),
			Related: related(wording.WhyPos(why), "plaintext is let in here"),
		})
	}
	if len(unsure) > 0 {
		c.pass.Undecided(wording.Undecided(subject, fmt.Sprintf("whether %s, behind %s, takes plaintext from everybody inside the cluster",
			wording.Few(slices.Values(unsure)), edge.Name(e)), gaps))
	}
}

// demandsTLS reports whether the mesh itself sees to it that only TLS comes by the entry: where TLS is
// passed through, the application does.
func demandsTLS(e mesh.Entry) bool { return e.TLS >= mesh.EdgeTerminated }

// demands says what clients inside the cluster get around, and how much that matters.
func demands(e mesh.Entry) (check.Severity, string) {
	if e.TLS == mesh.EdgeMeshMutual || e.ClientCertificate == truth.True {
		return check.Medium, "demands certificates of its clients"
	}
	return check.Info, "demands TLS"
}

// stranger is what the workload says to a client without an identity, by the hops from a backend; the
// one by which most gets through.
func (c *collector) stranger(b mesh.Backend, w *mesh.Workload) mesh.Admission {
	best := mesh.Admission{Access: mesh.AccessNever}
	for _, h := range edge.Hops(b, w) {
		a := c.pass.Graph.CallersVia(h.Way, w, h.Port).Stranger()
		if best.Access == mesh.AccessNever || a.Access == mesh.AccessAlways || a.Access == mesh.AccessUndecided && best.Access != mesh.AccessAlways {
			best = a
		}
	}
	return best
}

// around reports guarded workloads that another entry leads to.
func (c *collector) around(e mesh.Entry) {
	for _, b := range e.Backends {
		for _, w := range b.Workloads {
			g, guarded := c.gates[w]
			subject := w.ID().String() + " " + e.Object.String()
			if !guarded || c.reported[subject] {
				continue
			}
			a := c.stranger(b, w)
			where := fmt.Sprintf("%s is behind %s, and %s leads to it from outside the cluster as well", wording.Workload(w.ID()), edge.Name(g), edge.Name(e))
			switch edge.Reached(e).And(a.Access.Possible()) {
			case truth.True:
				c.reported[subject] = true
				c.pass.Report(check.Finding{
					Subject: subject, Pos: e.Loc.Pos(), Message: where + ", for callers without an identity",
					Why: slices.Concat(e.Why, a.Why, g.Why), Related: related(g.Loc.Pos(), "the gateway is here"),
				})
			case truth.Unknown:
				c.reported[subject] = true
				c.pass.Undecided(wording.Undecided(subject, "whether "+where, slices.Concat(e.Unknown, b.Unknown, a.Unknown)))
			default:
			}
		}
	}
}

// related is a place, where there is one.
func related(pos source.Pos, message string) []check.Related {
	if pos.IsZero() {
		return nil
	}
	return []check.Related{{Pos: pos, Message: message}}
}
