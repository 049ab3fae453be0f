package unverifiedenforcement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// enforcing are the aspects that protect; routing and telemetry do not, and what a port accepts is
// looked at port by port in MP2003.
var enforcing = []mesh.Aspect{mesh.AspectAuthorization, mesh.AspectTransport}

// overrides reports objects that change or take away what the mesh has configured to enforce.
func overrides(p *check.Pass) {
	for _, o := range p.Graph.Overrides() {
		var altered []string
		for _, a := range o.Alters {
			if slices.Contains(enforcing, a) {
				altered = append(altered, a.String())
			}
		}
		subject := o.Object.String() + " override"
		switch {
		case len(o.Workloads) == 0 && !o.Everyone:
		case len(altered) > 0:
			p.Report(check.Finding{
				Subject: subject, Pos: wording.WhyPos(o.Why), Why: slices.Clone(o.Why),
				Message: fmt.Sprintf("%s changes what the proxies of %s enforce (%s), in ways that are not evaluated",
					o.Object, reached(p.Graph, o), strings.Join(altered, ", ")),
			})
		case len(o.Unknown) > 0:
			p.Undecided(wording.Undecided(subject, fmt.Sprintf("whether %s changes what the proxies of %s enforce", o.Object, reached(p.Graph, o)), o.Unknown))
		}
	}
}

// reached names whom an override reaches.
func reached(g *mesh.Graph, o mesh.Override) string {
	if o.Everyone {
		return "the whole mesh"
	}
	return wording.Few(func(yield func(*mesh.Workload) bool) {
		for _, id := range o.Workloads {
			if w, ok := g.Workload(id); ok && !yield(w) {
				return
			}
		}
	})
}
