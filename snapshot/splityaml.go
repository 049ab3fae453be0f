package snapshot

import "bytes"

// yamlSplitter takes a stream of YAML documents apart by its lines. "---" and "..." at the start
// of a line end a document wherever they stand (YAML 1.2.2, section 9.1.2: no content may hold
// them there). Comments and directives belong to the document behind them.
//
// A document with a top-level "items:" and a block sequence below it is also taken apart into
// items, by indentation. That goes wrong where quoted or flow text runs over lines with less
// indentation than its item, or aliases cross items; then an item does not parse, and the
// document is read again as a whole.
type yamlSplitter struct {
	file  *file
	limit int
	bufs  *buffers
	emit  func(*chunk)

	off     int64 // of the next line
	line    int   // the next line, 1-based
	col     int   // of the first byte of the next line: 1, but for a stream taken over in mid-line
	partial []byte
	skipped int64 // bytes of a line too long to keep

	doc     *chunk // the open document; nil before its first line
	marker  bool   // doc has its "---"
	content bool   // doc has content
	await   bool   // an "items:" line was the last content

	list   *list
	item   *chunk
	indent int // of the dashes of list
}

// feed takes the next bytes.
func (s *yamlSplitter) feed(b []byte) {
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		switch {
		case n == 0:
			s.keep(b)
			return
		case len(s.partial) > 0 || s.skipped > 0:
			s.keep(b[:n])
			s.take(s.partial)
			s.partial = s.partial[:0]
		default:
			s.take(b[:n])
		}
		b = b[n:]
	}
}

// keep holds a part of a line back. What exceeds the bound for a document is only counted.
func (s *yamlSplitter) keep(b []byte) {
	if len(s.partial) > s.limit {
		s.skipped += int64(len(b))
		return
	}
	s.partial = append(s.partial, b...)
}

// finish ends the stream.
func (s *yamlSplitter) finish() {
	if len(s.partial) > 0 || s.skipped > 0 {
		s.take(s.partial)
		s.partial = s.partial[:0]
	}
	s.end()
}

// drop forgets what is open: the stream broke off.
func (s *yamlSplitter) drop() { s.doc, s.item, s.list, s.partial = nil, nil, nil, nil }

// take takes a whole line, its line feed included.
func (s *yamlSplitter) take(l []byte) {
	switch {
	case s.col == 1 && isMarker(l, "---"):
		if s.content || s.marker {
			s.end()
		}
		s.add(l, hasContent(l[3:]))
		s.marker = true
	case s.col == 1 && isMarker(l, "..."):
		s.add(l, false)
		s.next(l)
		s.end()
		return
	case !hasContent(l) || l[0] == '%' && !s.content && !s.marker:
		s.add(l, false)
	default:
		s.contentLine(l)
	}
	s.next(l)
}

// next moves past the line l.
func (s *yamlSplitter) next(l []byte) {
	s.off += int64(len(l)) + s.skipped
	s.skipped = 0
	s.line++
	s.col = 1
}

// contentLine takes a line that is more than a comment.
func (s *yamlSplitter) contentLine(l []byte) {
	dash := dashIndent(l)
	switch {
	case s.list != nil && s.item != nil:
		switch in := indentOf(l); {
		case dash == s.indent:
			s.closeItem()
			s.openItem()
		case in <= s.indent && !startsWithTab(l):
			s.closeItem() // the keys behind the items
		}
	case s.await && dash >= 0 && s.list == nil:
		s.list, s.indent = &list{}, dash
		s.openItem()
	}
	s.await = isItemsKey(l)
	s.add(l, true)
}

// add appends a line to the open item or document.
func (s *yamlSplitter) add(l []byte, content bool) {
	if s.doc == nil {
		s.doc = s.open(whole)
	}
	if content && !s.content {
		s.content, s.doc.first = true, s.line
	}
	c := s.doc
	if s.item != nil {
		c = s.item
	}
	c.append(l, s.limit)
}

func (s *yamlSplitter) open(p part) *chunk {
	return &chunk{
		region: region{file: s.file, off: s.off, line: s.line, col: s.col},
		first:  s.line, text: s.bufs.get(), part: p,
	}
}

func (s *yamlSplitter) openItem() {
	s.item = s.open(item)
	s.item.list = s.list
}

func (s *yamlSplitter) closeItem() {
	s.item.size = s.off - s.item.off
	s.emit(s.item)
	s.item = nil
}

// end ends the document before the next line. One without content is no document.
func (s *yamlSplitter) end() {
	if s.item != nil {
		s.closeItem()
	}
	d := s.doc
	if d != nil && s.content {
		d.size = s.off - d.off
		if s.list != nil {
			d.part, d.list = envelope, s.list
			d.list.doc = d.region
		}
		s.emit(d)
	}
	s.doc, s.list, s.marker, s.content, s.await = nil, nil, false, false, false
}

// isMarker reports whether a line is the document marker m.
func isMarker(l []byte, m string) bool {
	return bytes.HasPrefix(l, []byte(m)) && (len(l) == 3 || bytes.IndexByte([]byte(" \t\r\n"), l[3]) >= 0)
}

// hasContent reports whether a line is more than white space and a comment.
func hasContent(l []byte) bool {
	for _, c := range l {
		if classOf(c) != blank {
			return c != '#'
		}
	}
	return false
}

func indentOf(l []byte) int {
	n := 0
	for n < len(l) && l[n] == ' ' {
		n++
	}
	return n
}

func startsWithTab(l []byte) bool {
	n := indentOf(l)
	return n < len(l) && l[n] == '\t'
}

// dashIndent is the indentation of a block sequence item, or -1 for another line.
func dashIndent(l []byte) int {
	n := indentOf(l)
	if n < len(l) && l[n] == '-' && (n+1 == len(l) || bytes.IndexByte([]byte(" \t\r\n"), l[n+1]) >= 0) {
		return n
	}
	return -1
}

// isItemsKey reports whether a line is the top-level key "items:" without a value.
func isItemsKey(l []byte) bool {
	rest, ok := bytes.CutPrefix(l, []byte("items:"))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0) && !hasContent(rest)
}
