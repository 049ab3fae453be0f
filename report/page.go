package report

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page collects lines of text, wrapped to a width. It writes no trailing blanks, no two empty
// lines in a row, and none at the beginning.
type page struct {
	text  bytes.Buffer
	width int // columns
}

// blank ends a paragraph.
func (p *page) blank() {
	if b := p.text.Bytes(); len(b) > 0 && !bytes.HasSuffix(b, []byte("\n\n")) {
		p.text.WriteByte('\n')
	}
}

// heading begins a section.
func (p *page) heading(title string) {
	p.blank()
	p.line(0, title)
}

// line writes a paragraph; what does not fit goes on two columns further in. Words are never
// broken, so that a place can be copied whole.
func (p *page) line(indent int, text string) { p.hang(indent, indent+2, text) }

// hang is line with an indent of its own for what does not fit.
func (p *page) hang(first, rest int, text string) {
	words := strings.Fields(printable(text))
	if len(words) == 0 {
		return
	}
	p.text.WriteString(strings.Repeat(" ", first))
	col := first
	for i, w := range words {
		n := utf8.RuneCountInString(w)
		switch {
		case i == 0:
		case col+1+n > p.width:
			p.text.WriteString("\n" + strings.Repeat(" ", rest))
			col = rest
		default:
			p.text.WriteByte(' ')
			col++
		}
		p.text.WriteString(w)
		col += n
	}
	p.text.WriteByte('\n')
}

// printable replaces what a terminal would obey, or not show: names and reasons are other
// people's text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		default:
			return utf8.RuneError
		}
	}, s)
}
