package snapshot

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/source"
)

// assembly takes results in load order and turns them into a snapshot. Nothing that it keeps
// depends on how the results were made side by side.
type assembly struct {
	dec      *decoder
	opts     Options
	problems problemList // of the texts; those of names come behind them
	skipped  []Skipped

	open    *taken               // the List whose items come in
	scopes  map[source.Kind]bool // by CustomResourceDefinitions: whether the kind is cluster-scoped
	texts   map[string]string    // of words that many objects share
	objects []entry
	beyond  []source.Problem // that there are more objects than the bound allows; not to be lost among others
}

func newAssembly(d *decoder) *assembly {
	return &assembly{
		dec: d, opts: d.opts, problems: problemList{most: d.opts.MaxProblems},
		scopes: map[source.Kind]bool{}, texts: map[string]string{},
	}
}

// takeAll takes results as they come in and puts them in order.
func (a *assembly) takeAll(results <-chan *result) {
	early := map[int]*result{}
	next := 0
	for r := range results {
		early[r.seq] = r
		for early[next] != nil {
			r := early[next]
			delete(early, next)
			next++
			a.take(r)
		}
	}
}

// take takes the next result.
func (a *assembly) take(r *result) {
	l := r.chunk.list
	if a.open != nil && a.open.list != l {
		a.breakOff()
	}
	switch {
	case l == nil:
		a.accept(&r.found)
	case r.chunk.part == envelope:
		t := a.open
		if t == nil {
			t = &taken{list: l}
		}
		a.open = nil
		a.settle(t, r)
	default:
		if a.open == nil {
			a.open = &taken{list: l, found: found{problems: problemList{most: a.opts.MaxProblems}}}
		}
		a.open.add(r)
	}
}

// accept takes what was found in a document.
func (a *assembly) accept(f *found) {
	for _, d := range f.defines {
		a.scopes[d.kind] = d.cluster
	}
	a.skipped = append(a.skipped, f.skipped...)
	a.problems.join(&f.problems)
	for i := range f.objects {
		a.object(&f.objects[i])
	}
	if a.problems.full() {
		a.dec.full.Store(true)
	}
}

// object takes an object, within the bound: a List that is read whole may hold any number.
func (a *assembly) object(e *entry) {
	switch {
	case len(a.objects) < a.opts.MaxDocuments:
		e.ref.Namespace = a.shared(e.ref.Namespace)
		e.ref.Kind.Kind = a.shared(e.ref.Kind.Kind)
		e.ref.Group, e.version = a.shared(e.ref.Group), a.shared(e.version)
		a.objects = append(a.objects, *e)
	case a.beyond == nil:
		a.beyond = append(a.beyond, source.Problem{
			Code: source.ProblemLimit, Pos: e.pos(),
			Message: fmt.Sprintf("more than %d objects: this and later ones are left out", a.opts.MaxDocuments),
		})
	}
}

// shared returns the one copy of a word.
func (a *assembly) shared(word string) string {
	const most = 10_000 // words; beyond that, they do not repeat
	if text, ok := a.texts[word]; ok {
		return text
	}
	if len(a.texts) < most {
		a.texts[word] = word
	}
	return word
}

// snapshot settles all names, when all results are taken. The problems and skipped texts of the
// files themselves come first.
func (a *assembly) snapshot(problems []source.Problem, skipped []Skipped) *Snapshot {
	if a.open != nil {
		a.breakOff()
	}
	n := naming{
		scopes: a.scopes, keep: a.dec.keep, namespace: a.opts.DefaultNamespace,
		problems: problemList{most: a.opts.MaxProblems},
		index:    make(map[source.Ref]int, len(a.objects)), generate: map[source.Ref]int{},
	}
	for _, p := range slices.Concat(problems, a.beyond) {
		n.problems.add(p)
	}
	n.problems.join(&a.problems)
	objects := a.objects
	n.objects = objects[:0] // each entry is read before its place is written
	for i := range objects {
		n.add(&objects[i])
	}
	s := n.snapshot()
	s.problems, s.skipped = n.problems.sorted(), slices.Concat(skipped, a.skipped)
	slices.SortFunc(s.skipped, Skipped.Compare)
	return s
}
