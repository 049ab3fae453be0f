package snapshot

import "bytes"

// jsonSplitter takes a stream of JSON values apart without reading it whole: each top-level value
// is a chunk, and the elements of an "items" array right below a top-level object are chunks of
// their own. White space between tokens is dropped on the way. It does not judge: what is not
// JSON ends up in a chunk, and the decoder says so.
type jsonSplitter struct {
	file  *file
	limit int
	bufs  *buffers
	emit  func(*chunk)

	off       int64 // of the next byte
	line      int   // of the next byte, 1-based
	lineStart int64 // offset where that line begins
	depth     int
	inString  bool
	escaped   bool // the byte before, inside a string, was a backslash
	last      byte // the last byte written, 0 at the start of a value
	space     bool // white space since last

	doc  *chunk // the open top-level value; nil between values
	item *chunk // the open item; nil between items
	list *list  // of doc, once it has items
	in   bool   // inside the items array of doc
}

// byteClass tells the bytes that end a run.
type byteClass uint8

const (
	literal byteClass = iota
	blank
	structural
)

func classOf(c byte) byteClass {
	switch c {
	case ' ', '\t', '\r', '\n':
		return blank
	case '{', '}', '[', ']', ',', ':', '"':
		return structural
	}
	return literal
}

// feed takes the next bytes. It stops at a top-level byte that begins neither object nor array and
// returns how many bytes it took.
func (s *jsonSplitter) feed(b []byte) int {
	for i := 0; i < len(b); {
		var n int
		switch c := b[i]; {
		case s.inString:
			n = s.stringBytes(b[i:])
		case classOf(c) == blank:
			n = s.blanks(b[i:])
		case s.doc == nil && c != '{' && c != '[':
			return i
		case classOf(c) == literal:
			n = s.literals(b[i:])
		default:
			n = 1
			s.structure(b[i : i+1])
		}
		i += n
		s.off += int64(n)
	}
	return len(b)
}

// stringBytes takes the rest of a string, or as much as there is.
func (s *jsonSplitter) stringBytes(b []byte) int {
	i := 0
	for i < len(b) && s.inString {
		c := b[i]
		i++
		switch {
		case c == '\n':
			s.newline(i)
			s.escaped = false
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			s.inString = false
		}
	}
	s.write(b[:i])
	return i
}

// blanks skips white space.
func (s *jsonSplitter) blanks(b []byte) int {
	i := 0
	for i < len(b) {
		switch b[i] {
		case '\n':
			s.newline(i + 1)
		case ' ', '\t', '\r':
		default:
			s.space = true
			return i
		}
		i++
	}
	s.space = true
	return i
}

// newline notes that a line begins n bytes behind the offset.
func (s *jsonSplitter) newline(n int) {
	s.line++
	s.lineStart = s.off + int64(n)
}

// literals takes a run of a number or a word.
func (s *jsonSplitter) literals(b []byte) int {
	n := 1
	for n < len(b) && classOf(b[n]) == literal {
		n++
	}
	s.openItem()
	if s.space && classOf(s.last) == literal && s.last != 0 {
		s.write([]byte{' '}) // two words that must not become one
	}
	s.write(b[:n])
	return n
}

// structure takes a byte that is a token, or begins a string.
func (s *jsonSplitter) structure(b []byte) {
	switch c := b[0]; c {
	case '"':
		s.openItem()
		s.write(b)
		s.inString = true
	case '{', '[':
		s.push(b)
	case '}', ']':
		s.pop(b)
	case ',':
		if s.in && s.depth == 2 && s.item != nil {
			s.closeItem()
			s.last = ','
			return
		}
		s.write(b) // between items it stands for one that is missing: the envelope shows it
	default:
		s.write(b)
	}
}

// push takes an opening bracket.
func (s *jsonSplitter) push(b []byte) {
	if s.doc == nil {
		s.doc = s.open(whole)
	}
	s.openItem()
	isItems := b[0] == '[' && s.depth == 1 && s.list == nil && namesItems(s.doc.text)
	s.write(b)
	s.depth++
	s.deepen()
	if isItems {
		s.list, s.in = &list{}, true
	}
}

// pop takes a closing bracket.
func (s *jsonSplitter) pop(b []byte) {
	if s.in && s.depth == 2 {
		s.closeItems()
	}
	s.write(b)
	if s.depth--; s.depth == 0 {
		s.closeDoc(s.off + 1)
	}
}

// namesItems reports whether the text of an open object ends with the key "items".
func namesItems(text []byte) bool {
	return bytes.HasSuffix(text, []byte(`{"items":`)) || bytes.HasSuffix(text, []byte(`,"items":`))
}

func (s *jsonSplitter) write(b []byte) {
	c := s.item
	if c == nil {
		c = s.doc
	}
	c.append(b, s.limit)
	s.last, s.space = b[len(b)-1], false
}

func (s *jsonSplitter) deepen() {
	if s.item != nil {
		s.item.depth = max(s.item.depth, s.depth-2)
		return
	}
	s.doc.depth = max(s.doc.depth, s.depth)
}

func (s *jsonSplitter) open(p part) *chunk {
	return &chunk{
		region: region{file: s.file, off: s.off, line: s.line, col: int(s.off-s.lineStart) + 1},
		first:  s.line, text: s.bufs.get(), json: true, part: p,
	}
}

func (s *jsonSplitter) openItem() {
	if s.in && s.depth == 2 && s.item == nil {
		s.item = s.open(item)
		s.item.list = s.list
		s.last = 0
	}
}

func (s *jsonSplitter) closeItem() {
	s.item.size = s.off - s.item.off
	s.emit(s.item)
	s.item = nil
}

func (s *jsonSplitter) closeItems() {
	switch {
	case s.item != nil:
		s.closeItem()
	case s.last == ',':
		s.write([]byte{','}) // an item is missing: the envelope shows it
	}
	s.in = false
}

func (s *jsonSplitter) closeDoc(end int64) {
	d := s.doc
	d.size = end - d.off
	if s.list != nil {
		d.part, d.list = envelope, s.list
		d.list.doc = d.region
	}
	s.emit(d)
	s.doc, s.list, s.in, s.last, s.depth = nil, nil, false, 0, 0
}

// finish ends the stream; what is open ends here.
func (s *jsonSplitter) finish() {
	if s.item != nil {
		s.closeItem()
	}
	if s.doc != nil {
		s.closeDoc(s.off)
	}
	s.inString, s.escaped = false, false
}

// drop forgets what is open: the stream broke off.
func (s *jsonSplitter) drop() { s.doc, s.item, s.list, s.in = nil, nil, nil, false }
