package yamldoc

import (
	"cmp"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/source"
)

// Places is Locate for a document in which many fields are sought: it is read once, and no part of
// it is walked twice. The function that it returns answers as Locate does for the same document,
// is safe for concurrent use, and keeps doc, which must not change while it is used.
func Places(doc []byte) func(path string) (line, col int) {
	doc = trimBOM(doc)
	if t, ok := readJSON(doc); ok {
		return (&jsonPlaces{text: t}).find
	}
	root, err := parse(doc)
	if err != nil || root == nil || check(doc, root, Limits{}.withDefaults()) != nil {
		return func(string) (line, col int) { return 1, 1 }
	}
	settle(doc, root)
	return (&yamlPlaces{root: root, seen: map[*yaml.Node]*fields{}}).find
}

// settle turns the marks of all nodes into places.
func settle(doc []byte, root *yaml.Node) {
	var nodes []*yaml.Node
	var collect func(n *yaml.Node)
	collect = func(n *yaml.Node) {
		nodes = append(nodes, n)
		for _, c := range n.Content {
			collect(c)
		}
	}
	collect(root)
	slices.SortStableFunc(nodes, func(a, b *yaml.Node) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	// A mark may lie beyond the end of its line, so each line is swept from its own start.
	head := newSweep(doc)
	s := head
	for _, n := range nodes {
		if n.Line > head.line {
			head.place(n.Line, 1)
			s = head
		}
		n.Line, n.Column = s.place(n.Line, n.Column)
	}
}

// yamlPlaces finds paths in a tree whose marks are places.
type yamlPlaces struct {
	root *yaml.Node

	mu   sync.Mutex
	seen map[*yaml.Node]*fields // of the mappings on the way of some path; none where they are faulty
}

func (p *yamlPlaces) find(path string) (line, col int) {
	elems, err := source.ParsePath(path)
	if err != nil {
		return 1, 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	mark, n := p.root, p.root
	for _, e := range elems {
		key, value := step(follow(n), e, p.fields)
		if value == nil {
			break
		}
		mark, n = key, value
	}
	return mark.Line, mark.Column
}

// fields is fieldsOf, but looks at each mapping once.
func (p *yamlPlaces) fields(n *yaml.Node) *fields {
	m, ok := p.seen[n]
	if !ok {
		m = soundFields(n)
		p.seen[n] = m
	}
	return m
}

// jsonPlaces finds paths in JSON.
type jsonPlaces struct {
	mu   sync.Mutex
	text *jsonText
}

func (p *jsonPlaces) find(path string) (line, col int) {
	elems, err := source.ParsePath(path)
	if err != nil {
		return 1, 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	v, _ := p.text.walk(elems)
	return lineCol(p.text.doc, v.mark)
}
