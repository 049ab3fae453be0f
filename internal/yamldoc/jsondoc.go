package yamldoc

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// compact validates a JSON document and removes its white space. Errors are *SyntaxError and
// *LimitError.
func compact(doc []byte, lim Limits) ([]byte, []Issue, error) {
	if err := checkJSON(doc, lim); err != nil {
		return nil, nil, err
	}
	out, err := jsontext.AppendFormat(make([]byte, 0, len(doc)), doc, jsontext.AllowInvalidUTF8(true))
	if err == nil {
		return out, nil, nil
	}
	if !errors.Is(err, jsontext.ErrDuplicateName) {
		return nil, nil, jsonSyntaxError(doc, err)
	}
	return rewrite(doc)
}

// checkJSON bounds depth and number of values. It looks only at structure, not at validity.
func checkJSON(doc []byte, lim Limits) error {
	depth, nodes := 0, 1
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			i += StringLen(doc[i:]) - 1
		case '{', '[':
			if depth++; depth > lim.MaxDepth {
				line, col := lineCol(doc, i)
				return &LimitError{line, col, "depth", lim.MaxDepth}
			}
			nodes++
		case '}', ']':
			depth--
		case ',', ':':
			if nodes++; nodes > lim.MaxNodes {
				line, col := lineCol(doc, i)
				return &LimitError{line, col, "nodes", lim.MaxNodes}
			}
		}
	}
	return nil
}

// StringLen is the length of the JSON string that b starts with, quotes included; all of b when the
// string does not end.
func StringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// rewrite compacts a valid JSON document with repeated names: the later value counts, at the
// place of the first mention.
func rewrite(doc []byte) ([]byte, []Issue, error) {
	r := rewriter{doc: doc, dec: newDecoder(doc), sweep: newSweep(doc)}
	out, err := r.value("")
	if err == nil {
		_, err = r.dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return out, r.dups, nil
		}
	}
	return nil, nil, jsonSyntaxError(doc, err)
}

func newDecoder(doc []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(doc), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

type rewriter struct {
	doc   []byte
	dec   *jsontext.Decoder
	sweep sweep
	dups  []Issue
}

func (r *rewriter) value(path string) ([]byte, error) {
	switch r.dec.PeekKind() {
	case '{':
		return r.object(path)
	case '[':
		return r.array(path)
	default:
		v, err := r.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		return jsontext.AppendFormat(nil, v, jsontext.AllowInvalidUTF8(true))
	}
}

func (r *rewriter) object(path string) ([]byte, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	var names []string
	values := map[string][]byte{}
	for r.dec.PeekKind() == '"' {
		tok, err := r.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := tok.String()
		sub := source.Key(path, name)
		if _, ok := values[name]; ok {
			line, col := r.sweep.offset(startOfString(r.doc, int(r.dec.InputOffset())))
			r.dups = append(r.dups, Issue{sub, line, col})
		} else {
			names = append(names, name)
		}
		if values[name], err = r.value(sub); err != nil {
			return nil, err
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		out = append(out, values[name]...)
	}
	return append(out, '}'), nil
}

func (r *rewriter) array(path string) ([]byte, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, err
	}
	out := []byte{'['}
	for i := 0; r.dec.PeekKind() != ']'; i++ {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := r.value(source.Index(path, i))
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	_, err := r.dec.ReadToken()
	return append(out, ']'), err
}

// startOfString is the offset of the opening quote of the JSON string that ends before end.
func startOfString(doc []byte, end int) int {
	i := end - 2
	for ; i > 0; i-- {
		if doc[i] != '"' {
			continue
		}
		slashes := 0
		for i-slashes > 0 && doc[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			break
		}
	}
	return i
}

func jsonSyntaxError(doc []byte, err error) *SyntaxError {
	var se *jsontext.SyntacticError
	if !errors.As(err, &se) || errors.Is(err, io.ErrUnexpectedEOF) {
		line, col := lineCol(doc, len(doc))
		return &SyntaxError{line, col, "the document ends too early"}
	}
	line, col := lineCol(doc, int(se.ByteOffset))
	return &SyntaxError{line, col, se.Err.Error()}
}
