package snapshot

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// taken is what the items of a document hold that was taken apart as a List.
type taken struct {
	list *list
	found
	items  int
	broken bool // one of them
}

// add takes the next item.
func (t *taken) add(r *result) {
	t.items++
	t.broken = t.broken || r.broken
	t.problems.join(&r.problems)
	t.objects = append(t.objects, r.objects...)
	t.skipped = append(t.skipped, r.skipped...)
	t.defines = append(t.defines, r.defines...)
	if t.problems.full() {
		t.list.full.Store(true)
	}
}

// breakOff takes the items of a document that the stream did not end, which is a problem of its own.
func (a *assembly) breakOff() {
	t := a.open
	a.open = nil
	a.named(t, "", "")
	a.accept(&t.found)
}

// settle decides about a document that was taken apart: a List gives its items; what was no List
// after all, or came apart in the wrong places, is read again as a whole.
func (a *assembly) settle(t *taken, e *result) {
	isList := !e.broken && e.id.isList() && e.lone
	if e.chunk.json && e.broken || isList && (e.chunk.json || !t.broken) {
		a.items(t, e)
		return
	}
	again := a.again(e)
	if !again.broken || !isList && !e.broken {
		a.accept(&again.found)
		return
	}
	// The whole is broken, but not all of its items are.
	e.problems.clear()
	e.skipped = nil
	if !t.broken {
		e.problems, e.skipped = again.problems, again.skipped
	}
	a.items(t, e)
}

// again decodes the whole document of an envelope.
func (a *assembly) again(e *result) *result {
	doc := e.chunk.list.doc
	c := &chunk{region: doc, first: e.chunk.first}
	r := &result{seq: e.seq, chunk: c, found: found{problems: problemList{most: a.opts.MaxProblems}}}
	limit := int64(a.opts.MaxDocumentBytes)
	if e.chunk.json {
		limit *= 4 // white space does not count, and may be most of the text
	}
	if doc.size > limit {
		r.broken = true
		a.dec.problem(r, source.ProblemLimit, source.Pos{File: doc.file.name, Line: c.first},
			fmt.Sprintf("document of %d bytes exceeds %d, and cannot be taken apart", doc.size, a.opts.MaxDocumentBytes))
		return r
	}
	text, err := doc.file.region(doc.off, doc.size)
	if err != nil {
		r.broken = true
		a.dec.problem(r, source.ProblemUnreadable, source.Pos{File: doc.file.name, Line: c.first}, cause(doc.file.name, err))
		return r
	}
	c.text = text
	return a.dec.decode(e.seq, c)
}

// items takes the items of a List, and its envelope for what it has to say.
func (a *assembly) items(t *taken, e *result) {
	if e.broken && t.broken {
		e.problems.clear() // the item says it
	}
	a.named(t, strings.TrimSuffix(e.id.kind, "List"), e.id.apiVersion)
	if t.items == 0 && !e.broken {
		e.skip(source.Pos{File: e.chunk.file.name, Line: e.chunk.first}, ReasonEmpty, e.id.kind+" without items")
	}
	a.accept(&t.found)
	a.accept(&e.found)
}

// named gives items without a kind that of their List, and refuses them when it has none.
func (a *assembly) named(t *taken, kind, apiVersion string) {
	list := identity{kind: kind, apiVersion: apiVersion}
	of, version := list.ref()
	out := t.objects[:0]
	for _, e := range t.objects {
		if !e.bare {
			out = append(out, e)
			continue
		}
		if kind == "" {
			t.problems.add(source.Problem{
				Code: source.ProblemNotObject, Pos: e.pos(), Message: "list item has no apiVersion and kind",
			})
			continue
		}
		e.ref.Kind, e.version = of.Kind, version
		if a.dec.keep != nil && !a.dec.keep[e.ref.Kind] {
			e.json, e.place = nil, nil
		}
		out = append(out, e)
	}
	t.objects = out
}
