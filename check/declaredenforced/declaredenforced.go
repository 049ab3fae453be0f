// Package declaredenforced reports ports whose policies declare one mode of mutual TLS while
// another is enforced.
package declaredenforced

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check looks at enrolled workloads only: that a workload outside the mesh enforces nothing is a
// matter of its enrolment. Its findings are High where plaintext gets in against the policies,
// Medium where plaintext is refused against them, and Low where it is let in either way.
var Check = &check.Check{
	Code:     "MP2002",
	Name:     "declaredEnforced",
	Severity: check.High,
	Doc:      "the mode of mutual TLS that is enforced on a port is not the one that is declared",
	Run:      run,
}

func run(p *check.Pass) error {
	for w := range p.Graph.Workloads() {
		switch w.Inside() {
		case truth.False:
		case truth.True:
			for _, g := range plaintext.Groups(plaintext.Ports(w)) {
				group(p, g)
			}
		case truth.Unknown:
			p.Undecided(wording.Undecided(w.ID().String(),
				"what "+wording.Workload(w.ID())+" enforces, because its enrolment is not known", wording.Unsure(w)))
		}
	}
	return nil
}

func group(p *check.Pass, g plaintext.Group) {
	in := g[0].Inbound
	switch {
	case in.Declared == mesh.MTLSUnknown || in.Enforced == mesh.MTLSUnknown:
		p.Undecided(wording.Undecided(g.Subject(), "whether "+g.String()+" "+g.Verb("enforces", "enforce")+" what is declared", in.Unknown))
	case in.Declared != in.Enforced:
		p.Report(check.Finding{
			Severity: severity(in),
			Subject:  g.Subject(),
			Pos:      wording.WhyPos(in.Why),
			Message:  fmt.Sprintf("%s: %s is declared and %s is enforced%s", g, in.Declared, in.Enforced, consequence(in)),
			Why:      in.Why,
		})
	}
}

func severity(in mesh.Inbound) check.Severity {
	switch declared, enforced := in.Declared.AcceptsPlaintext(), in.Enforced.AcceptsPlaintext(); {
	case declared == truth.False && enforced == truth.True:
		return check.High
	case declared != enforced || in.Enforced == mesh.MTLSClosed:
		return check.Medium
	default:
		return check.Low
	}
}

func consequence(in mesh.Inbound) string {
	switch {
	case in.Captured == truth.False:
		return ", because connections do not pass through the proxy"
	case in.Declared.AcceptsPlaintext() == truth.False && in.Enforced.AcceptsPlaintext() == truth.True:
		return ", so plaintext gets in"
	case in.Declared.AcceptsPlaintext() == truth.True && in.Enforced.AcceptsPlaintext() == truth.False:
		return ", so clients without a certificate are refused"
	default:
		return ""
	}
}
