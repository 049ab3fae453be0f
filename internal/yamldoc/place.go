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
	at := 0
	for range line - 1 {
		n := lineLen(doc[at:])
		if n == 0 {
			break
		}
		at += n
	}
	for range col - 1 {
		if at >= len(doc) {
			break
		}
		_, n := utf8.DecodeRune(doc[at:])
		at += n
	}
	return lineCol(doc, at)
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
