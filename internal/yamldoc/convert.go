package yamldoc

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/source"
)

// yamlToJSON converts a YAML document.
func yamlToJSON(doc []byte, lim Limits) ([]byte, []Issue, error) {
	if out, ok := fromBlocks(doc, lim); ok {
		return out, nil, nil
	}
	return fromNodes(doc, lim)
}

// fromNodes converts a YAML document with the help of the YAML parser.
func fromNodes(doc []byte, lim Limits) ([]byte, []Issue, error) {
	root, err := parse(doc)
	if err != nil {
		return nil, nil, err
	}
	if root == nil {
		return []byte("null"), nil, nil
	}
	if err := check(doc, root, lim); err != nil {
		return nil, nil, err
	}
	c := converter{doc: doc, out: make([]byte, 0, len(doc))}
	if err := c.value(root); err != nil {
		line, col := place(doc, err.node.Line, err.node.Column)
		return nil, nil, &SyntaxError{line, col, err.message}
	}
	return c.out, c.issues(), nil
}

// parse reads the only document of doc; nil when there is none.
func parse(doc []byte) (root *yaml.Node, err error) {
	defer func() {
		// The parser reports its own broken invariants by panic; input must not stop us.
		if r := recover(); r != nil {
			root, err = nil, &SyntaxError{Line: 1, Message: "the YAML parser gave up"}
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	var first, second yaml.Node
	if err := dec.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(doc, err)
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		line, col := place(doc, second.Line, second.Column)
		return nil, &SyntaxError{line, col, "a second document begins"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(doc, err)
	}
	if len(first.Content) != 1 {
		return nil, nil
	}
	return first.Content[0], nil
}

// converter writes nodes as JSON. Its input has passed check, so recursion ends.
type converter struct {
	doc  []byte
	out  []byte
	path []source.Elem
	dups []Issue // with the marks of the parser
}

// issues lists the repeated keys in the order of the text, with their places.
func (c *converter) issues() []Issue {
	slices.SortStableFunc(c.dups, func(a, b Issue) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
	s := newSweep(c.doc)
	for i := range c.dups {
		d := &c.dups[i]
		d.Line, d.Col = s.place(d.Line, d.Col)
	}
	return c.dups
}

func (c *converter) value(n *yaml.Node) *nodeError {
	n = follow(n)
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n)
	case yaml.SequenceNode:
		c.out = append(c.out, '[')
		for i, item := range n.Content {
			if i > 0 {
				c.out = append(c.out, ',')
			}
			if err := c.child(source.Elem{Index: i}, item); err != nil {
				return err
			}
		}
		c.out = append(c.out, ']')
		return nil
	default:
		return c.scalar(n)
	}
}

func (c *converter) mapping(n *yaml.Node) *nodeError {
	m, fault := fieldsOf(n)
	if fault != nil {
		return fault
	}
	for _, e := range m.repeats {
		c.dups = append(c.dups, Issue{source.Key(c.pathText(), e.name), e.key.Line, e.key.Column})
	}
	c.out = append(c.out, '{')
	for i, e := range m.list {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.out = appendString(c.out, e.name)
		c.out = append(c.out, ':')
		if err := c.child(source.Elem{Name: e.name, Index: -1}, e.value); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	return nil
}

func (c *converter) child(e source.Elem, n *yaml.Node) *nodeError {
	c.path = append(c.path, e)
	err := c.value(n)
	c.path = c.path[:len(c.path)-1]
	return err
}

func (c *converter) pathText() string {
	path := ""
	for _, e := range c.path {
		if e.Index >= 0 {
			path = source.Index(path, e.Index)
		} else {
			path = source.Key(path, e.Name)
		}
	}
	return path
}

func (c *converter) scalar(n *yaml.Node) *nodeError {
	r, err := resolveNode(n)
	if err != nil {
		return &nodeError{n, err.Error()}
	}
	switch r.kind {
	case kindString:
		c.out = appendString(c.out, r.text)
	case kindBool:
		c.out = strconv.AppendBool(c.out, r.bool)
	case kindInt:
		c.out = append(c.out, r.text...)
	case kindFloat:
		if math.IsInf(r.num, 0) || math.IsNaN(r.num) {
			return &nodeError{n, "JSON has no number for " + n.Value}
		}
		c.out = append(c.out, r.text...)
	default:
		c.out = append(c.out, "null"...)
	}
	return nil
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	start := len(dst)
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil { // not UTF-8: replace what is not, as encoding/json does
		dst, _ = jsontext.AppendQuote(dst[:start], string([]rune(s)))
	}
	return dst
}
