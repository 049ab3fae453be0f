// Package unfitcertificate reports certificates of a mesh's authority that the mesh does not take, or that
// nobody trusts.
package unfitcertificate

import (
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check reports certificates that are unfit for what they are there for, and issuing certificates that lead
// to none of the roots that workloads trust. Their time is MP6001's. Where the input holds no issuing
// certificate or no root, nothing is asked.
var Check = &check.Check{
	Code:     "MP6003",
	Name:     "unfitCertificate",
	Severity: check.High,
	Doc:      "a certificate of the mesh's authority is not accepted, or leads to no trusted root",
	Run:      run,
}

func run(p *check.Pass) error {
	planes := p.Graph.ControlPlanes()
	for _, cp := range planes {
		name := wording.ControlPlane(cp, planes)
		for _, c := range cp.CA.Roots {
			unfit(p, name, "root", c)
		}
		for _, c := range cp.CA.Issuers {
			unfit(p, name, "issuing", c)
		}
		chain(p, name, cp.CA)
	}
	return nil
}

func unfit(p *check.Pass, name, what string, c mesh.Certificate) {
	if c.Unfit == "" {
		return
	}
	p.Report(check.Finding{
		Subject: name + " " + what + " " + c.Fingerprint, Pos: wording.WhyPos(c.Why), Why: c.Why,
		Message: "the " + what + " certificate " + c.Subject + " of " + name + " is not accepted: " + c.Unfit,
	})
}

// chain asks whether what the control plane signs with leads to a root.
func chain(p *check.Pass, name string, ca mesh.CA) {
	if len(ca.Roots) == 0 || len(ca.Issuers) == 0 || ca.Chained == truth.True {
		return
	}
	why := slices.Clone(ca.Why)
	for _, c := range slices.Concat(ca.Issuers, ca.Roots) {
		why = append(why, c.Why...)
	}
	if ca.Chained == truth.False {
		p.Report(check.Finding{
			Subject: name + " chain", Pos: wording.WhyPos(ca.Issuers[0].Why), Why: why,
			Message: "the certificate " + ca.Issuers[0].Subject + ", with which " + name + " signs, leads to none of the roots that workloads trust",
		})
		return
	}
	p.Undecided(wording.Undecided(name+" chain", "whether what "+name+" signs leads to a root that workloads trust", ca.Unknown))
}
