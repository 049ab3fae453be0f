package strict

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Repair returns the part of json that t takes, so that a decoder need not stop at the first
// value of a wrong type. The result has no white space between its tokens; it is null when json
// is not valid JSON. A nil t takes every value. Repair never changes json.
//
// Members that t does not have are left out, and so is the earlier of two members of one name and
// the later of two that exclude each other. Another name of a member becomes its JSON name. A number, true or false where t needs a string
// becomes its text as a string, so that a message can show it. A string that is no value of its
// enumeration stays. Any other value that t refuses becomes null, or is left out of a list or map
// of a protocol buffer message, where null cannot stand. An integer written as 1.0 or 1e3 becomes
// 1 or 1000, and a duration the seconds that protocol buffers want.
func Repair(t *Type, json []byte) []byte {
	if t == nil {
		t = Any()
	}
	r := repairer{
		dec: jsontext.NewDecoder(bytes.NewBuffer(json), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		out: make([]byte, 0, len(json)),
	}
	if err := r.value(t, 0); err != nil {
		return []byte("null")
	}
	return r.out
}

// repairer copies one JSON text to out.
type repairer struct {
	dec *jsontext.Decoder
	out []byte
}

// value copies the next value.
func (r *repairer) value(t *Type, depth int) error {
	next := r.dec.PeekKind()
	switch {
	case next != '{' && next != '[':
		raw, err := r.dec.ReadValue()
		if err == nil {
			r.out = t.mend(r.out, raw)
		}
		return err
	case depth >= maxDepth || !t.takes(next):
		r.out = append(r.out, "null"...)
		return r.dec.SkipValue()
	case t.kind == kindOpaque:
		raw, err := r.dec.ReadValue()
		r.out = append(r.out, raw...)
		return err
	case next == '[':
		return r.list(t, depth)
	default:
		return r.members(t, depth)
	}
}

// list copies the list that comes next.
func (r *repairer) list(t *Type, depth int) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	elem := t
	if t.kind == kindList {
		elem = t.elem
	}
	r.out = append(r.out, '[')
	base := len(r.out)
	for r.dec.PeekKind() != ']' {
		start := len(r.out)
		if start > base {
			r.out = append(r.out, ',')
		}
		value := len(r.out)
		if err := r.value(elem, depth+1); err != nil {
			return err
		}
		if t.noNull && string(r.out[value:]) == "null" {
			r.out = r.out[:start]
		}
	}
	r.out = append(r.out, ']')
	_, err := r.dec.ReadToken()
	return err
}

// part is the place of a copied member, with its comma, in the output; empty when it was dropped.
type part struct{ start, end int }

// members copies the object that comes next.
func (r *repairer) members(t *Type, depth int) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	r.out = append(r.out, '{')
	base := len(r.out)
	var parts []part
	last := map[string]int{}   // by name: its latest part
	chosen := map[int]string{} // by oneof: the member that is set
	for r.dec.PeekKind() != '}' {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		name, err := unquote(raw)
		if err != nil {
			return err
		}
		elem, keep := t.member(name)
		if f := t.fields[string(name)]; f != nil && f.name != string(name) {
			name, raw = []byte(f.name), strconv.AppendQuote(nil, f.name)
		}
		if !keep || t.excluded(chosen, string(name), r.dec.PeekKind()) {
			if err := r.dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		start := len(r.out)
		r.out = append(append(r.out, raw...), ':')
		value := len(r.out)
		if err := r.value(elem, depth+1); err != nil {
			return err
		}
		if t.noNull && string(r.out[value:]) == "null" {
			r.out = r.out[:start]
			continue
		}
		r.out = append(r.out, ',')
		if earlier, ok := last[string(name)]; ok {
			parts[earlier].end = parts[earlier].start
		}
		last[string(name)] = len(parts)
		parts = append(parts, part{start, len(r.out)})
	}
	r.close(base, parts)
	_, err := r.dec.ReadToken()
	return err
}

// close ends the object whose members start at base with those of parts that were not dropped.
func (r *repairer) close(base int, parts []part) {
	end := base
	for _, p := range parts {
		end += copy(r.out[end:], r.out[p.start:p.end])
	}
	r.out = r.out[:end]
	if end > base {
		r.out = r.out[:end-1] // the comma after the last one
	}
	r.out = append(r.out, '}')
}

// excluded reports whether another member of the oneof of member name is set already, and notes
// that name is when its value, which starts with next, is not null.
func (t *Type) excluded(chosen map[int]string, name string, next jsontext.Kind) bool {
	f := t.fields[name]
	if f == nil || f.oneof == 0 || next == 'n' {
		return false
	}
	other, set := chosen[f.oneof]
	if !set {
		chosen[f.oneof] = name
	}
	return set && other != name
}

// member returns the Type of the member name of an object of t, and whether t has that member.
func (t *Type) member(name []byte) (*Type, bool) {
	switch t.kind {
	case kindObject:
		if f := t.fields[string(name)]; f != nil {
			return f.typ, true
		}
		return Opaque(), t.open
	case kindMap:
		return t.elem, t.refuseKey(name) == ""
	default:
		return t, true
	}
}

// mend appends what t takes of the scalar raw.
func (t *Type) mend(out []byte, raw jsontext.Value) []byte {
	code, _ := t.refuse(raw, func() string { return "" })
	k := raw.Kind()
	switch {
	case code == "" && k == '0' && (t.kind == kindInteger || t.kind == kindIntOrString):
		if n, whole := parseWhole(string(raw)); whole {
			return n.append(out)
		}
		return append(out, raw...)
	case code == "" && k == '"' && t.kind == kindDuration:
		return appendSeconds(out, raw)
	case code == "", t.kind == kindEnum && k == '"':
		return append(out, raw...)
	case t.kind == kindString || t.kind == kindEnum && len(t.numbers) == 0:
		return append(append(append(out, '"'), raw...), '"')
	default:
		return append(out, "null"...)
	}
}

// appendSeconds writes the duration raw, which is one, as protocol buffers do: "5400s".
func appendSeconds(out []byte, raw jsontext.Value) []byte {
	text, err := unquote(raw)
	if err != nil {
		return append(out, raw...)
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return append(out, raw...)
	}
	return append(append(append(out, '"'), seconds(d)...), '"')
}
