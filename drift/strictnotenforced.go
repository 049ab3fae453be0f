package drift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// strictNotEnforced is DRF-MTLS-01: where the record states strict, no port of an enrolled workload
// accepts plaintext. Exceptions from a strict rule are DRF-MTLS-02, workloads outside DRF-EXC-01.
// The questions that both rules leave open are reported here.
func strictNotEnforced(r *record) *check.Check {
	return &check.Check{
		Code:     "DRF-MTLS-01",
		Name:     "strictNotEnforced",
		Severity: check.Critical,
		Doc:      "the record states strict and a port accepts plaintext",
		Run: r.rule(func(v *view, p *check.Pass) {
			for _, d := range v.claims().unread {
				p.Undecided(scopeUnread(d, "whether the modes that it states are enforced"))
			}
			for _, a := range v.claims().ambiguous {
				p.Undecided(ambiguous(a))
			}
			for _, w := range v.weakened(p.Undecided) {
				if w.exception {
					continue
				}
				p.Report(w.finding(fmt.Sprintf("the record states strict for %s; %s %s plaintext (%s, %s)",
					scopeName(&w.claim.entry.Scope), w.group, w.group.Verb("accepts", "accept"), w.group[0].Inbound.Enforced, decider(w.group[0].Setting().Object))))
			}
		}),
	}
}

// scopeUnread leaves open what hangs on the scope of a decision.
func scopeUnread(d *decision.Decision, question string) check.Undecided {
	return check.Undecided{
		Subject: "decision " + d.ID, Pos: d.Pos("scope"),
		Message: question + ": the scope of decision " + d.ID + " could not be read wholly",
	}
}

// decider names the object that decided, or the default.
func decider(object source.Ref) string {
	if object.IsZero() {
		return "product default"
	}
	return object.String()
}

// ambiguous says that the record can be read in several ways.
func ambiguous(a ambiguity) check.Undecided {
	var gaps []mesh.Gap
	for _, c := range a.contenders {
		gaps = append(gaps, mesh.Gap{Reason: source.ProblemBadValue, Loc: c.Loc(""), Detail: c.Path() + " may decide as well as others"})
	}
	return wording.Undecided(a.subject.id(), "which mode the record states for "+a.subject.String(), gaps)
}
