package yamldoc

import (
	"bytes"
	"strconv"
)

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
