// Package policytie reports places in a mesh's configuration that several objects claim, and of
// which only one counts.
package policytie

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Check reports with High where the choice is not settled, so that it may change without any
// change to the objects, and with Low where one object always wins and the others do nothing.
var Check = &check.Check{
	Code:     "MP3001",
	Name:     "policyTie",
	Severity: check.High,
	Doc:      "several objects claim one place in the mesh's configuration, and only one counts",
	Run:      run,
}

func run(p *check.Pass) error {
	for _, c := range p.Graph.Conflicts() {
		names := refs(c.Objects)
		// The object that counts may change between runs, so the subject names them in order.
		slices.Sort(names)
		subject := c.Rule + " " + strings.Join(names, " ")
		claim := fmt.Sprintf("%s claim the same place", strings.Join(refs(c.Objects), " and "))
		if c.Detail != "" {
			claim += " (" + c.Detail + ")"
		}
		f := check.Finding{Subject: subject, Pos: place(c.Locs), Why: why(c), Related: related(c)}
		switch c.Settled {
		case truth.False:
			f.Message = claim + "; which of them counts is not settled and may change when the control plane restarts"
			p.Report(f)
		case truth.True:
			f.Severity = check.Low
			f.Message = claim + "; only the first counts"
			p.Report(f)
		default:
			p.Undecided(check.Undecided{Subject: subject, Pos: f.Pos, Message: claim + "; whether it is settled which of them counts is not known"})
		}
	}
	return nil
}

func refs(objects []source.Ref) []string {
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.String()
	}
	return names
}

// place is that of the first object; zero when there is none.
func place(locs []source.Loc) source.Pos {
	if len(locs) == 0 {
		return source.Pos{}
	}
	return locs[0].Pos()
}

func why(c mesh.Conflict) []mesh.Step {
	var steps []mesh.Step
	for i, o := range c.Objects {
		s := mesh.Step{Rule: c.Rule, Object: o, Detail: c.Detail}
		if i < len(c.Locs) {
			s.Loc = c.Locs[i]
		}
		steps = append(steps, s)
	}
	return steps
}

// related lists the places of the other objects.
func related(c mesh.Conflict) []check.Related {
	var out []check.Related
	for i := 1; i < min(len(c.Objects), len(c.Locs)); i++ {
		out = append(out, check.Related{Pos: c.Locs[i].Pos(), Message: c.Objects[i].String() + " claims the place too"})
	}
	return out
}
