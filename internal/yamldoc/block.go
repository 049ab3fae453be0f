package yamldoc

import (
	"bytes"
	"strconv"
)

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

// Bounds of what is worth being quick about.
const (
	maxKeys    = 200 // of one mapping: repeated ones are sought one by one
	maxKeyText = 200 // bytes; YAML itself allows 1024
)

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

// startsKey reports whether a mapping key starts here.
func (r *blockReader) startsKey() bool {
	_, n := keyAt(r.doc[r.at:])
	return n > 0
}

// keyAt returns the text of the key that b starts with and its length, colon included; 0 when
// there is none that this reader takes.
func keyAt(b []byte) (text []byte, n int) {
	switch {
	case len(b) == 0:
	case b[0] == '"':
		text, n = quotedKey(b)
	default:
		text, n = plainKey(b)
	}
	if n == 0 || n >= len(b) || b[n] != ':' || n+1 < len(b) && b[n+1] != ' ' && b[n+1] != '\n' {
		return nil, 0
	}
	return text, n + 1
}

// quotedKey returns the text of a double-quoted key without escapes, and its length with quotes.
func quotedKey(b []byte) (text []byte, n int) {
	end := bytes.IndexByte(b[1:min(len(b), maxKeyText)], '"')
	if end < 0 || bytes.IndexByte(b[1:1+end], '\\') >= 0 || bytes.IndexByte(b[1:1+end], '\n') >= 0 {
		return nil, 0
	}
	return b[1 : 1+end], end + 2
}

// plainKey returns an unquoted key that is a string, and its length.
func plainKey(b []byte) (text []byte, n int) {
	if !letter(b[0]) && b[0] != '_' && b[0] != '/' {
		return nil, 0
	}
	for n < len(b) && (letter(b[n]) || digit(b[n]) || bytes.IndexByte([]byte("_/.-"), b[n]) >= 0) {
		n++
	}
	if _, word := resolveWord(string(b[:n])); word || n > maxKeyText {
		return nil, 0
	}
	return b[:n], n
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// key converts a key. keys[base:] are those of the same mapping before it.
func (r *blockReader) key(base int) bool {
	text, n := keyAt(r.doc[r.at:])
	if n == 0 || len(r.keys)-base >= maxKeys {
		return false
	}
	for _, k := range r.keys[base:] {
		if bytes.Equal(k, text) {
			return false
		}
	}
	r.keys = append(r.keys, text)
	r.count()
	r.out = append(r.out, '"') // the text holds neither quotes nor escapes
	r.out = append(r.out, text...)
	r.out = append(r.out, '"', ':')
	r.at += n
	return true
}

// scalar converts a scalar below column col that starts here, and returns the column of the next
// content. Content further in would go on with the scalar.
func (r *blockReader) scalar(col int) int {
	r.count()
	switch c := r.doc[r.at]; {
	case c == '"':
		r.doubleQuoted()
	case c == '\'':
		r.singleQuoted()
	case c == '|':
		return r.literal(col)
	case c == '{' || c == '[':
		r.emptyFlow()
	case letter(c), digit(c), bytes.IndexByte([]byte("/._($+~"), c) >= 0,
		c == '-' && r.at+1 < len(r.doc) && r.doc[r.at+1] > ' ':
		r.plain()
	default:
		return r.fail()
	}
	if !r.ok {
		return -1
	}
	next := r.nextContent()
	if next > col {
		return r.fail()
	}
	return next
}

// lineEnd checks that the line ends behind a quoted scalar.
func (r *blockReader) lineEnd() {
	for r.at < len(r.doc) && r.doc[r.at] == ' ' {
		r.at++
	}
	if !r.atLineEnd() {
		r.ok = false
	}
}

// doubleQuoted copies a scalar whose escapes mean the same in JSON.
func (r *blockReader) doubleQuoted() {
	i := r.at + 1
	for ; i < len(r.doc) && r.doc[i] != '"'; i++ {
		switch r.doc[i] {
		case '\n':
			r.ok = false
			return
		case '\\':
			i++
			if i >= len(r.doc) || bytes.IndexByte([]byte(`"\nt`), r.doc[i]) < 0 {
				r.ok = false
				return
			}
		}
	}
	if i >= len(r.doc) {
		r.ok = false
		return
	}
	r.out = append(r.out, r.doc[r.at:i+1]...)
	r.at = i + 1
	r.lineEnd()
}

func (r *blockReader) singleQuoted() {
	n := bytes.IndexAny(r.doc[r.at+1:], "'\n")
	end := r.at + 1 + n
	if n < 0 || r.doc[end] == '\n' || end+1 < len(r.doc) && r.doc[end+1] == '\'' {
		r.ok = false
		return
	}
	r.text(r.doc[r.at+1 : end])
	r.at = end + 1
	r.lineEnd()
}

// emptyFlow copies {} and [].
func (r *blockReader) emptyFlow() {
	if r.at+1 >= len(r.doc) || r.doc[r.at+1] != r.doc[r.at]+2 { // in ASCII, two further on
		r.ok = false
		return
	}
	if r.depth >= r.lim.MaxDepth {
		r.ok = false
		return
	}
	r.out = append(r.out, r.doc[r.at], r.doc[r.at+1])
	r.at += 2
	r.lineEnd()
}

// plain converts an unquoted scalar.
func (r *blockReader) plain() {
	start := r.at
	r.skipLine()
	text := r.doc[start:r.at]
	if i := bytes.Index(text, []byte(" #")); i >= 0 {
		text = text[:i]
	}
	text = bytes.TrimRight(text, " ")
	if bytes.Contains(text, []byte(": ")) || text[len(text)-1] == ':' {
		r.ok = false
		return
	}
	if isText(text) {
		r.text(text)
		return
	}
	v := resolvePlain(string(text))
	switch v.kind {
	case kindString:
		r.text(text)
	case kindBool:
		r.out = strconv.AppendBool(r.out, v.bool)
	case kindInt:
		r.out = append(r.out, v.text...)
	case kindFloat:
		if v.num-v.num != 0 { // an infinity or NaN
			r.ok = false
			return
		}
		r.out = append(r.out, v.text...)
	default:
		r.out = append(r.out, "null"...)
	}
}

// isText reports whether plain text is a string for sure, by its first byte: resolvePlain looks
// further only at the first bytes of words, and at signs, digits and dots.
func isText(text []byte) bool {
	c := text[0]
	if !letter(c) {
		return c == '/' || c == '_' || c == '(' || c == '$'
	}
	const longest = len("false")
	return len(text) > longest || bytes.IndexByte([]byte("yYnNtTfFoO"), c) < 0
}

// text appends ASCII text as a JSON string.
func (r *blockReader) text(text []byte) {
	if bytes.IndexByte(text, '"') >= 0 || bytes.IndexByte(text, '\\') >= 0 {
		r.out = appendString(r.out, string(text))
		return
	}
	r.out = append(r.out, '"')
	r.out = append(r.out, text...)
	r.out = append(r.out, '"')
}
