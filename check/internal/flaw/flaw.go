// Package flaw makes findings of the objects that the graph lists as not doing what they say. The
// checks that use it differ in the kind of flaw and in the words for it.
package flaw

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Phrase says what objects with a kind of flaw do: "lets through more than it says", and at which
// workloads: "to". Both follow the object's name.
type Phrase struct {
	Does string
	At   string // the preposition before the names of workloads
	// Missing says that they miss something which an operator may make: see unseen.
	Missing bool
}

// Run returns a check's Run: one finding for each object and rule that has flaws of the kind, and
// one undecided answer for all objects that may have none after all, by one rule and for one reason.
func Run(kind mesh.FlawKind, phrase Phrase) func(*check.Pass) error {
	return func(p *check.Pass) error {
		var gaps []mesh.Gap
		if phrase.Missing {
			gaps = unseen(p.Graph)
		}
		var d doubts
		for _, g := range groups(p.Graph.Flaws(), kind) {
			g.phrase = phrase
			if unknown := slices.Concat(g.gaps(), gaps); len(unknown) > 0 {
				d.add(g, unknown)
			} else {
				p.Report(g.finding())
			}
		}
		d.report(p)
		return nil
	}
}

// group is the flaws of one kind that one object has by one rule, either all sure or all unsure.
type group struct {
	phrase Phrase
	flaws  []mesh.Flaw // never empty
}

type groupKey struct {
	object source.Ref
	rule   string
	sure   bool
}

// groups puts the flaws of one kind together, in the order in which each group first appears.
func groups(all []mesh.Flaw, kind mesh.FlawKind) []*group {
	var order []*group
	byKey := map[groupKey]*group{}
	for _, f := range all {
		if f.Kind != kind {
			continue
		}
		k := groupKey{f.Object, f.Rule, len(f.Unknown) == 0}
		g := byKey[k]
		if g == nil {
			g = &group{}
			byKey[k] = g
			order = append(order, g)
		}
		g.flaws = append(g.flaws, f)
	}
	return order
}

// subject names the object and the rule, so that two rules about one object stay apart between runs.
func (g *group) subject() string { return g.flaws[0].Object.String() + " " + g.flaws[0].Rule }

// claim is the sentence without its reason.
func (g *group) claim() string {
	text := g.flaws[0].Object.String() + " " + g.phrase.Does
	if ws := g.workloads(); len(ws) > 0 {
		text += " " + g.phrase.At + " " + wording.Few(slices.Values(ws))
	}
	return text
}

// workloads are those of all flaws, each once, ordered by ID.
func (g *group) workloads() []*mesh.Workload {
	var all []*mesh.Workload
	for _, f := range g.flaws {
		all = append(all, f.Workloads...)
	}
	slices.SortFunc(all, func(a, b *mesh.Workload) int { return a.ID().Compare(b.ID()) })
	return slices.Compact(all)
}

func (g *group) finding() check.Finding {
	f := check.Finding{Subject: g.subject(), Pos: g.flaws[0].Loc.Pos(), Message: g.claim() + ": " + g.flaws[0].Detail}
	if n := len(g.details()); n > 1 {
		f.Message += fmt.Sprintf(" (and %s)", wording.Count(n-1, "other reason"))
	}
	for i, flaw := range g.flaws {
		f.Why = append(f.Why, mesh.Step{Rule: flaw.Rule, Object: flaw.Object, Loc: flaw.Loc, Detail: flaw.Detail})
		f.Why = append(f.Why, flaw.Why...)
		if pos := flaw.Loc.Pos(); i > 0 && !pos.IsZero() {
			f.Related = append(f.Related, check.Related{Pos: pos, Message: flaw.Detail})
		}
	}
	return f
}

func (g *group) details() []string {
	var all []string
	for _, f := range g.flaws {
		if !slices.Contains(all, f.Detail) {
			all = append(all, f.Detail)
		}
	}
	return all
}

func (g *group) gaps() []mesh.Gap {
	var gaps []mesh.Gap
	for _, f := range g.flaws {
		gaps = append(gaps, f.Unknown...)
	}
	return gaps
}
