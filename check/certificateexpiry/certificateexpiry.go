// Package certificateexpiry reports certificates of a mesh's authority that have expired or soon will.
package certificateexpiry

import (
	"fmt"
	"slices"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// Notice is how long before a certificate expires it is reported: to replace a root without an outage
// takes two rounds of restarts, which few can do in less than a month.
const Notice = 60 * 24 * time.Hour

// Check reports with Critical when every root has expired, with High when some certificate has, and
// with Medium when it will within Notice. It compares with the time of the run; without one the
// question is undecided. A control plane is asked about when the input shows something of its
// certificates: where they are merely absent, as from most manifests, mesh.CA.Unknown says so.
var Check = &check.Check{
	Code:     "MP6001",
	Name:     "certificateExpiry",
	Severity: check.Medium,
	Doc:      "a certificate of the mesh's authority has expired or soon will",
	Run:      run,
}

func run(p *check.Pass) error {
	for _, cp := range p.Graph.ControlPlanes() {
		known := slices.Concat(cp.CA.Roots, cp.CA.Issuers)
		switch {
		case len(known) == 0 && slices.ContainsFunc(cp.CA.Unknown, shown):
			p.Undecided(wording.Undecided(name(cp), "whether certificates of "+name(cp)+" soon expire", cp.CA.Unknown))
		case len(known) > 0 && p.Now.IsZero():
			p.Undecided(check.Undecided{Subject: name(cp), Message: "whether certificates of " + name(cp) + " soon expire, because the run was given no time"})
		default:
			rootsGone := len(cp.CA.Roots) > 0 && !slices.ContainsFunc(cp.CA.Roots, func(c mesh.Certificate) bool { return c.Left(p.Now) > 0 })
			for _, c := range cp.CA.Roots {
				report(p, cp, c, "root", rootsGone)
			}
			for _, c := range cp.CA.Issuers {
				report(p, cp, c, "issuing", false)
			}
		}
	}
	return nil
}

// shown reports whether a gap is about a text in the input that was not understood.
func shown(g mesh.Gap) bool { return !g.Loc.IsZero() }

// name names a control plane by its mesh and, where it has one, its revision.
func name(cp mesh.ControlPlane) string {
	if cp.Revision == "" {
		return cp.Mesh
	}
	return cp.Mesh + " revision " + cp.Revision
}

func report(p *check.Pass, cp mesh.ControlPlane, c mesh.Certificate, what string, rootsGone bool) {
	left := c.Left(p.Now)
	if left > Notice {
		return
	}
	f := check.Finding{Subject: name(cp) + " " + c.Fingerprint, Pos: wording.WhyPos(c.Why), Why: c.Why}
	title := fmt.Sprintf("the %s certificate %s of %s", what, c.Subject, name(cp))
	day := c.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case left <= 0 && rootsGone:
		f.Severity, f.Message = check.Critical, title+" has expired on "+day+", and no other root is valid: no connection by mutual TLS can be made"
	case left <= 0:
		f.Severity, f.Message = check.High, title+" has expired on "+day+": what it has signed is not accepted"
	default:
		f.Message = fmt.Sprintf("%s expires on %s, in %s", title, day, wording.Count(int(left/(24*time.Hour)), "day"))
	}
	p.Report(f)
}
