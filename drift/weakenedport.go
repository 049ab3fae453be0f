package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
)

// weakenedPort is DRF-MTLS-02: no setting weakens single ports or workloads of a scope that is
// otherwise as strict as the record states, unless an exclusion of kind mtls-downgrade says so.
func weakenedPort(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-MTLS-02",
		Name:     "weakenedPort",
		Severity: check.High,
		Doc:      "a setting weakens a port inside a strict scope and no exclusion documents it",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, w := range v.weakened(func(check.Undecided) {}) { // DRF-MTLS-01 leaves them open
				if !w.exception {
					continue
				}
				p.Report(w.finding(fmt.Sprintf("%s weakens %s to %s inside %s, which is stated strict; no exclusion documents it",
					w.group[0].Setting().Object, w.group, w.group[0].Inbound.Enforced, scopeName(&w.claim.entry.Scope))))
			}
		}),
	}
}
