package yamldoc

import (
	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/source"
)

// Lines returns the 1-based line of each item of the sequence at path, in one pass.
// Anything but a sequence has none.
func Lines(doc []byte, path string) []int {
	doc = trimBOM(doc)
	elems, err := source.ParsePath(path)
	if err != nil {
		return nil
	}
	if looksLikeJSON(doc) {
		w := jsonWalk{doc: doc}
		if exact, err := w.document(elems); err == nil && exact {
			return w.itemLines()
		}
	}
	root, err := parse(doc)
	if err != nil || root == nil || check(doc, root, Limits{}.withDefaults()) != nil {
		return nil
	}
	n := root
	for _, e := range elems {
		if _, n = step(follow(n), e); n == nil {
			return nil
		}
	}
	var lines []int
	if n = follow(n); n.Kind == yaml.SequenceNode {
		s := newSweep(doc)
		for _, item := range n.Content {
			line, _ := s.place(item.Line, item.Column)
			lines = append(lines, line)
		}
	}
	return lines
}

// itemLines lists the lines of the elements of the value that was found.
func (w *jsonWalk) itemLines() []int {
	start := w.start
	dec := newDecoder(w.value)
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return nil
	}
	var lines []int
	line, _ := lineCol(w.doc, start)
	counted := start
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return nil
		}
		at := start + int(dec.InputOffset()) - len(v)
		step, _ := lineCol(w.doc[counted:], at-counted)
		line, counted = line+step-1, at
		lines = append(lines, line)
	}
	return lines
}
