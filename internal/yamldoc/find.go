package yamldoc

import (
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

// find walks path as far as it exists; exact reports whether it exists whole.
func find(doc []byte, path string) (f found, exact bool) {
	f = found{line: 1, col: 1}
	elems, err := source.ParsePath(path)
	if err != nil {
		return f, false
	}
	if t, ok := readJSON(doc); ok {
		v, exact := t.walk(elems)
		return t.found(v), exact
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
		key, value := step(follow(n), e, soundFields)
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
func step(n *yaml.Node, e source.Elem, fieldsOf func(*yaml.Node) *fields) (mark, value *yaml.Node) {
	switch {
	case e.Index >= 0:
		if n.Kind == yaml.SequenceNode && e.Index < len(n.Content) {
			return n.Content[e.Index], n.Content[e.Index]
		}
	case n.Kind == yaml.MappingNode:
		m := fieldsOf(n)
		if i := m.find(e.Name); i >= 0 {
			return m.list[i].key, m.list[i].value
		}
	}
	return nil, nil
}

// soundFields lists the fields of mapping n; none when a key or a merge is faulty.
func soundFields(n *yaml.Node) *fields {
	m, err := fieldsOf(n)
	if err != nil {
		return &fields{}
	}
	return &m
}
