// Package certificateexpiry reports certificates of a mesh's authority that have expired, soon will, or are not valid yet.
package certificateexpiry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// Notice is how long before a certificate expires it is reported where the mesh itself has no such time
// (mesh.CA.WarnWithin): to replace a root without an outage takes two rounds of restarts, which few can do
// in less than a month.
const Notice = 60 * 24 * time.Hour

// Check reports with Critical when no root is valid and some has expired or is yet to come, with High when a
// certificate has expired or is not valid yet, and with Medium when it soon expires. It compares with the
// time of the run; without one the question is undecided. A control plane is asked about when the input
// shows something of its certificates: where they are merely absent, as from most manifests,
// mesh.CA.Unknown says so.
var Check = &check.Check{
	Code:     "MP6001",
	Name:     "certificateExpiry",
	Severity: check.Medium,
	Doc:      "a certificate of the mesh's authority has expired, soon will, or is not valid yet",
	Run:      run,
}

func run(p *check.Pass) error {
	planes := p.Graph.ControlPlanes()
	for _, cp := range planes {
		name := wording.ControlPlane(cp, planes)
		known := len(cp.CA.Roots) + len(cp.CA.Issuers) + len(cp.Admission)
		switch {
		case known == 0 && slices.ContainsFunc(cp.CA.Unknown, shown):
			p.Undecided(wording.Undecided(name, "whether certificates of "+name+" soon expire", cp.CA.Unknown))
		case known > 0 && p.Now.IsZero():
			p.Undecided(check.Undecided{Subject: name, Message: "whether certificates of " + name + " soon expire, because the run was given no time"})
		default:
			plane{p, name, cmp.Or(cp.CA.WarnWithin, Notice)}.report(cp)
		}
	}
	return nil
}

// shown reports whether a gap is about a text in the input that was not understood.
func shown(g mesh.Gap) bool { return !g.Loc.IsZero() }

// plane is a control plane that is asked about.
type plane struct {
	*check.Pass
	name   string
	notice time.Duration
}

// role is what a certificate is there for, and what follows when it is not valid.
type role struct {
	name, gone string
	severity   check.Severity
}

func (p plane) report(cp mesh.ControlPlane) {
	root := role{"root", "what it has signed is not accepted", check.High}
	if !slices.ContainsFunc(cp.CA.Roots, func(c mesh.Certificate) bool { return valid(c, p.Now) }) {
		root.gone, root.severity = "and no other root is valid: no connection by mutual TLS can be made", check.Critical
	}
	for _, c := range cp.CA.Roots {
		p.judge(c, root)
	}
	for _, c := range cp.CA.Issuers {
		p.judge(c, role{"issuing", "what it has signed is not accepted", check.High})
	}
	for _, c := range cp.Admission {
		p.judge(c, role{"admission", "the API server does not get the control plane's answer", check.High})
	}
}

func valid(c mesh.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && c.Left(now) >= 0
}

func (p plane) judge(c mesh.Certificate, r role) {
	left := c.Left(p.Now)
	f := check.Finding{Subject: p.name + " " + c.Fingerprint, Pos: wording.WhyPos(c.Why), Why: c.Why}
	title := fmt.Sprintf("the %s certificate %s of %s", r.name, c.Subject, p.name)
	switch {
	case p.Now.Before(c.NotBefore):
		f.Severity, f.Message = r.severity, title+" is not valid before "+day(c.NotBefore)+r.consequence()
	case left < 0:
		f.Severity, f.Message = r.severity, title+" has expired on "+day(c.NotAfter)+r.consequence()
	case left < p.notice:
		f.Message = fmt.Sprintf("%s expires on %s, %s", title, day(c.NotAfter), until(p.Now, c.NotAfter))
	default:
		return
	}
	p.Report(f)
}

// consequence joins what follows to a sentence.
func (r role) consequence() string {
	if r.severity == check.Critical {
		return ", " + r.gone
	}
	return ": " + r.gone
}

// until counts days of the calendar in UTC, as a reader does who compares two dates.
func until(now, then time.Time) string {
	const length = 24 * time.Hour
	n := int(then.UTC().Truncate(length).Sub(now.UTC().Truncate(length)) / length)
	if n == 0 {
		return "today"
	}
	return "in " + wording.Count(n, "day")
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
