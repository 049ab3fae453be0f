package drift

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// undocumentedBypass is DRF-EXC-12: every way around the proxy of an enrolled workload is named by
// an exclusion of kind port-bypass or cidr-bypass.
func undocumentedBypass(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-EXC-12",
		Name:     "undocumentedBypass",
		Severity: check.Medium,
		Doc:      "traffic of an enrolled workload goes around its proxy and no exclusion documents it",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, s := range v.workloads {
				if !s.covered || s.component {
					continue
				}
				for _, b := range s.workload.Bypasses() {
					bypass(p, s, b)
				}
			}
		}),
	}
}

func bypass(p *check.Pass, s *subject, b mesh.Bypass) {
	if b.Effective == truth.False {
		return
	}
	perhaps := slices.DeleteFunc(slices.Clone(s.perhaps), func(e *decision.Exclusion) bool {
		return e.Kind != "" && e.Kind != decision.PortBypass && e.Kind != decision.CIDRBypass
	})
	var open []string
	for _, item := range items(b) {
		if !slices.ContainsFunc(s.sure, func(e *decision.Exclusion) bool { return documents(e, b, item) }) {
			open = append(open, item)
		}
	}
	if len(open) == 0 {
		return
	}
	what := b.Direction.String() + " " + kindOf(b, open)
	subject := s.id() + " " + b.Direction.String() + " " + strings.Join(open, ",")
	switch {
	case b.Effective == truth.Unknown:
		p.Undecided(wording.Undecided(subject, "whether "+s.String()+" bypasses the proxy for "+what+", which no exclusion documents", b.Unknown))
	case len(perhaps) > 0:
		p.Undecided(wording.Undecided(subject, "whether an exclusion documents that "+s.String()+" bypasses the proxy for "+what, unread(perhaps)))
	default:
		p.Report(check.Finding{
			Subject: subject,
			Pos:     s.place(b.Why),
			Message: s.String() + " bypasses the proxy for " + what + "; no exclusion documents it",
			Why:     b.Why,
		})
	}
}

// kindOf names what goes around the proxy.
func kindOf(b mesh.Bypass, items []string) string {
	switch {
	case slices.Contains(items, "*"):
		return "traffic of every kind"
	case len(b.CIDRs) > 0:
		return "traffic with " + wording.List(items)
	case len(items) == 1:
		return "port " + items[0]
	default:
		return "ports " + wording.List(items)
	}
}
