package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
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
}

func (t *text) unknownWorkloads() {
	all := t.perimeter.unknown
	if len(all) == 0 {
		return
	}
	t.line(2, "Workloads that may be inside or outside: "+strconv.Itoa(len(all)))
	shown := t.fold(len(all))
	for _, w := range all[:shown] {
		t.line(4, sentence(" ", "-", named(w.ID()), at(w.At("metadata.name").Pos())))
		gaps := unknownBecause(w)
		t.list(8, "reason", len(gaps), func(i int) string { return gapText(gaps[i]) })
		if len(gaps) == 0 {
			t.line(8, "the mode "+w.Enrolment().Mode.String()+" leaves it open")
		}
	}
	t.folded(4, len(all)-shown, "workload")
	tally(t, 6, "namespace", all[shown:], func(w *mesh.Workload) string { return w.ID().Namespace })
}

func (t *text) unknownPorts() {
	all := t.perimeter.ports
	if len(all) == 0 {
		return
	}
	t.line(2, "Workloads inside with a port that could not be judged: "+strconv.Itoa(len(all)))
	shown := t.fold(len(all))
	for _, w := range all[:shown] {
		t.line(4, sentence(" ", "-", named(w.ID()), at(w.At("metadata.name").Pos())))
		gaps := openPorts(w)
		t.list(8, "reason", len(gaps), func(i int) string { return gaps[i] })
	}
	t.folded(4, len(all)-shown, "workload")
	tally(t, 6, "namespace", all[shown:], func(w *mesh.Workload) string { return w.ID().Namespace })
}

func (t *text) undecided() {
	if all := t.in.Result.Undecided; len(all) > 0 {
		t.line(2, "Questions that checks could not answer: "+strconv.Itoa(len(all)))
		t.list(4, "question", len(all), func(i int) string {
			return fmt.Sprintf("%s: %s: %s", all[i].Pos, all[i].Code, all[i].Message)
		})
		tally(t, 6, "code", all[t.fold(len(all)):], func(u check.Undecided) string { return u.Code })
	}
	if all := t.in.Result.Failed; len(all) > 0 {
		t.line(2, "Checks that did not finish: "+strconv.Itoa(len(all)))
		t.list(4, "check", len(all), func(i int) string { return fmt.Sprintf("%s: %v", all[i].Code, all[i].Err) })
	}
}

func (t *text) problems() {
	all := t.in.problems()
	if len(all) == 0 {
		return
	}
	t.line(2, "Problems with the input: "+strconv.Itoa(len(all)))
	t.list(4, "problem", len(all), func(i int) string { return all[i].String() })
	tally(t, 6, "code", all[t.fold(len(all)):], func(p mesh.Problem) string { return string(p.Code) })
}

func (t *text) skipped() {
	all := t.in.Skipped
	if len(all) == 0 {
		return
	}
	t.line(2, "Files and documents without objects that can be judged: "+strconv.Itoa(len(all)))
	t.list(4, "text", len(all), func(i int) string {
		return sentence(": ", all[i].Pos.String(), string(all[i].Reason), all[i].Detail)
	})
	tally(t, 6, "reason", all[t.fold(len(all)):], func(s snapshot.Skipped) string { return string(s.Reason) })
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
