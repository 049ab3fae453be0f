package report

import (
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/drift"
)

func (in Input) decisions() []Decision {
	var all []Decision
	for d := range in.Record.Decisions() {
		all = append(all, decided(d))
	}
	return all
}

func decided(d *decision.Decision) Decision {
	out := Decision{
		ID: d.ID, Title: d.Title, Status: string(d.Status), Date: date(d.Date),
		Mesh: d.Selection.Mesh, Mechanism: string(d.Selection.Mechanism), Version: string(d.Selection.VersionDeployed),
		Pos: d.Pos("id"),
	}
	for _, m := range d.MTLS.Stated {
		out.StatedMTLS = appendOnce(out.StatedMTLS, string(m.Mode))
	}
	for _, m := range d.MTLS.Target {
		out.TargetMTLS = appendOnce(out.TargetMTLS, string(m.Mode))
	}
	return out
}

func appendOnce(all []string, s string) []string {
	if s == "" || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// date is a day as JSON has it; empty when it is not set.
func date(d decision.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func party(p decision.Party) string {
	if p.IsZero() {
		return ""
	}
	return p.String()
}

func (in Input) exclusions() []Exclusion {
	var all []Exclusion
	for e := range in.Record.ExclusionsInForce() {
		out := exclusion(e, in.today())
		for _, w := range in.workloads() {
			if e.Matches(drift.Recorded(w)) {
				out.Matches = append(out.Matches, w.ID().String())
			}
		}
		all = append(all, out)
	}
	return all
}

func exclusion(e *decision.Exclusion, now decision.Date) Exclusion {
	return Exclusion{
		ID: e.ID, Kind: string(e.Kind),
		Mechanisms:  convert(e.Mechanisms, func(m decision.ExclusionMechanism) string { return string(m) }),
		ReasonClass: string(e.ReasonClass), Reason: e.Reason,
		Effects:     convert(e.Implication.Effects, func(f decision.Effect) string { return string(f) }),
		Implication: e.Implication.Text,
		Compensating: convert(e.Compensating, func(c decision.Control) Control {
			return Control{Kind: string(c.Kind), Ref: c.Ref, Text: c.Text}
		}),
		Owner: party(e.Owner), ApprovedBy: party(e.ApprovedBy), Since: date(e.Since), ReviewBy: date(e.ReviewBy),
		Expires: date(e.Expires), Ticket: e.Ticket, ReviewOverdue: e.ReviewOverdue(now), Expired: e.Expired(now),
		ExpectMin: e.Selector.ExpectMin, ExpectMax: e.Selector.ExpectMax, Pos: e.Pos("id"),
	}
}

func finding(f check.Finding) Finding {
	return Finding{
		Key: f.Key(), Code: f.Code, Name: f.Name, Severity: f.Severity.String(), Subject: f.Subject, Pos: f.Pos,
		Message: f.Message, Why: convert(f.Why, step),
		Related: convert(f.Related, func(r check.Related) Related { return Related{Pos: r.Pos, Message: r.Message} }),
	}
}

func undecided(u check.Undecided) Undecided {
	return Undecided{Code: u.Code, Name: u.Name, Subject: u.Subject, Pos: u.Pos, Message: u.Message}
}

func failure(f check.Failure) Failure { return Failure{Code: f.Code, Error: f.Err.Error()} }
