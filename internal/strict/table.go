package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Table is a set of Types in a form that can be stored as JSON.
//
// A Type is written as an expression: a word for a scalar ("string", "bool", "int(0..65535)"), a
// name for an object or enumeration, "[]" or "{}" before the expression of a list's or map's
// values, and "?" after the name of an enumeration that also takes the empty string. The member
// "*" of an object says that it takes members which are not listed.
type Table struct {
	Header  string                       `json:"header"`  // says who wrote the table; of no meaning here
	Roots   map[string]string            `json:"roots"`   // expressions, by a key of the caller's
	Enums   map[string][]string          `json:"enums"`   // values, by name
	Objects map[string]map[string]string `json:"objects"` // expressions of the members, by name and member
}

// NewTable writes down roots and all that they lead to. It is an error if two different Types
// have one name, if an object or enumeration has none, or for Types that only Proto makes.
func NewTable(header string, roots map[string]*Type) (*Table, error) {
	w := tableWriter{
		out: &Table{
			Header:  header,
			Roots:   map[string]string{},
			Enums:   map[string][]string{},
			Objects: map[string]map[string]string{},
		},
		seen: map[string]*Type{},
	}
	for _, key := range sortedKeys(roots) {
		expr, err := w.expr(roots[key])
		if err != nil {
			return nil, fmt.Errorf("type of %s: %w", key, err)
		}
		w.out.Roots[key] = expr
	}
	return w.out, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// words are the expressions of the scalars without parameters.
var words = [...]struct {
	kind kind
	word string
}{
	{kindAny, "any"},
	{kindOpaque, "opaque"},
	{kindString, "string"},
	{kindNumber, "number"},
	{kindBool, "bool"},
	{kindIntOrString, "int-or-string"},
	{kindQuantity, "quantity"},
	{kindTime, "time"},
	{kindDuration, "duration"},
	{kindBytes, "bytes"},
}

// tableWriter fills out.
type tableWriter struct {
	out  *Table
	seen map[string]*Type // objects, by name
}

// expr returns the expression of t and adds what it names.
func (w tableWriter) expr(t *Type) (string, error) {
	if t.limits != nil {
		return "", fmt.Errorf("limits cannot be written down")
	}
	for _, s := range words {
		if t.kind == s.kind {
			return s.word, nil
		}
	}
	switch t.kind {
	case kindInteger:
		if t.loose {
			return "", fmt.Errorf("an integer of a protocol buffer message cannot be written down")
		}
		return fmt.Sprintf("int(%d..%d)", t.min, t.max), nil
	case kindList:
		if t.noNull {
			return "", fmt.Errorf("a list of a protocol buffer message cannot be written down")
		}
		elem, err := w.expr(t.elem)
		return "[]" + elem, err
	case kindMap:
		if t.keys != keyString || t.noNull {
			return "", fmt.Errorf("a map of other keys than strings or of a protocol buffer message cannot be written down")
		}
		elem, err := w.expr(t.elem)
		return "{}" + elem, err
	case kindEnum:
		return w.enum(t)
	default:
		return t.name, w.object(t)
	}
}

func (w tableWriter) enum(t *Type) (string, error) {
	expr := t.name
	if t.blank {
		expr += "?"
	}
	if t.name == "" {
		return "", fmt.Errorf("enumeration without a name")
	}
	if len(t.numbers) > 0 {
		return "", fmt.Errorf("an enumeration of a protocol buffer message cannot be written down")
	}
	if known, ok := w.out.Enums[t.name]; ok && !slices.Equal(known, t.values) {
		return "", fmt.Errorf("two enumerations are named %s", t.name)
	}
	w.out.Enums[t.name] = slices.Clone(t.values)
	return expr, nil
}

// others is the member that makes an object open. No field of a Go struct has this name.
const others = "*"

// object adds object t and what it leads to.
func (w tableWriter) object(t *Type) error {
	switch known := w.seen[t.name]; {
	case t.name == "":
		return fmt.Errorf("object without a name")
	case known == t:
		return nil
	case known != nil:
		return fmt.Errorf("two objects are named %s", t.name)
	}
	w.seen[t.name] = t
	fields := map[string]string{}
	w.out.Objects[t.name] = fields
	if t.open {
		fields[others] = "opaque"
	}
	for _, name := range t.names {
		f := t.fields[name]
		if f.oneof != 0 {
			return fmt.Errorf("field %s.%s: a oneof cannot be written down", t.name, name)
		}
		expr, err := w.expr(f.typ)
		if err != nil {
			return fmt.Errorf("field %s.%s: %w", t.name, name, err)
		}
		fields[name] = expr
	}
	return nil
}

// Types reads the roots of tb back. It is an error if an expression is malformed or names what
// tb does not have.
func (tb *Table) Types() (map[string]*Type, error) {
	r := tableReader{from: tb, made: map[string]*Type{}}
	roots := make(map[string]*Type, len(tb.Roots))
	for _, key := range sortedKeys(tb.Roots) {
		t, err := r.parse(tb.Roots[key])
		if err != nil {
			return nil, fmt.Errorf("type of %s: %w", key, err)
		}
		roots[key] = t
	}
	return roots, nil
}

// tableReader keeps what was read, by expression.
type tableReader struct {
	from *Table
	made map[string]*Type
}

func (r tableReader) parse(expr string) (*Type, error) {
	if t := r.made[expr]; t != nil {
		return t, nil
	}
	t := new(Type)
	r.made[expr] = t // before its parts are read: they may lead back to it
	for _, s := range words {
		if s.word == expr {
			t.kind = s.kind
			return t, nil
		}
	}
	if rest, ok := strings.CutPrefix(expr, "[]"); ok {
		elem, err := r.parse(rest)
		t.kind, t.elem = kindList, elem
		return t, err
	}
	if rest, ok := strings.CutPrefix(expr, "{}"); ok {
		elem, err := r.parse(rest)
		t.kind, t.elem = kindMap, elem
		return t, err
	}
	if rest, ok := strings.CutPrefix(expr, "int("); ok {
		return t, t.parseRange(rest)
	}
	return t, r.named(t, expr)
}

// parseRange reads "lo..hi)".
func (t *Type) parseRange(text string) error {
	lo, hi, _ := strings.Cut(strings.TrimSuffix(text, ")"), "..")
	var errLo, errHi error
	t.kind = kindInteger
	t.min, errLo = strconv.ParseInt(lo, 10, 64)
	t.max, errHi = strconv.ParseUint(hi, 10, 64)
	if errLo != nil || errHi != nil {
		return fmt.Errorf("range %q: want lo..hi", text)
	}
	return nil
}

// named makes t the object or enumeration that expr names.
func (r tableReader) named(t *Type, expr string) error {
	enum, blank := strings.CutSuffix(expr, "?")
	if values := r.from.Enums[enum]; len(values) > 0 {
		*t = Type{kind: kindEnum, name: enum, values: slices.Clone(values), blank: blank}
		return nil
	}
	object, ok := r.from.Objects[expr]
	if !ok {
		return fmt.Errorf("unknown type %q", expr)
	}
	t.name = expr
	fields := make(map[string]*field, len(object))
	_, t.open = object[others]
	for name, of := range object {
		if name == others {
			continue
		}
		typ, err := r.parse(of)
		if err != nil {
			return fmt.Errorf("field %s.%s: %w", t.name, name, err)
		}
		fields[name] = &field{typ: typ}
	}
	t.setFields(fields)
	return nil
}
