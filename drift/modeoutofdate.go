package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// modeOutOfDate is DRF-MTLS-03: a scope that enforces one mode throughout enforces the one that the
// record states. Scopes stated strict that are weaker are DRF-MTLS-01.
func modeOutOfDate(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-MTLS-03",
		Name:     "modeOutOfDate",
		Severity: check.Info,
		Doc:      "a scope enforces another mode throughout than the record states",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, c := range v.claims().stated {
				outOfDate(p, c)
			}
		}),
	}
}

func outOfDate(p *check.Pass, c *claim) {
	stated := c.entry.Mode
	mode, gaps, uniform := c.uniform()
	open := len(gaps) > 0 || len(c.unsure) > 0
	if !uniform || mode == "" && !open || mode == stated || stated == "" || stated == decision.ModeStrict {
		return
	}
	scope := scopeName(&c.entry.Scope)
	if open {
		for _, s := range c.unsure {
			gaps = append(gaps, s.unsure()...)
		}
		question := "which mode " + scope + " enforces"
		if mode != "" {
			question = fmt.Sprintf("whether every port in %s enforces %s", scope, mode)
		}
		p.Undecided(wording.Undecided(claimSubject(c), fmt.Sprintf("%s, where the record states %s", question, stated), gaps))
		return
	}
	f := check.Finding{
		Subject: claimSubject(c),
		Pos:     c.entry.Pos("mode"),
		Message: fmt.Sprintf("every port in %s enforces %s, the record still says %s; update the record", scope, mode, stated),
		Why:     c.ports[0].Inbound.Why,
	}
	if at := wording.WhyPos(f.Why); !at.IsZero() {
		f.Related = []check.Related{{Pos: at, Message: "sets " + string(mode)}}
	}
	if mode.WeakerThan(stated) {
		f.Severity = check.Medium
	}
	p.Report(f)
}

// uniform is the mode of all ports that could be judged, and what is missing of the others. Ports
// that an exclusion speaks of do not count, nor such as refuse everything.
func (c *claim) uniform() (mode decision.Mode, gaps []mesh.Gap, uniform bool) {
	for _, p := range c.ports {
		documented, _ := tolerated(c.owner[p.Workload], p.Number)
		found := observed(p.Inbound.Enforced)
		switch {
		case documented == truth.True || p.Inbound.Enforced == mesh.MTLSClosed:
		case found == "":
			gaps = append(gaps, p.Inbound.Unknown...)
			if len(p.Inbound.Unknown) == 0 {
				gaps = append(gaps, mesh.Gap{Detail: "the mode of " + p.Subject() + " is not known"})
			}
		case mode == "":
			mode = found
		case mode != found:
			return "", nil, false
		}
	}
	return mode, gaps, true
}
