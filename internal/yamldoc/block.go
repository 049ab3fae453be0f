package yamldoc

import "bytes"

// blockReader converts the YAML that tools write, in one pass and without a node tree: ASCII text
// of block mappings and sequences, scalars on one line, literal blocks, {} and [].
//
// It gives up, without an error, on anything else: tags, anchors, flow collections, text over
// several lines, repeated or unusual keys, tabs, bad syntax, exceeded bounds. The YAML parser then
// reads the document again and has the last word. What this reader does convert, the parser
// converts to the same bytes (FuzzBlock).
type blockReader struct {
	doc   []byte
	at    int // the next byte
	out   []byte
	depth int
	nodes int
	lim   Limits
	keys  [][]byte // of the open mappings, outermost first
	ok    bool
}

// fromBlocks converts doc, or reports that it is not for this reader.
func fromBlocks(doc []byte, lim Limits) ([]byte, bool) {
	for _, c := range doc {
		if c < ' ' && c != '\n' || c > '~' {
			return nil, false
		}
	}
	r := blockReader{doc: doc, out: make([]byte, 0, len(doc)), lim: lim, ok: true}
	col := r.nextContent()
	if col == 0 && r.separator() {
		col = r.nextContent()
	}
	if col < 0 {
		return nil, false
	}
	if end := r.node(col); !r.ok || end >= 0 {
		return nil, false
	}
	return r.out, true
}

// fail gives up. It returns what ends all loops.
func (r *blockReader) fail() int {
	r.ok = false
	return -1
}

// separator skips a "---" that stands alone at the start of the document.
func (r *blockReader) separator() bool {
	rest := r.doc[r.at:]
	if !bytes.HasPrefix(rest, []byte("---")) {
		return false
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	if len(bytes.TrimRight(line[3:], " ")) > 0 {
		return false
	}
	r.at += len(line)
	return true
}

// nextContent moves to the first byte of the next content, from the end of a line or the start of
// the document, and returns its column, 0-based; -1 at the end.
func (r *blockReader) nextContent() int {
	if r.at < len(r.doc) && r.doc[r.at] == '\n' {
		r.at++
	}
	for {
		start := r.at
		for r.at < len(r.doc) && r.doc[r.at] == ' ' {
			r.at++
		}
		if r.at == len(r.doc) {
			return -1
		}
		switch r.doc[r.at] {
		case '\n':
			r.at++
		case '#':
			n := bytes.IndexByte(r.doc[r.at:], '\n')
			if n < 0 {
				r.at = len(r.doc)
				return -1
			}
			r.at += n + 1
		default:
			return r.at - start
		}
	}
}

// node converts the mapping or sequence that starts at column col, and returns the column of the
// content behind it; -1 at the end.
func (r *blockReader) node(col int) int {
	if r.depth++; r.depth > r.lim.MaxDepth {
		return r.fail()
	}
	r.count()
	var next int
	if r.isDash() {
		next = r.sequence(col)
	} else {
		next = r.mapping(col)
	}
	r.depth--
	return next
}

// count counts a value or key.
func (r *blockReader) count() {
	if r.nodes++; r.nodes > r.lim.MaxNodes {
		r.ok = false
	}
}

// isDash reports whether a sequence item starts here.
func (r *blockReader) isDash() bool {
	return r.doc[r.at] == '-' && (r.at+1 == len(r.doc) || r.doc[r.at+1] == ' ' || r.doc[r.at+1] == '\n')
}

func (r *blockReader) sequence(col int) int {
	r.out = append(r.out, '[')
	for first := true; ; first = false {
		if !first {
			r.out = append(r.out, ',')
		}
		next := r.item(col)
		if !r.ok {
			return -1
		}
		if next != col || !r.isDash() {
			if next > col {
				return r.fail()
			}
			r.out = append(r.out, ']')
			return next
		}
	}
}

// item converts one item, from its dash.
func (r *blockReader) item(col int) int {
	dash := r.at
	r.at++
	for r.at < len(r.doc) && r.doc[r.at] == ' ' {
		r.at++
	}
	if r.atLineEnd() {
		next := r.nextContent()
		if next > col {
			return r.node(next)
		}
		r.null()
		return next
	}
	inner := col + r.at - dash
	if r.isDash() || r.startsKey() {
		return r.node(inner)
	}
	return r.scalar(col)
}

// atLineEnd reports whether nothing but a comment follows on the line, and skips it.
func (r *blockReader) atLineEnd() bool {
	if r.at == len(r.doc) || r.doc[r.at] == '\n' {
		return true
	}
	if r.doc[r.at] == '#' && r.doc[r.at-1] == ' ' {
		r.skipLine()
		return true
	}
	return false
}

// skipLine moves to the end of the line.
func (r *blockReader) skipLine() {
	if n := bytes.IndexByte(r.doc[r.at:], '\n'); n >= 0 {
		r.at += n
		return
	}
	r.at = len(r.doc)
}

func (r *blockReader) mapping(col int) int {
	r.out = append(r.out, '{')
	base := len(r.keys)
	for first := true; ; first = false {
		if !first {
			r.out = append(r.out, ',')
		}
		if !r.key(base) {
			return r.fail()
		}
		next := r.value(col)
		switch {
		case !r.ok || next > col:
			return r.fail()
		case next < col:
			r.out = append(r.out, '}')
			r.keys = r.keys[:base]
			return next
		case r.isDash():
			return r.fail()
		}
	}
}

// value converts what follows a key of the mapping at col.
func (r *blockReader) value(col int) int {
	for r.at < len(r.doc) && r.doc[r.at] == ' ' {
		r.at++
	}
	if !r.atLineEnd() {
		return r.scalar(col)
	}
	next := r.nextContent()
	if next > col || next == col && r.isDash() {
		return r.node(next)
	}
	r.null()
	return next
}

func (r *blockReader) null() {
	r.count()
	r.out = append(r.out, "null"...)
}
