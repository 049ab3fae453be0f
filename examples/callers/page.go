package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// page is the answer as text.
type page struct{ strings.Builder }

func (p *page) line(indent int, format string, args ...any) {
	p.WriteString(strings.Repeat("  ", indent) + fmt.Sprintf(format, args...) + "\n")
}

// callers writes who may call a port, way by way. Clients that are told the same for the same reason
// are one paragraph.
func (p *page) callers(c mesh.Callers) {
	p.line(0, "Who may call port %d of %s", c.Port, c.Server.ID())
	for _, w := range c.Ways {
		p.line(1, "%s", way(w.Way))
		groups := slices.Clone(w.Groups)
		slices.SortStableFunc(groups, func(a, b mesh.Group) int { return rank(a.Admission.Access) - rank(b.Admission.Access) })
		for _, g := range groups {
			p.admission(clients(g.Clients), g.Admission)
		}
		p.admission("anybody without an identity of the mesh", w.Stranger)
	}
}

func way(w mesh.Way) string {
	if w.Service == nil {
		return "by the address of its pods"
	}
	return fmt.Sprintf("by port %d of %s", w.Port, w.Service.Object())
}

// rank orders what gets most through first.
func rank(a mesh.Access) int {
	return slices.Index([]mesh.Access{mesh.AccessAlways, mesh.AccessSometimes, mesh.AccessUndecided, mesh.AccessNever}, a)
}

func clients(s mesh.Set) string {
	var names []string
	for w := range s.All() {
		names = append(names, w.ID().String())
	}
	return strings.Join(names, ", ")
}

func (p *page) admission(who string, a mesh.Admission) {
	p.line(2, "%s: %s", a.Access, who)
	for _, t := range a.Terms {
		p.clauses("when", t.When)
		p.clauses("unless", t.Unless)
	}
	said := map[string]bool{} // both sides of a connection may give one reason
	for _, s := range a.Why {
		p.once(said, s.String())
	}
	for _, g := range a.Unknown {
		p.once(said, "not known: "+g.String())
	}
}

func (p *page) once(said map[string]bool, text string) {
	if !said[text] {
		said[text] = true
		p.line(3, "%s", text)
	}
}

func (p *page) clauses(word string, all []mesh.Clause) {
	for i, c := range all {
		if i > 0 {
			word = "or"
		}
		p.line(3, "%s %s (%s)", word, conditions(c), c.Rule.Policy)
	}
}

func conditions(c mesh.Clause) string {
	if len(c.Conditions) == 0 {
		return "anything"
	}
	var all []string
	for _, one := range c.Conditions {
		all = append(all, one.String())
	}
	return strings.Join(all, " and ")
}

// reach writes the blast radius of an identity.
func (p *page) reach(identity string, r mesh.Reach) {
	p.line(0, "")
	p.line(0, "What %s reaches", identity)
	if len(r.Direct) == 0 {
		p.line(1, "nothing")
		return
	}
	for _, one := range r.Direct {
		p.line(1, "%s port %d, %s", one.Server.ID(), one.Port, one.Access)
	}
	for _, one := range r.Beyond {
		p.line(1, "%s port %d, %s, in %d calls, the last from %s", one.Server.ID(), one.Port, one.Access, one.Hops, one.From.ID())
	}
}

// problems writes what was not understood: the answers above may lack it.
func (p *page) problems(all []mesh.Problem) {
	for i, one := range all {
		if i == 0 {
			p.line(0, "")
			p.line(0, "What was not understood")
		}
		p.line(1, "%s", one)
	}
}
