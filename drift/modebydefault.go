package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// modeByDefault is DRF-MTLS-06: where the record states a mode, an object sets it. A product default
// may change with the next version, and does not prove that anybody meant it.
func modeByDefault(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-MTLS-06",
		Name:     "modeByDefault",
		Severity: check.Medium,
		Doc:      "the stated mode holds by a product default and no object sets it",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, c := range v.claims().stated {
				byDefault(p, c)
			}
		}),
	}
}

func byDefault(p *check.Pass, c *claim) {
	var found []plaintext.Port
	var gaps []mesh.Gap
	open := false
	for _, port := range c.ports {
		switch in := port.Inbound; {
		case in.Enforced == mesh.MTLSUnknown:
			open = true
			gaps = append(gaps, in.Unknown...)
		case observed(in.Enforced) == c.entry.Mode && !in.Explicit:
			found = append(found, port)
		}
	}
	for _, s := range c.unsure {
		open = true
		gaps = append(gaps, s.unsure()...)
	}
	scope := scopeName(&c.entry.Scope)
	switch {
	case len(found) > 0:
		p.Report(check.Finding{
			Subject: claimSubject(c),
			Pos:     c.entry.Pos("mode"),
			Message: fmt.Sprintf("%s, stated for %s, holds by product default for %d of %s: no object sets it, so that nobody can show that it is meant",
				c.entry.Mode, scope, workloads(found), wording.Count(workloads(c.ports), "workload")),
			Why: found[0].Inbound.Why,
		})
	case open:
		p.Undecided(wording.Undecided(claimSubject(c), "whether an object sets the stated mode of "+scope, gaps))
	}
}
