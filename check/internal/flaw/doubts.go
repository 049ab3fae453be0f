package flaw

import (
	"fmt"
	"strconv"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// doubts are the groups that may be no flaws after all, by what is missing: one Namespace that is not in
// the input leaves every policy in it open.
type doubts struct {
	order []*doubt
	byGap map[doubtKey]*doubt
}

type doubt struct {
	groups []*group
	gaps   []mesh.Gap // of all
}

type doubtKey struct {
	rule   string
	object source.Ref
	detail string
}

func (d *doubts) add(g *group, gaps []mesh.Gap) {
	if d.byGap == nil {
		d.byGap = map[doubtKey]*doubt{}
	}
	k := doubtKey{g.flaws[0].Rule, gaps[0].Object, gaps[0].Detail}
	if k.object == g.flaws[0].Object {
		k.object = source.Ref{} // what it lacks itself, others may lack likewise
	}
	one := d.byGap[k]
	if one == nil {
		one = &doubt{}
		d.byGap[k] = one
		d.order = append(d.order, one)
	}
	one.groups = append(one.groups, g)
	one.gaps = append(one.gaps, gaps...)
}

func (d *doubts) report(p *check.Pass) {
	for _, one := range d.order {
		first := one.groups[0]
		claim := "whether " + first.claim() + " (" + first.flaws[0].Detail + ")"
		if n := len(one.groups); n > 1 {
			claim += fmt.Sprintf(", and the like of %s", objects(n-1))
		}
		p.Undecided(wording.Undecided(first.subject(), claim, distinct(one.gaps)))
	}
}

func objects(n int) string {
	if n == 1 {
		return "another object"
	}
	return strconv.Itoa(n) + " other objects"
}

// distinct leaves each gap once, in the order in which they first appear.
func distinct(all []mesh.Gap) []mesh.Gap {
	type key struct {
		object source.Ref
		detail string
	}
	seen := map[key]bool{}
	var kept []mesh.Gap
	for _, g := range all {
		if k := (key{g.Object, g.Detail}); !seen[k] {
			seen[k] = true
			kept = append(kept, g)
		}
	}
	return kept
}
