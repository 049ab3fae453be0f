package yamldoc

import "go.yaml.in/yaml/v3"

// extent is what a node holds once aliases are expanded.
type extent struct {
	nodes int // the node itself included; grows no further than the limit plus one
	depth int // levels of mappings and sequences
}

// meter measures nodes without expanding them: each anchored node is measured once.
type meter struct {
	lim  Limits
	seen map[*yaml.Node]extent // anchored nodes; the zero extent while one is being measured
	deep *yaml.Node            // the first node found beyond the depth
	loop *yaml.Node            // an alias inside the node that it stands for
}

// check reports a document that exceeds lim once expanded, or never ends.
func check(doc []byte, root *yaml.Node, lim Limits) error {
	m := meter{lim: lim, seen: map[*yaml.Node]extent{}}
	e := m.measure(root, 0)
	switch {
	case m.loop != nil:
		line, col := place(doc, m.loop.Line, m.loop.Column)
		return &SyntaxError{line, col, "anchor " + m.loop.Value + " contains itself"}
	case m.deep != nil:
		line, col := place(doc, m.deep.Line, m.deep.Column)
		return &LimitError{line, col, "depth", lim.MaxDepth}
	case e.nodes > lim.MaxNodes:
		line, col := place(doc, root.Line, root.Column)
		return &LimitError{line, col, "nodes", lim.MaxNodes}
	}
	return nil
}

// measure returns the extent of n, which stands under `above` levels.
func (m *meter) measure(n *yaml.Node, above int) extent {
	if m.loop != nil || m.deep != nil {
		return extent{nodes: 1}
	}
	if n.Kind == yaml.AliasNode {
		return m.alias(n, above)
	}
	if n.Anchor != "" {
		m.seen[n] = extent{}
	}
	e := extent{nodes: 1}
	if n.Kind != yaml.ScalarNode {
		if above >= m.lim.MaxDepth {
			m.deep = n
			return e
		}
		for _, c := range n.Content {
			sub := m.measure(c, above+1)
			e.nodes = min(e.nodes+sub.nodes, m.lim.MaxNodes+1)
			e.depth = max(e.depth, sub.depth)
		}
		e.depth++
	}
	if n.Anchor != "" {
		m.seen[n] = e
	}
	return e
}

func (m *meter) alias(n *yaml.Node, above int) extent {
	e, ok := m.seen[n.Alias]
	if !ok || e.nodes == 0 {
		m.loop = n
		return extent{nodes: 1}
	}
	if above+e.depth > m.lim.MaxDepth {
		m.deep = n
	}
	return e
}
