package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// reason is why a workload is where it is.
type reason struct {
	text  string
	place string // in parentheses; empty when there is none, or when text holds several
}

// String is the reason with its place.
func (r reason) String() string { return sentence(" ", r.text, r.place) }

// outsideReason is why a workload is outside, by each mesh that says so.
func outsideReason(w *mesh.Workload) reason {
	var all []reason
	because := outsideBecause(w)
	several := slices.ContainsFunc(because, func(e mesh.Enrolment) bool { return e.Mesh != because[0].Mesh })
	for _, e := range because {
		r := reason{text: e.Cause.String()}
		if len(e.Why) > 0 {
			r.text = sentence(": ", r.text, e.Why[0].Detail)
			r.place = stepPlace(e.Why[0])
		}
		if several {
			r.text = e.Mesh + ": " + r.text
		}
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	switch len(all) {
	case 0:
		return reason{text: "no mesh judged it"}
	case 1:
		return all[0]
	}
	var parts []string
	for _, r := range all {
		parts = append(parts, r.String())
	}
	return reason{text: strings.Join(parts, "; ")}
}

// alike are workloads with the same reason, though it may stand in another place for each.
type alike struct {
	text    string
	members []member
}

type member struct {
	workload *mesh.Workload
	place    string // of the reason
}

// gather puts workloads with like reasons together, in the order of the first of each.
func gather(ws []*mesh.Workload, why func(*mesh.Workload) reason) []alike {
	var groups []alike
	index := map[string]int{}
	for _, w := range ws {
		r := why(w)
		i, known := index[r.text]
		if !known {
			i = len(groups)
			index[r.text] = i
			groups = append(groups, alike{text: r.text})
		}
		groups[i].members = append(groups[i].members, member{w, r.place})
	}
	return groups
}

// place is that of the reason when all members share it; empty otherwise.
func (a alike) place() string {
	for _, m := range a.members {
		if m.place != a.members[0].place {
			return ""
		}
	}
	return a.members[0].place
}

// members writes workloads under the reasons that they share. When there are many, some of each
// reason are written, so that no reason is hidden behind another.
func (t *text) members(ws []*mesh.Workload, why func(*mesh.Workload) reason) {
	groups := gather(ws, why)
	each := len(ws)
	if t.fold(len(ws)) < len(ws) {
		each = max(few, most/len(groups))
	}
	shown := t.fold(len(groups))
	for _, group := range groups[:shown] {
		t.group(group, each)
	}
	var rest []*mesh.Workload
	for _, group := range groups[shown:] {
		for _, m := range group.members {
			rest = append(rest, m.workload)
		}
	}
	t.left(4, rest)
}

// group writes at most so many workloads under their reason. Where its place differs, each has that
// of its own reason; otherwise each has its own place.
func (t *text) group(group alike, each int) {
	shared := group.place()
	t.line(4, sentence(" ", group.text, shared))
	if len(group.members) == each+1 {
		each++ // one line more is no longer than the line that says so
	}
	var rest []*mesh.Workload
	for i, m := range group.members {
		if i >= each {
			rest = append(rest, m.workload)
			continue
		}
		place := m.place
		if shared != "" || place == "" {
			place = at(m.workload.At("metadata.name").Pos())
		}
		t.line(6, sentence(" ", "-", named(m.workload.ID()), pods(m.workload), place))
	}
	t.left(6, rest)
}

// left counts workloads that are not written.
func (t *text) left(indent int, rest []*mesh.Workload) {
	t.folded(indent, len(rest), "workload")
	tally(t, indent+2, "namespace", rest, namespaceOf)
}

func namespaceOf(w *mesh.Workload) string { return w.ID().Namespace }

// few is how many workloads are written on lines of their own, with their places, where more of
// them with one cause become a paragraph of names.
const few = 3

// byCause writes workloads under all causes that they share, what concerns most of them first.
func (t *text) byCause(ws []*mesh.Workload, causes func(*mesh.Workload) []string) {
	type shared struct {
		causes    []string
		workloads []*mesh.Workload
	}
	var groups []shared
	index := map[string]int{}
	for _, w := range ws {
		all := causes(w)
		key := strings.Join(all, "\n")
		i, known := index[key]
		if !known {
			i = len(groups)
			index[key] = i
			groups = append(groups, shared{causes: all})
		}
		groups[i].workloads = append(groups[i].workloads, w)
	}
	slices.SortStableFunc(groups, func(a, b shared) int { return cmp.Compare(len(b.workloads), len(a.workloads)) })

	shown := t.fold(len(groups))
	for _, g := range groups[:shown] {
		t.list("reason", len(g.causes), func(i int) string { return g.causes[i] })
		if !t.opts.Verbose && len(g.workloads) > few {
			t.hang(6, 8, fmt.Sprintf("%s: %s", count(len(g.workloads), "workload"), t.roll(g.workloads)))
			continue
		}
		for _, w := range g.workloads {
			t.line(6, sentence(" ", "-", named(w.ID()), pods(w), at(w.At("metadata.name").Pos())))
		}
	}
	var rest []*mesh.Workload
	for _, g := range groups[shown:] {
		rest = append(rest, g.workloads...)
	}
	t.left(4, rest)
}
