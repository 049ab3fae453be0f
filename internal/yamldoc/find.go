package yamldoc

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/source"
)

// found is the deepest part of a path that a document holds.
type found struct {
	line, col int
	scalar    bool
	text      string // of a scalar
	plain     bool   // the scalar is not quoted
}

var errNotJSON = errors.New("not JSON")

// find walks path as far as it exists; exact reports whether it exists whole.
func find(doc []byte, path string) (f found, exact bool) {
	f = found{line: 1, col: 1}
	elems, err := source.ParsePath(path)
	if err != nil {
		return f, false
	}
	if looksLikeJSON(doc) {
		w := jsonWalk{doc: doc}
		if exact, err := w.document(elems); err == nil {
			return w.found(), exact
		}
	}
	root, err := parse(doc)
	if err != nil || root == nil || check(doc, root, Limits{}.withDefaults()) != nil {
		return f, false
	}
	return findYAML(doc, root, elems)
}

func findYAML(doc []byte, n *yaml.Node, elems []source.Elem) (f found, exact bool) {
	mark := n
	for _, e := range elems {
		key, value := step(follow(n), e)
		if value == nil {
			f.line, f.col = place(doc, mark.Line, mark.Column)
			return f, false
		}
		mark, n = key, value
	}
	f.line, f.col = place(doc, mark.Line, mark.Column)
	if n = follow(n); n.Kind == yaml.ScalarNode {
		f.scalar, f.text = true, n.Value
		f.plain = n.Style&^yaml.TaggedStyle == 0
	}
	return f, true
}

// step goes from n to the child e and returns the node that marks it; nil when there is none.
func step(n *yaml.Node, e source.Elem) (mark, value *yaml.Node) {
	switch {
	case e.Index >= 0:
		if n.Kind == yaml.SequenceNode && e.Index < len(n.Content) {
			return n.Content[e.Index], n.Content[e.Index]
		}
	case n.Kind == yaml.MappingNode:
		m, err := fieldsOf(n)
		if err != nil {
			return nil, nil
		}
		if i := m.find(e.Name); i >= 0 {
			return m.list[i].key, m.list[i].value
		}
	}
	return nil, nil
}

// jsonWalk finds a path in JSON text. mark is the offset of the deepest part found.
type jsonWalk struct {
	doc   []byte
	mark  int
	start int            // the offset of value
	value jsontext.Value // at the end of the path
}

// document walks the whole text, so that text that is not JSON is told from JSON.
func (w *jsonWalk) document(elems []source.Elem) (exact bool, err error) {
	dec := newDecoder(w.doc)
	whole, err := dec.ReadValue()
	if err != nil {
		return false, errNotJSON
	}
	end := int(dec.InputOffset())
	start := end - len(whole)
	w.mark = start
	for _, e := range elems {
		mark, from, to := w.child(start, end, e)
		if mark < 0 {
			return false, nil
		}
		w.mark, start, end = mark, from, to
	}
	w.start, w.value = start, w.doc[start:end]
	return true, nil
}

// child finds e in the valid JSON value doc[start:end]: the offset that marks it and the range of
// its value; the last one when a name is repeated, -1 when there is none.
func (w *jsonWalk) child(start, end int, e source.Elem) (mark, from, to int) {
	mark = -1
	dec := newDecoder(w.doc[start:end])
	open, err := dec.ReadToken()
	if err != nil || open.Kind() != '{' && open.Kind() != '[' || (open.Kind() == '[') != (e.Index >= 0) {
		return -1, 0, 0
	}
	for i := 0; ; i++ {
		at, match := -1, i == e.Index
		if open.Kind() == '{' {
			name, err := dec.ReadToken() // the closing brace, at the end
			if err != nil || name.Kind() != '"' {
				return mark, from, to
			}
			at, match = startOfString(w.doc, start+int(dec.InputOffset())), name.String() == e.Name
		}
		v, err := dec.ReadValue() // fails at the closing bracket
		if err != nil {
			return mark, from, to
		}
		if !match {
			continue
		}
		to = start + int(dec.InputOffset())
		from = to - len(v)
		if mark = at; at < 0 {
			mark = from
		}
	}
}

func (w *jsonWalk) found() found {
	f := found{}
	f.line, f.col = lineCol(w.doc, w.mark)
	switch w.value.Kind() {
	case '"':
		text, _ := jsontext.AppendUnquote(nil, w.value)
		f.scalar, f.text = true, string(text)
	case '{', '[', jsontext.KindInvalid:
	default:
		f.scalar, f.text, f.plain = true, string(w.value), true
	}
	return f
}
