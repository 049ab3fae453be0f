// Package plaintextedge reports entries of the cluster that take plaintext from outside.
package plaintextedge

import (
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/edge"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check looks at gateways and Ingresses. One that redirects everything to TLS is not reported, nor one
// to which nothing leads from outside. Ports of pods that are exposed without a gateway hand on bytes
// as they come: whether those are TLS is the application's affair.
var Check = &check.Check{
	Code:     "MP5002",
	Name:     "plaintextEdge",
	Severity: check.Medium,
	Doc:      "an entry of the cluster takes plaintext from outside and does not redirect to TLS",
	Run:      run,
}

func run(p *check.Pass) error {
	var d doubts
	for _, e := range p.Graph.Entries() {
		if edge.Straight(e) {
			continue
		}
		switch edge.Reached(e).And(plaintext(e)).And(e.RedirectsToTLS.Not()) {
		case truth.True:
			p.Report(check.Finding{
				Subject: edge.Subject(e), Pos: e.Loc.Pos(), Why: slices.Clone(e.Why),
				Message: edge.Name(e) + " takes plaintext from outside the cluster and does not redirect to TLS",
			})
		case truth.Unknown:
			d.add(e)
		default:
		}
	}
	d.report(p)
	return nil
}

func plaintext(e mesh.Entry) truth.Value {
	if e.TLS == mesh.EdgeUnknown {
		return truth.Unknown
	}
	return truth.Of(e.TLS == mesh.EdgePlaintext)
}
