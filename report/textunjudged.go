package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// notJudged lists everything that the report does not speak for.
func (t *text) notJudged() {
	things, unread := t.in.unjudged(t.perimeter)
	t.heading(fmt.Sprintf("Not judged: %d", things))
	if things == 0 && unread == 0 {
		t.line(2, "Nothing: all input was read, understood and decided.")
		return
	}
	t.unknownWorkloads()
	t.unknownPorts()
	t.undecided()
	t.problems()
	t.skipped()
	t.unreadKinds(unread)
	if n := t.in.planeGaps(); n > 0 {
		t.line(2, "What is not known of control planes, as said above: "+strconv.Itoa(n))
	}
	if n := len(t.in.RecordIssues); n > 0 {
		t.line(2, "Issues with the record, as said above: "+strconv.Itoa(n))
	}
	t.hints()
}

func (t *text) unknownWorkloads() {
	all := t.perimeter.unknown
	if len(all) == 0 {
		return
	}
	t.line(2, "Workloads that may be inside or outside: "+strconv.Itoa(len(all)))
	t.byCause(all, func(w *mesh.Workload) []string {
		var causes []string
		for _, g := range unknownBecause(w) {
			causes = appendOnce(causes, gapText(g))
		}
		if len(causes) == 0 {
			return []string{"the mode " + w.Enrolment().Mode.String() + " leaves it open"}
		}
		return causes
	})
}

func (t *text) unknownPorts() {
	all := t.perimeter.ports
	if len(all) == 0 {
		return
	}
	t.line(2, "Workloads inside with a port that could not be judged: "+strconv.Itoa(len(all)))
	t.byCause(all, openPorts)
}

// routine are the problems that manifests of a repository have by the hundred. In a long list they
// stand behind all others, so that they hide none.
var routine = []source.ProblemCode{source.ProblemDuplicate, source.ProblemNoNamespace}

// warnings are what the mesh itself warns about: it takes these objects, and so did the judgement.
func (t *text) warnings() {
	var all []mesh.Problem
	for _, p := range t.in.problems() {
		if p.Code == source.ProblemWarned {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return
	}
	t.heading("Warnings of the mesh about what was judged: " + strconv.Itoa(len(all)))
	for _, p := range all[:t.fold(len(all))] {
		t.line(2, p.String())
	}
	t.folded(2, len(all)-t.fold(len(all)), "warning")
}

func (t *text) problems() {
	all := slices.DeleteFunc(t.in.problems(), func(p mesh.Problem) bool { return p.Code == source.ProblemWarned })
	if len(all) == 0 {
		return
	}
	t.line(2, "Problems with the input: "+strconv.Itoa(len(all)))
	if t.fold(len(all)) == len(all) {
		t.list("problem", len(all), func(i int) string { return all[i].String() })
		return
	}
	grave := slices.DeleteFunc(slices.Clone(all), func(p mesh.Problem) bool { return slices.Contains(routine, p.Code) })
	t.list("problem", len(grave), func(i int) string { return grave[i].String() })
	tally(t, 6, "code", grave[t.fold(len(grave)):], func(p mesh.Problem) string { return string(p.Code) })
	for _, code := range routine {
		samples(t, string(code), all, func(p mesh.Problem) bool { return p.Code == code }, mesh.Problem.String)
	}
}

// samples writes the first of the entries that belong together, and counts the others.
func samples[T any](t *text, name string, all []T, belongs func(T) bool, entry func(T) string) {
	n := 0
	for _, e := range all {
		if !belongs(e) {
			continue
		}
		if n++; n <= few {
			t.line(4, entry(e))
		}
	}
	if n > few {
		t.line(4, fmt.Sprintf("… and %d more: %s (%s)", n-few, name, t.opts.Unfold))
	}
}

func (t *text) skipped() {
	all := t.in.Skipped
	if len(all) == 0 {
		return
	}
	t.line(2, "Files and documents without objects that can be judged: "+strconv.Itoa(len(all)))
	entry := func(s snapshot.Skipped) string { return sentence(": ", s.Pos.String(), string(s.Reason), s.Detail) }
	if t.fold(len(all)) == len(all) {
		t.list("text", len(all), func(i int) string { return entry(all[i]) })
		return
	}
	reasons := map[snapshot.Reason]bool{}
	for _, s := range all {
		reasons[s.Reason] = true
	}
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		samples(t, string(r), all, func(s snapshot.Skipped) bool { return s.Reason == r }, entry)
	}
}

// unreadKinds is one paragraph, however long: it is the only place that names these kinds.
func (t *text) unreadKinds(objects int) {
	if objects == 0 {
		return
	}
	var parts []string
	for _, k := range t.in.unread() {
		parts = append(parts, fmt.Sprintf("%s %d", k.kind, k.n))
	}
	t.line(2, "Kinds that nobody reads: "+count(objects, "object")+" of "+count(len(parts), "kind"))
	t.line(4, strings.Join(parts, ", "))
}
