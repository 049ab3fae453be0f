// Package wording names workloads, ports, lists and reasons in the messages of checks, so that all
// checks speak alike and readers can paste the names into kubectl.
package wording

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Workload names a workload as "Kind namespace/name".
func Workload(id mesh.WorkloadID) string { return id.Kind + " " + id.Namespace + "/" + id.Name }

// ControlPlane names a control plane by its mesh and its revision, and by its namespace where all has
// another of the mesh that only that tells apart.
func ControlPlane(cp mesh.ControlPlane, all []mesh.ControlPlane) string {
	switch {
	case cp.Revision != "":
		return cp.Mesh + " revision " + cp.Revision
	case slices.ContainsFunc(all, func(o mesh.ControlPlane) bool { return o.Mesh == cp.Mesh && o.Namespace != cp.Namespace }):
		return cp.Mesh + " in namespace " + cp.Namespace
	default:
		return cp.Mesh
	}
}

// Most is how many names List writes before it counts the rest.
const Most = 10

// List joins names with commas. After the first Most it says how many there are beside them.
// No names give "none".
func List(names []string) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > Most:
		return strings.Join(names[:Most], ", ") + fmt.Sprintf(" and %d more", len(names)-Most)
	default:
		return strings.Join(names, ", ")
	}
}

// Workloads is List for workloads.
func Workloads(ws []*mesh.Workload) string {
	names := make([]string, len(ws))
	for i, w := range ws {
		names[i] = Workload(w.ID())
	}
	return List(names)
}

// fewest is how many names Few writes before it counts the rest.
const fewest = 3

// Few names the first three workloads and counts the rest, for messages that are not about each of
// them. No workloads give "none".
func Few(ws iter.Seq[*mesh.Workload]) string {
	var names []string
	n := 0
	for w := range ws {
		if n < fewest {
			names = append(names, Workload(w.ID()))
		}
		n++
	}
	if n > fewest {
		return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", n-fewest)
	}
	return List(names)
}

// Count writes a number with its noun, which takes an s for any number but 1.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Gaps says in one line what is missing; the most decisive is named, the rest is counted. Without
// gaps the reason is not known, and the text says so.
func Gaps(gaps []mesh.Gap) string {
	gaps = decisive(gaps)
	switch len(gaps) {
	case 0:
		return "the reason is not known"
	case 1:
		return gap(gaps[0])
	default:
		return gap(gaps[0]) + " (and " + Count(len(gaps)-1, "other reason") + ")"
	}
}

// decisive puts gaps that name an object or a place before those that speak of the input as a
// whole: a reader can look at the former. Otherwise the order stays, which is that of the mesh's rules.
func decisive(gaps []mesh.Gap) []mesh.Gap {
	gaps = slices.Clone(gaps)
	slices.SortStableFunc(gaps, func(a, b mesh.Gap) int { return cmp.Compare(vague(a), vague(b)) })
	return gaps
}

// vague is 1 for a gap that names nothing, and 0 otherwise.
func vague(g mesh.Gap) int {
	if g.Object.IsZero() && g.Loc.IsZero() {
		return 1
	}
	return 0
}

func gap(g mesh.Gap) string {
	if g.Object.IsZero() {
		return g.Detail
	}
	return g.Object.String() + ": " + g.Detail
}

// GapPos is the place of the first gap that has one; zero when none has.
func GapPos(gaps []mesh.Gap) source.Pos {
	for _, g := range gaps {
		if p := g.Pos(); !p.IsZero() {
			return p
		}
	}
	return source.Pos{}
}

// WhyPos is the place of the first step that has one; zero when none has, as with a product default.
func WhyPos(why []mesh.Step) source.Pos {
	for _, s := range why {
		if p := s.Pos(); !p.IsZero() {
			return p
		}
	}
	return source.Pos{}
}

// Unsure says why it is not known whether w is inside the perimeter of a mesh: what the memberships
// that could not be decided lack.
func Unsure(w *mesh.Workload) []mesh.Gap {
	var gaps []mesh.Gap
	for _, m := range w.Memberships() {
		if m.Inside().Known() {
			continue
		}
		e := m.Effective()
		gaps = append(gaps, e.Unknown...)
		if e.Mode == mesh.ModeProxyless {
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: w.Object(),
				Detail: "the application itself speaks the mesh's protocol, and what it enforces cannot be seen",
			})
		}
	}
	return gaps
}

// Undecided makes an answer "not known" from the gaps that caused it.
func Undecided(subject, question string, gaps []mesh.Gap) check.Undecided {
	gaps = decisive(gaps)
	return check.Undecided{Subject: subject, Pos: GapPos(gaps), Message: question + ": " + Gaps(gaps), Unknown: gaps}
}
