package yamldoc

import "bytes"

// literal converts a literal block below column col, from its "|", and returns the column of the
// content behind it.
func (r *blockReader) literal(col int) int {
	start := r.at
	r.skipLine()
	header := string(bytes.TrimRight(r.doc[start:r.at], " "))
	if header != "|" && header != "|-" && header != "|+" || r.at == len(r.doc) {
		return r.fail()
	}
	r.at++
	indent := leadingSpaces(r.doc[r.at:])
	if indent <= col || r.at+indent >= len(r.doc) || r.doc[r.at+indent] == '\n' {
		return r.fail() // no text, or blank lines first
	}
	text := r.literalLines(indent)
	if !r.ok {
		return -1
	}
	body := bytes.TrimRight(text, "\n")
	switch {
	case header == "|-":
		text = body
	case header == "|":
		text = text[:len(body)+1]
	}
	r.out = appendString(r.out, string(text))
	// What ends the block stands at a line's start; nextContent wants the line feed before it.
	r.at--
	next := r.nextContent()
	if next > col {
		return r.fail()
	}
	return next
}

// literalLines takes the lines of a block with the given indentation, each with its line feed, and
// moves to the line behind them.
func (r *blockReader) literalLines(indent int) []byte {
	var text []byte
	for r.at < len(r.doc) {
		line, _, ended := bytes.Cut(r.doc[r.at:], []byte{'\n'})
		spaces := leadingSpaces(line)
		if spaces < indent && spaces < len(line) {
			break // content further out
		}
		if !ended {
			r.ok = false // a last line without line feed has rules of its own
			return nil
		}
		if spaces >= indent {
			text = append(text, line[indent:]...)
		}
		text = append(text, '\n')
		r.at += len(line) + 1
	}
	return text
}

func leadingSpaces(b []byte) int {
	n := 0
	for n < len(b) && b[n] == ' ' {
		n++
	}
	return n
}
