package report

import (
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// questions are what checks could not answer, sorted for a reader who wants to know the causes.
type questions struct {
	follow []check.Undecided // of workloads that are themselves listed as not judged: the cause stands there
	rest   []like
}

// like are questions of one check that differ in the workload alone.
type like struct {
	first     check.Undecided
	text      string // of the message, without the workload's name
	workloads []*mesh.Workload
}

// about is the workload that a question is about; nil when it is about something else. Subjects
// of workloads are their IDs, with ":" and a port where one port is meant.
func (in Input) about() func(check.Undecided) *mesh.Workload {
	byID := map[string]*mesh.Workload{}
	for _, w := range in.workloads() {
		byID[w.ID().String()] = w
	}
	return func(u check.Undecided) *mesh.Workload {
		id, _, _ := strings.Cut(u.Subject, ":")
		return byID[id]
	}
}

// sortQuestions finds questions that follow from p, and puts those alike together.
func (in Input) sortQuestions(p perimeter) questions {
	listed := map[*mesh.Workload]bool{}
	for _, w := range p.unknown {
		listed[w] = true
	}
	for _, w := range p.ports {
		listed[w] = true
	}
	about := in.about()
	var q questions
	index := map[string]int{}
	for _, u := range in.Result.Undecided {
		w := about(u)
		if w != nil && listed[w] {
			q.follow = append(q.follow, u)
			continue
		}
		if w == nil || u.Pos != (source.Pos{}) || !strings.Contains(u.Message, named(w.ID())) {
			q.rest = append(q.rest, like{first: u})
			continue
		}
		text := strings.ReplaceAll(u.Message, named(w.ID()), "…")
		i, known := index[u.Code+text]
		if !known {
			i = len(q.rest)
			index[u.Code+text] = i
			q.rest = append(q.rest, like{first: u, text: text})
		}
		q.rest[i].workloads = append(q.rest[i].workloads, w)
	}
	return q
}

func (t *text) undecided() {
	all := t.in.Result.Undecided
	if len(all) > 0 {
		t.line(2, "Questions that checks could not answer: "+strconv.Itoa(len(all)))
		if t.opts.Verbose {
			t.list("question", len(all), func(i int) string { return questionText(all[i]) })
		} else {
			t.foldedQuestions()
		}
	}
	if failed := t.in.Result.Failed; len(failed) > 0 {
		t.line(2, "Checks that did not finish: "+strconv.Itoa(len(failed)))
		t.list("check", len(failed), func(i int) string { return failed[i].Code + ": " + failed[i].Err.Error() })
	}
}

func (t *text) foldedQuestions() {
	q := t.in.sortQuestions(t.perimeter)
	if n := len(q.follow); n > 0 {
		t.line(4, strconv.Itoa(n)+" about the workloads above, for the reasons given there ("+t.opts.Unfold+")")
		tally(t, 6, "code", q.follow, codeOf)
	}
	shown := t.fold(len(q.rest))
	for _, l := range q.rest[:shown] {
		if len(l.workloads) < 2 {
			t.line(4, questionText(l.first))
			continue
		}
		t.line(4, l.first.Code+": "+l.text)
		t.hang(6, 8, "… being "+count(len(l.workloads), "workload")+": "+t.roll(l.workloads))
	}
	var left []check.Undecided
	for _, l := range q.rest[shown:] {
		for range max(1, len(l.workloads)) {
			left = append(left, l.first)
		}
	}
	t.folded(4, len(left), "question")
	tally(t, 6, "code", left, codeOf)
}

func codeOf(u check.Undecided) string { return u.Code }

func questionText(u check.Undecided) string {
	return sentence(": ", placeText(u.Pos), u.Code, u.Message)
}
