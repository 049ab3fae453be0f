package yamldoc

import "go.yaml.in/yaml/v3"

// entry is one field of a mapping after merges.
type entry struct {
	name       string
	key, value *yaml.Node
	written    bool // stands in the mapping itself, not only in what it merges
}

// fields collects the fields of a mapping, each name once, in the order of first mention, with
// the value that counts. The index is built only for mappings large enough.
type fields struct {
	list    []entry
	repeats []entry // keys written again, in the order of the text
	index   map[string]int
}

// fieldsOf lists the fields of mapping n.
func fieldsOf(n *yaml.Node) (fields, *nodeError) {
	m := fields{list: make([]entry, 0, len(n.Content)/2)}
	err := m.add(n, true)
	return m, err
}

// add adds the fields of mapping n in the order of the text: go.yaml.in/yaml/v2 v2.4.2, decode.go.
func (m *fields) add(n *yaml.Node, written bool) *nodeError {
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if isMerge(k) {
			if err := m.merge(v); err != nil {
				return err
			}
			continue
		}
		name, err := keyText(k)
		if err != nil {
			return &nodeError{k, err.Error()}
		}
		m.set(entry{name: name, key: k, value: v, written: written})
	}
	return nil
}

func (m *fields) set(e entry) {
	i := m.find(e.name)
	if i < 0 {
		m.list = append(m.list, e)
		if m.index != nil {
			m.index[e.name] = len(m.list) - 1
		}
		return
	}
	before := m.list[i].written
	if e.written && before {
		m.repeats = append(m.repeats, e)
	}
	e.written = e.written || before
	m.list[i] = e
}

// find returns the index of a name, or -1.
func (m *fields) find(name string) int {
	const small = 16
	if len(m.list) <= small {
		for i := range m.list {
			if m.list[i].name == name {
				return i
			}
		}
		return -1
	}
	if m.index == nil {
		m.index = make(map[string]int, 2*len(m.list))
		for i := range m.list {
			m.index[m.list[i].name] = i
		}
	}
	if i, ok := m.index[name]; ok {
		return i
	}
	return -1
}

// merge adds the fields of a merge key's value: a mapping, or a sequence of mappings of which
// earlier ones win.
func (m *fields) merge(v *yaml.Node) *nodeError {
	if v.Kind != yaml.SequenceNode {
		return m.mergeOne(v)
	}
	for i := len(v.Content) - 1; i >= 0; i-- {
		if err := m.mergeOne(v.Content[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *fields) mergeOne(v *yaml.Node) *nodeError {
	to := follow(v)
	if to.Kind != yaml.MappingNode {
		return &nodeError{v, "a merge key takes a mapping or a sequence of mappings"}
	}
	return m.add(to, false)
}

func isMerge(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "<<" {
		return false
	}
	return n.Style == 0 || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!merge"
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// nodeError is a fault at a node.
type nodeError struct {
	node    *yaml.Node
	message string
}
