package drift

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/plaintext"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// unsure says why it is not known whether the workload is inside.
func (s *subject) unsure() []mesh.Gap { return wording.Unsure(s.workload) }

// reasons are the steps that put an exclusion in force for a workload.
func (s *subject) reasons(e *decision.Exclusion) []mesh.Step {
	switch e.Kind {
	case decision.PortBypass, decision.CIDRBypass:
		for _, b := range s.workload.Bypasses() {
			if b.Effective == truth.True && uses(e, b) {
				return b.Why
			}
		}
	case decision.MTLSDowngrade:
		for _, p := range plaintext.Ports(s.workload) {
			if p.Accepts == truth.True && e.Selector.MatchesPort(decision.Inbound, decision.Port(p.Number)) {
				return p.Inbound.Why
			}
		}
	default:
		return s.whyOutside().why
	}
	return nil
}

// places are the lines of the manifests that put an exclusion in force, for as many workloads as a
// message names: each line is looked up in its file.
func places(e *decision.Exclusion, subjects []*subject) []check.Related {
	var out []check.Related
	for _, s := range subjects[:min(len(subjects), wording.Most)] {
		if at := s.place(s.reasons(e)); !at.IsZero() {
			out = append(out, check.Related{Pos: at, Message: s.String()})
		}
	}
	return out
}
