package yamldoc

import (
	"bytes"
	"unicode/utf8"
)

// place turns a mark of the YAML parser, 1-based line and 1-based column in characters, into a
// 1-based line and a 1-based column in bytes.
//
// The parser ends lines also at a lone CR, NEL, LS and PS (YAML 1.1, section 4.2); editors and
// compilers count line feeds, and so does place.
func place(doc []byte, line, col int) (int, int) {
	s := newSweep(doc)
	return s.place(line, col)
}

// sweep turns marks in ascending order into places, all of them in one pass over the document.
type sweep struct {
	doc       []byte
	at        int // where the sweep stands
	line, col int // the same as a mark
	lines     int // line feeds before at
	start     int // offset behind the last of them
}

func newSweep(doc []byte) sweep { return sweep{doc: doc, line: 1, col: 1} }

// place goes on to a mark, which must not lie before the one before.
func (s *sweep) place(line, col int) (int, int) {
	for s.line < line {
		n := lineLen(s.doc[s.at:])
		if n == 0 {
			break
		}
		s.move(n)
		s.line, s.col = s.line+1, 1
	}
	for s.col < col && s.at < len(s.doc) {
		_, n := utf8.DecodeRune(s.doc[s.at:])
		s.move(n)
		s.col++
	}
	return s.lines + 1, s.at - s.start + 1
}

// offset goes on to a byte, which must not lie before where the sweep stands.
func (s *sweep) offset(at int) (line, col int) {
	s.move(max(at-s.at, 0))
	return s.lines + 1, s.at - s.start + 1
}

func (s *sweep) move(n int) {
	passed := s.doc[s.at : s.at+n]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		s.lines += bytes.Count(passed, []byte{'\n'})
		s.start = s.at + last + 1
	}
	s.at += n
}

// lineLen is the length of the first line as the YAML parser sees it, break included.
func lineLen(b []byte) int {
	for i := range b {
		switch b[i] {
		case '\n':
			return i + 1
		case '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				return i + 2
			}
			return i + 1
		case 0xc2:
			if i+1 < len(b) && b[i+1] == 0x85 {
				return i + 2
			}
		case 0xe2:
			if i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0xa8 || b[i+2] == 0xa9) {
				return i + 3
			}
		}
	}
	return len(b)
}

// lineCol turns a byte offset into a 1-based line and a 1-based column in bytes.
func lineCol(doc []byte, offset int) (line, col int) {
	before := doc[:min(max(offset, 0), len(doc))]
	return 1 + bytes.Count(before, []byte{'\n'}), len(before) - bytes.LastIndexByte(before, '\n')
}
