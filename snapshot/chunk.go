package snapshot

import (
	"sync"
	"sync/atomic"
)

// part says what a chunk is of its document.
type part uint8

const (
	whole    part = iota
	item          // one item of a List
	envelope      // a List around its items, which are left out of the text
)

// region is a range of a file.
type region struct {
	file      *file
	off, size int64
	line, col int // of its first byte, 1-based
}

// chunk is what one worker decodes: a document, or an item of a List.
type chunk struct {
	region
	first int    // the line where content begins, behind comments and separators
	text  []byte // from the pool; the worker gives it back
	json  bool   // text is JSON without white space
	cut   bool   // the text exceeded the bound and was dropped
	depth int    // of JSON: how deep it is nested
	part  part
	list  *list // of items and envelopes
}

// list is a document that was taken apart because it looks like a List.
type list struct {
	doc  region
	full atomic.Bool // more problems than can be kept were found in the items so far
}

// append adds text within the bound.
func (c *chunk) append(text []byte, limit int) {
	if c.cut {
		return
	}
	if len(c.text)+len(text) > limit {
		c.cut = true
		c.text = c.text[:0]
		return
	}
	c.text = append(c.text, text...)
}

// buffers are reused from chunk to chunk.
type buffers struct{ pool sync.Pool }

func (b *buffers) get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, 16<<10)
}

func (b *buffers) put(text []byte) {
	const large = 1 << 20 // rare, and not worth keeping
	if cap(text) <= large {
		b.pool.Put(&text)
	}
}
