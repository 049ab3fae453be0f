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
	if t, ok := readJSON(doc); ok {
		if v, exact := t.walk(elems); exact {
			return t.itemLines(v)
		}
		return nil
	}
	root, err := parse(doc)
	if err != nil || root == nil || check(doc, root, Limits{}.withDefaults()) != nil {
		return nil
	}
	n := root
	for _, e := range elems {
		if _, n = step(follow(n), e, soundFields); n == nil {
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

// itemLines lists the lines of the elements of an array.
func (t *jsonText) itemLines(v jsonValue) []int {
	items := t.children(v)
	if items.names != nil {
		return nil
	}
	s := newSweep(t.doc)
	var lines []int
	for _, item := range items.list {
		line, _ := s.offset(item.mark)
		lines = append(lines, line)
	}
	return lines
}
