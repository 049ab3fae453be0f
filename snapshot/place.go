package snapshot

import (
	"bytes"
	"sync"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// place locates the fields of one object: it reads the text again, and answers only when the text
// is still that of the object.
type place struct {
	region
	first  int    // the object's first line
	prefix string // of the object inside the region; empty for the region's whole value
	value  []byte // the region's compact JSON, or that of the object where prefix is set
	texts  *texts
}

var _ source.Locator = (*place)(nil)

// Locate implements source.Locator.
func (p *place) Locate(field string) source.Pos {
	start := source.Pos{File: p.file.name, Line: p.first}
	if field == "" {
		return start
	}
	text := p.texts.of(p)
	if text == nil {
		return start
	}
	return p.at(yamldoc.Locate(text, source.Join(p.prefix, field)))
}

// at turns a line and column inside the region into a position.
func (r region) at(line, col int) source.Pos {
	if line == 1 && col > 0 {
		col += r.col - 1
	}
	return source.Pos{File: r.file.name, Line: r.line + line - 1, Col: col}
}

// texts remembers the texts of a few regions that were looked at last.
type texts struct {
	lim  yamldoc.Limits
	mu   sync.Mutex
	last []checkedText // newest first
}

// checkedText is the text of a place; nil when it is no longer that of the object.
type checkedText struct {
	place *place
	text  []byte
}

// of returns the text of p's region, or nil when the object is no longer there.
func (t *texts) of(p *place) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, c := range t.last {
		if c.place == p {
			copy(t.last[1:i+1], t.last[:i])
			t.last[0] = c
			return c.text
		}
	}
	c := checkedText{place: p, text: p.read()}
	const keep = 4
	t.last = append([]checkedText{c}, t.last[:min(len(t.last), keep-1)]...)
	return c.text
}

// read reads the region and compares it with the object.
func (p *place) read() []byte {
	text, err := p.file.region(p.off, p.size)
	if err != nil {
		return nil
	}
	value, _, err := yamldoc.ToJSON(text, p.texts.lim)
	if err != nil {
		return nil
	}
	want, _, err := yamldoc.ToJSON(p.value, p.texts.lim) // the same spelling of strings on both sides
	if err != nil || !bytes.Equal(sub(value, p.prefix), want) {
		return nil
	}
	return text
}

// sub returns the value at path of compact JSON; nil when there is none.
func sub(value []byte, path string) []byte {
	elems, err := source.ParsePath(path)
	if err != nil {
		return nil
	}
	for _, e := range elems {
		value = child(value, e)
		if value == nil {
			return nil
		}
	}
	return value
}

func child(value []byte, e source.Elem) []byte {
	if e.Index < 0 {
		for name, v := range members(value) {
			if unquote(name) == e.Name {
				return v
			}
		}
		return nil
	}
	for i, v := range elements(value) {
		if i == e.Index {
			return v
		}
	}
	return nil
}
