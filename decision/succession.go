package decision

import (
	"slices"

	"github.com/meshposture/meshposture/source"
)

// succession judges how decisions follow each other (V-31, V-46).
func (v *validator) succession(set *Set) {
	byID := map[string]*Decision{}
	for d := range set.Decisions() {
		if d.ID != "" && byID[d.ID] == nil {
			byID[d.ID] = d
		}
	}
	older := map[*Decision]map[string]bool{}
	for d := range set.Decisions() {
		v.successor(d, byID)
		met := map[string]bool{}
		for i, id := range d.Supersedes {
			old := byID[id]
			if old != nil && older[old] == nil {
				older[old] = old.older(byID)
			}
			if !met[id] {
				v.predecessor(d, i, old, older[old])
			}
			met[id] = true
		}
	}
	v.rivals(slices.Collect(set.Accepted()))
	for g := range set.Registers() {
		if g.Decision != "" && byID[g.Decision] == nil {
			v.at(CodeDangling, g.Place, "decision", "register belongs to decision %s, which was not read", g.Decision)
		}
	}
}

// predecessor judges entry i of supersedes: the decision that it names, nil when that was not
// read, and the ids of that decision and all before it.
func (v *validator) predecessor(d *Decision, i int, old *Decision, older map[string]bool) {
	field := source.Index("supersedes", i)
	switch {
	case old == nil:
		v.at(CodeDangling, d.Place, field, "%s supersedes %s, which was not read", d.title(), d.Supersedes[i])
	case older[d.ID]:
		v.at(CodeSuccession, d.Place, field, "%s and %s supersede each other", d.title(), old.ID)
	case d.Status == StatusAccepted && old.Status == StatusAccepted:
		v.at(CodeSuccession, old.Place, "status", "%s is accepted, and superseded by %s", old.title(), d.ID)
	}
}

// successor judges status and supersededBy of one decision.
func (v *validator) successor(d *Decision, byID map[string]*Decision) {
	switch {
	case d.Status == StatusSuperseded && d.SupersededBy == "" && !d.unread("supersededBy"):
		v.at(CodeSuccession, d.Place, "status", "%s is superseded, and supersededBy does not say by what", d.title())
	case d.SupersededBy != "" && d.Status != StatusSuperseded && !d.unread("status"):
		v.at(CodeSuccession, d.Place, "supersededBy", "%s is superseded by %s, and its status is not superseded", d.title(), d.SupersededBy)
	case d.SupersededBy != "" && byID[d.SupersededBy] == nil:
		v.at(CodeDangling, d.Place, "supersededBy", "%s is superseded by %s, which was not read", d.title(), d.SupersededBy)
	}
}

// older are the ids of d and of all decisions that it supersedes, directly or through others.
func (d *Decision) older(byID map[string]*Decision) map[string]bool {
	ids := map[string]bool{d.ID: true}
	todo := []*Decision{d}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, id := range next.Supersedes {
			if old := byID[id]; old != nil && !ids[id] {
				ids[id] = true
				todo = append(todo, old)
			}
		}
	}
	return ids
}

// rivals reports accepted decisions that speak of the same scope. Where one supersedes another
// that is reported already.
func (v *validator) rivals(accepted []*Decision) {
	for i, later := range accepted {
		for _, earlier := range accepted[:i] {
			if slices.Contains(later.Supersedes, earlier.ID) || slices.Contains(earlier.Supersedes, later.ID) ||
				!later.Scope.meets(earlier.Scope) {
				continue
			}
			v.at(CodeSuccession, later.Place, "status", "%s and %s at %s are both accepted for the same scope",
				later.title(), earlier.title(), earlier.Pos("status"))
		}
	}
}

// meets reports whether some namespace of some cluster is certain to be in both scopes.
func (s Scope) meets(t Scope) bool {
	if s.Faulty() || t.Faulty() {
		return false
	}
	clusters := len(s.Clusters) == 0 || len(t.Clusters) == 0 ||
		slices.ContainsFunc(s.Clusters, func(c string) bool { return slices.Contains(t.Clusters, c) })
	return clusters && meet(s.Namespaces, t.Namespaces)
}
