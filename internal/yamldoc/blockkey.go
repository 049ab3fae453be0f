package yamldoc

import "bytes"

// Bounds of what is worth being quick about.
const (
	maxKeys    = 200 // of one mapping: repeated ones are sought one by one
	maxKeyText = 200 // bytes; YAML itself allows 1024
)

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
