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
			var shared usualBypasses
			for _, s := range v.workloads {
				if !s.covered || s.component {
					continue
				}
				for _, b := range s.workload.Bypasses() {
					o, ok := openOf(s, b)
					switch {
					case !ok:
					case b.Explicit:
						o.report(p)
					default:
						shared.add(o)
					}
				}
			}
			shared.report(p)
		}),
	}
}

// openBypass is a bypass of a workload with what of it no exclusion documents for sure.
type openBypass struct {
	*subject
	mesh.Bypass
	items   []string
	perhaps []*decision.Exclusion // that could not be read wholly, and may document it
}

// openOf is false where exclusions document all of a bypass, and where it has no effect.
func openOf(s *subject, b mesh.Bypass) (openBypass, bool) {
	if b.Effective == truth.False {
		return openBypass{}, false
	}
	o := openBypass{subject: s, Bypass: b}
	o.perhaps = slices.DeleteFunc(slices.Clone(s.perhaps), func(e *decision.Exclusion) bool {
		return e.Kind != "" && e.Kind != decision.PortBypass && e.Kind != decision.CIDRBypass
	})
	for _, item := range items(b) {
		if !slices.ContainsFunc(s.sure, func(e *decision.Exclusion) bool { return documents(e, b, item) }) {
			o.items = append(o.items, item)
		}
	}
	return o, len(o.items) > 0
}

// what names what goes around the proxy.
func (o openBypass) what() string { return o.Direction.String() + " " + kindOf(o.Bypass, o.items) }

func (o openBypass) report(p *check.Pass) {
	key, who := o.id()+" "+o.Direction.String()+" "+strings.Join(o.items, ","), o.String()
	switch {
	case o.Effective == truth.Unknown:
		p.Undecided(wording.Undecided(key, "whether "+who+" bypasses the proxy for "+o.what()+", which no exclusion documents", o.Unknown))
	case len(o.perhaps) > 0:
		p.Undecided(wording.Undecided(key, "whether an exclusion documents that "+who+" bypasses the proxy for "+o.what(), unread(o.perhaps)))
	default:
		p.Report(check.Finding{
			Subject: key,
			Pos:     o.place(o.Why),
			Message: who + " bypasses the proxy for " + o.what() + "; no exclusion documents it",
			Why:     o.Why,
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
	case len(items) == 1 && !strings.Contains(items[0], "-"):
		return "port " + items[0]
	default:
		return "ports " + wording.List(items)
	}
}
