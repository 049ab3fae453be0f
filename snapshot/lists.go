package snapshot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// taken is a document that was taken apart as a List.
type taken struct {
	envelope *result
	items    []*result
}

// settleLists decides about the documents that were taken apart: a List gives its items; what was
// no List after all, or came apart in the wrong places, is read again as a whole.
func (a *assembly) settleLists(results []*result) []*result {
	lists := map[*list]*taken{}
	for _, r := range results {
		l := r.chunk.list
		if l == nil {
			continue
		}
		if lists[l] == nil {
			lists[l] = &taken{}
		}
		if r.chunk.part == envelope {
			lists[l].envelope = r
		} else {
			lists[l].items = append(lists[l].items, r)
		}
	}
	if len(lists) == 0 {
		return results
	}
	var out []*result
	for _, r := range results {
		switch t := lists[r.chunk.list]; {
		case t == nil:
			out = append(out, r)
		case t.envelope == nil: // the stream broke off, which is a problem of its own
			r.objects = a.named(r, "", "")
			out = append(out, r)
		case r.chunk.part == envelope:
			out = append(out, a.settle(t)...)
		}
	}
	return out
}

// settle returns the results that stand for one document.
func (a *assembly) settle(t *taken) []*result {
	e := t.envelope
	brokenItem := slices.ContainsFunc(t.items, func(r *result) bool { return r.broken })
	isList := !e.broken && e.id.isList() && e.lone
	if e.chunk.json && e.broken || isList && (e.chunk.json || !brokenItem) {
		return a.items(t, brokenItem)
	}
	again := a.again(e)
	if !again.broken || !isList && !e.broken {
		return []*result{again}
	}
	// The whole is broken, but not all of its items are.
	e.problems, e.skipped = nil, nil
	if !brokenItem {
		e.problems, e.skipped = again.problems, again.skipped
	}
	return a.items(t, brokenItem)
}

// again decodes the whole document of an envelope.
func (a *assembly) again(e *result) *result {
	doc := e.chunk.list.doc
	c := &chunk{region: doc, first: e.chunk.first}
	r := &result{seq: e.seq, chunk: *c}
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

// items returns the results of a List's items, and its envelope for what it has to say.
func (a *assembly) items(t *taken, brokenItem bool) []*result {
	e := t.envelope
	if e.broken && brokenItem {
		e.problems = nil // the item says it
	}
	kind := strings.TrimSuffix(e.id.kind, "List")
	for _, r := range t.items {
		r.objects = a.named(r, kind, e.id.apiVersion)
	}
	if len(t.items) == 0 && !e.broken {
		e.skip(source.Pos{File: e.chunk.file.name, Line: e.chunk.first}, ReasonEmpty, e.id.kind+" without items")
	}
	return append(t.items, e)
}

// named gives items without a kind that of their List, and refuses them when it has none.
func (a *assembly) named(r *result, kind, apiVersion string) []loaded {
	out := r.objects[:0]
	for _, o := range r.objects {
		if !o.bare {
			out = append(out, o)
			continue
		}
		o.id.kind, o.id.apiVersion = kind, apiVersion
		if kind == "" {
			a.dec.problem(r, source.ProblemNotObject, o.pos(), "list item has no apiVersion and kind")
			continue
		}
		o.obj.Ref, o.obj.Version = o.id.ref()
		if a.dec.keep != nil && !a.dec.keep[o.obj.Ref.Kind] {
			o.obj.JSON = nil
		}
		out = append(out, o)
	}
	return out
}
