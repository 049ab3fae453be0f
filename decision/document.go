package decision

import (
	"bytes"
	"sync"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// document is the text of one YAML document of a file.
type document struct {
	file  string
	first int // the line of the file on which text begins, 1-based
	text  []byte

	faulty map[string]bool // paths at or below which something was left out, once it has been read

	lost map[string]bool // paths of values that were left out as a whole, set with faulty

	// doubtful says that not all faults of the document are known by their paths.
	doubtful bool

	index  sync.Once
	places func(field string) (line, col int) // set by index
}

// Locate is the position of a field of the document.
func (d *document) Locate(field string) source.Pos {
	d.index.Do(func() { d.places = yamldoc.Places(d.text) })
	return d.pos(d.places(field))
}

// pos turns a line of the document into one of the file.
func (d *document) pos(line, col int) source.Pos {
	return source.Pos{File: d.file, Line: d.first - 1 + max(line, 1), Col: col}
}

// within is pos, but not behind the last line that is not blank: what ends too early is noticed
// only where the next document begins.
func (d *document) within(line, col int) source.Pos {
	if last := bytes.Count(bytes.TrimRight(d.text, " \t\r\n"), []byte("\n")) + 1; line > last {
		line, col = last, 0
	}
	return d.pos(line, col)
}

// split cuts a file into documents and leaves out those without content.
//
// A line that begins with "---" or "..." and a blank or nothing after it is a marker wherever it
// stands, even within a block scalar: YAML 1.2.2, section 9.1.4, rule c-forbidden.
func split(file string, data []byte) []*document {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var docs []*document
	cur := &document{file: file, first: 1}
	flush := func(nextLine int) {
		if hasContent(cur.text) {
			docs = append(docs, cur)
		}
		cur = &document{file: file, first: nextLine}
	}
	line := 0
	for raw := range bytes.Lines(data) {
		line++
		switch {
		case isMarker(raw, "---"):
			flush(line)
			cur.text = append(cur.text, afterMarker(raw)...)
		case isMarker(raw, "..."):
			flush(line + 1)
		default:
			cur.text = append(cur.text, raw...)
		}
	}
	flush(line + 1)
	return docs
}

// afterMarker is what follows a marker on its line and belongs to the document. Blanks, which
// unlike tabs may stand in front of anything, keep its columns.
func afterMarker(line []byte) []byte {
	rest := bytes.TrimLeft(line[3:], " \t")
	return append(bytes.Repeat([]byte(" "), len(line)-len(rest)), rest...)
}

func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// hasContent reports whether there is more than blanks, comments and directives.
func hasContent(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return true
		}
	}
	return false
}
