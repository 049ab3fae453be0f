package istio

import (
	"slices"
	"strings"
)

// Paths that templates look at are found by walking through all matchers at once, character by
// character, until no new combination of their states appears.

// maxStates bounds the walk.
const maxStates = 20_000

// item is one place of a pattern: a character, or a repetition of some.
type item struct {
	char byte
	of   charset // of a repetition; 0 for a character
}

type charset uint8

const (
	charsSegment charset = iota + 1 // characters of one segment
	charsRest                       // and slashes
	charsAny                        // everything
)

func (c charset) has(b byte) bool {
	switch c {
	case charsSegment:
		return inSegment(b)
	case charsRest:
		return b == '/' || inSegment(b)
	default:
		return true
	}
}

// itemsOf spells a matcher out; nil for one that does not tell texts apart.
func itemsOf(m matcher) []item {
	switch m.kind {
	case matchExact:
		return literal(m.text)
	case matchPrefix:
		return append(literal(m.text), item{of: charsAny})
	case matchSuffix:
		return append([]item{{of: charsAny}}, literal(m.text)...)
	case matchTemplate:
		return m.path.items()
	default:
		return nil
	}
}

func literal(s string) []item {
	var items []item
	for i := range len(s) {
		items = append(items, item{char: s[i]})
	}
	return items
}

// items spells a template out. A repetition may be empty; that of a segment is preceded by one of
// its characters, which the walk's alphabet lets stand for all: see step.
func (t *uriTemplate) items() []item {
	var items []item
	for _, s := range t.segments {
		items = append(items, item{char: '/'})
		if s == "*" {
			items = append(items, item{char: anyInSegment}, item{of: charsSegment})
		} else {
			items = append(items, literal(s)...)
		}
	}
	if t.rest {
		items = append(items, item{char: '/'}, item{of: charsRest})
	}
	return items
}

// anyInSegment stands for one character of a segment; no path holds it.
const anyInSegment = 0

// places is a set of positions in a list of items.
type places []bool

func start(items []item) places {
	p := make(places, len(items)+1)
	p[0] = true
	p.spread(items)
	return p
}

// spread steps over repetitions, which may be empty.
func (p places) spread(items []item) {
	for i, it := range items {
		if p[i] && it.of != 0 {
			p[i+1] = true
		}
	}
}

// step reads a character.
func (p places) step(items []item, b byte) places {
	next := make(places, len(p))
	for i, it := range items {
		switch {
		case !p[i]:
		case it.of != 0:
			next[i] = next[i] || it.of.has(b)
		case it.char == b, it.char == anyInSegment && inSegment(b):
			next[i+1] = true
		}
	}
	next.spread(items)
	return next
}

// explore returns paths such that every path is treated by the matchers like one of them; false when
// there may be more.
func explore(ms []matcher, norm pathNormalization) ([]string, bool) {
	var patterns [][]item
	for _, m := range ms {
		if items := itemsOf(m); items != nil {
			patterns = append(patterns, items)
		}
	}
	alphabet := alphabetOf(ms)
	type state struct {
		path string
		at   []places
	}
	first := state{path: "/"}
	for _, items := range patterns {
		first.at = append(first.at, start(items).step(items, '/'))
	}
	queue, seen := []state{first}, map[string]bool{stateKey(first.at): true}
	found, kinds := []string{}, map[string]bool{}
	for n := 0; n < len(queue); n++ {
		st := queue[n]
		if kind := kindOf(ms, st.path); !kinds[kind] {
			if path, other := norm.paths(st.path); path == st.path && other == "" {
				kinds[kind] = true
				found = append(found, st.path)
			}
		}
		for _, b := range alphabet {
			next := state{path: st.path + string(b)}
			for i, items := range patterns {
				next.at = append(next.at, st.at[i].step(items, b))
			}
			key := stateKey(next.at)
			if seen[key] {
				continue
			}
			if len(queue) == maxStates {
				return found, false
			}
			seen[key] = true
			queue = append(queue, next)
		}
	}
	return found, true
}

// kindOf is how the matchers treat a path.
func kindOf(ms []matcher, path string) string {
	v := textValue(path)
	var b strings.Builder
	for i := range ms {
		b.WriteByte('0' + byte(ms[i].match(&v)))
	}
	return b.String()
}

// stateKey writes where all patterns are.
func stateKey(at []places) string {
	var b strings.Builder
	for _, p := range at {
		for i, in := range p {
			if in {
				b.WriteByte(byte(i))
				b.WriteByte(byte(i >> 8))
			}
		}
		b.WriteByte(0xff)
		b.WriteByte(0xff)
	}
	return b.String()
}

// alphabetOf are the characters that some pattern names, and one of each kind that none does: of a
// segment, a star, and one that no template takes.
func alphabetOf(ms []matcher) []byte {
	var named [256]bool
	for _, m := range ms {
		for i := range len(m.text) {
			named[m.text[i]] = true
		}
	}
	var alphabet []byte
	for _, b := range []byte("xyzwvutsrqponmlkjihgfedcba0123456789") {
		if !named[b] {
			alphabet = append(alphabet, b)
			break
		}
	}
	for _, b := range []byte("|^[]") {
		if !named[b] {
			alphabet = append(alphabet, b)
			break
		}
	}
	for b, in := range named {
		if in && b != '?' && b != '#' && b != '{' && b != '}' && b != ' ' {
			alphabet = append(alphabet, byte(b))
		}
	}
	if !slices.Contains(alphabet, '*') {
		alphabet = append(alphabet, '*')
	}
	return alphabet
}
