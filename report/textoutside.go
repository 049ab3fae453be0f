package report

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// outside answers the auditor: which workloads are outside the perimeter, and why.
func (t *text) outside() {
	p := t.perimeter
	t.heading(fmt.Sprintf("Outside the mTLS perimeter: %d of %s", p.outside(), count(p.total, "workload")))
	if p.outside() == 0 && len(p.groups) == 0 {
		t.line(2, "None"+t.unlessUnknown()+".")
		return
	}
	if len(p.undocumented) > 0 {
		t.line(2, t.undocumentedLabel())
		t.members(p.undocumented, outsideReason)
	}
	if len(p.unscoped) > 0 {
		t.line(2, "Beyond the record's scope: "+count(len(p.unscoped), "workload"))
		t.members(p.unscoped, outsideReason)
	}
	for i, g := range p.groups {
		if i > 0 || len(p.undocumented)+len(p.unscoped) > 0 {
			t.blank()
		}
		t.exclusion(g)
	}
}

func (t *text) unlessUnknown() string {
	if len(t.perimeter.unknown) > 0 {
		return " that is known"
	}
	return ""
}

func (t *text) undocumentedLabel() string {
	n := count(len(t.perimeter.undocumented), "workload")
	if t.in.Record == nil {
		return "Without a record, not explained: " + n
	}
	label := "UNDOCUMENTED: " + n + " that no exclusion of the record names"
	if faulty := t.in.unreadable(); faulty > 0 {
		label += ", unless " + count(faulty, "exclusion") + " that could not be read wholly would"
	}
	return label
}

// because is the first step of an answer, with its place.
func because(why []mesh.Step) string {
	if len(why) == 0 {
		return ""
	}
	return ": " + sentence(" ", why[0].Detail, stepPlace(why[0]))
}

// stepPlace is where a step stands, in parentheses: a field, or else an object.
func stepPlace(s mesh.Step) string {
	if s.Pos().IsZero() && !s.Object.IsZero() {
		return paren(s.Object.String())
	}
	return at(s.Pos())
}

// pods says how many pods of a workload run, and which of them are outside when not all are.
func pods(w *mesh.Workload) string {
	outside, running := podsOutside(w)
	switch {
	case running == 0:
		return ""
	case len(outside) == 0 || len(outside) == running:
		return paren(count(running, "pod"))
	default:
		return paren(fmt.Sprintf("%d of %s outside: %s", len(outside), count(running, "pod"), strings.Join(outside, ", ")))
	}
}

// exclusion writes what the record says of an exclusion, and the workloads that it explains.
func (t *text) exclusion(g group) {
	e := g.exclusion
	t.line(2, sentence(" ", "Documented:", e.ID, paren(string(e.Kind)), expected(g), at(e.Pos("id"))))
	t.line(4, "reason: "+sentence(": ", string(e.ReasonClass), orNone(e.Reason)))
	t.line(4, "implication: "+sentence(": ", words(e.Implication.Effects), orNone(e.Implication.Text)))
	for _, c := range e.Compensating {
		t.line(4, "instead: "+sentence(": ", string(c.Kind), sentence(" ", c.Ref, c.Text)))
	}
	t.line(4, sentence("; ", "owner: "+e.Owner.String(), review(e, t.in.today())))
	if len(g.workloads) == 0 {
		t.line(4, "explains no workload that is outside")
		return
	}
	t.members(g.workloads, outsideReason)
}

// expected compares the number of workloads that an exclusion matches with what the record expects.
func expected(g group) string {
	s := "matches " + count(g.matches, "workload")
	low, high := g.exclusion.Selector.ExpectMin, g.exclusion.Selector.ExpectMax
	switch {
	case low != nil && high != nil && *low == *high:
		return s + fmt.Sprintf(", expected %d", *low)
	case low != nil && high != nil:
		return s + fmt.Sprintf(", expected %d to %d", *low, *high)
	case low != nil:
		return s + fmt.Sprintf(", expected at least %d", *low)
	case high != nil:
		return s + fmt.Sprintf(", expected at most %d", *high)
	default:
		return s
	}
}

func orNone(s string) string {
	if strings.TrimSpace(s) == "" {
		return "not stated"
	}
	return s
}

func words[T ~string](all []T) string {
	parts := make([]string, len(all))
	for i, w := range all {
		parts[i] = string(w)
	}
	return strings.Join(parts, ", ")
}
