package strict

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Of returns the Type of a Go type by the rules of encoding/json: struct tags, embedded structs,
// base64 for []byte. It differs in two points, as the Kubernetes API server does: member names
// are compared with their case, and a type that decodes itself takes any value (any string when
// it implements encoding.TextUnmarshaler). Channels, functions and complex numbers take nothing
// in encoding/json; here they are Any.
func Of(t reflect.Type) *Type { return new(Reflector).Of(t) }

// Reflector makes Types from Go types and keeps what it made, so that recursive and shared types
// stay so. The zero Reflector is ready for use. It is not safe for concurrent use; its Types are.
type Reflector struct {
	// Known gives the Type of named Go types, by "import/path.Name", in place of reflection.
	// A field of an Enum also takes the empty string when its tag says omitempty.
	Known map[string]*Type

	// Fields gives the Type of single struct fields, by "import/path.Name.field" with the JSON
	// name of the field.
	Fields map[string]*Type

	// Limits adds limits: to structs by "import/path.Name", to fields by "import/path.Name.field", and to
	// the entries of fields that are lists by "import/path.Name.field[]".
	Limits map[string]Limits

	// NoNull takes no null as an entry of a list, as in custom resources.
	NoNull bool

	// Open makes the structs take members that they do not have, and adds "+" to their names.
	Open bool

	seen map[reflect.Type]*Type
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// Of returns the Type of t; the Type of a nil t is Any.
func (r *Reflector) Of(t reflect.Type) *Type {
	if t == nil {
		return Any()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known, ok := r.Known[typeName(t)]; ok {
		return known
	}
	if done, ok := r.seen[t]; ok {
		return done
	}
	if r.seen == nil {
		r.seen = map[reflect.Type]*Type{}
	}
	made := new(Type)
	r.seen[t] = made // before its parts are looked at: they may lead back to t
	r.fill(made, t)
	return made
}

// fill sets made to the Type of t, which is no pointer.
func (r *Reflector) fill(made *Type, t reflect.Type) {
	switch {
	case reflect.PointerTo(t).Implements(jsonUnmarshaler):
		return // Any
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		made.kind = kindString
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		made.name, made.open = typeName(t), r.Open
		if r.Open {
			made.name += "+"
		}
		fields := map[string]*field{}
		r.addFields(fields, t, nil)
		made.setFields(fields)
		if l, ok := r.Limits[typeName(t)]; ok {
			made.limits = &l
		}
	case reflect.Map:
		*made = Type{kind: kindMap, elem: r.Of(t.Elem())}
		made.keys, made.min, made.max = keysOf(t.Key())
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			made.kind = kindBytes
			return
		}
		*made = Type{kind: kindList, elem: r.Of(t.Elem()), noNull: r.NoNull}
	default:
		*made = scalarOf(t)
	}
}

// addFields adds the members that struct t has in JSON. A name of the outer struct hides the
// same name of an embedded one, as in Go.
// outer are the structs that t is embedded in.
func (r *Reflector) addFields(fields map[string]*field, t reflect.Type, outer []reflect.Type) {
	if slices.Contains(outer, t) {
		return
	}
	outer = append(slices.Clone(outer), t)
	var embedded []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Tag.Get("json") == "-" {
			continue
		}
		if f.Anonymous && name == "" {
			et := f.Type
			if et.Kind() == reflect.Pointer {
				et = et.Elem()
			}
			if et.Kind() == reflect.Struct {
				embedded = append(embedded, et)
				continue
			}
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = &field{typ: r.fieldType(t, f, name)}
	}
	for _, et := range embedded {
		inner := map[string]*field{}
		r.addFields(inner, et, outer)
		for name, f := range inner {
			if _, hidden := fields[name]; !hidden {
				fields[name] = f
			}
		}
	}
}

// fieldType returns the Type of field f of struct owner, which is name in JSON.
func (r *Reflector) fieldType(owner reflect.Type, f reflect.StructField, name string) *Type {
	if known, ok := r.Fields[typeName(owner)+"."+name]; ok {
		return known
	}
	t := r.Of(f.Type)
	if t.kind == kindEnum && f.Type.Kind() == reflect.String && hasOption(f, "omitempty") {
		optional := *t // an empty string reads like an absent one
		optional.blank = true
		return &optional
	}
	return r.limited(t, typeName(owner)+"."+name)
}

// limited is t with the limits of a field and of its entries.
func (r *Reflector) limited(t *Type, name string) *Type {
	if l, ok := r.Limits[name+"[]"]; ok && t.kind == kindList {
		entries := *t
		entries.elem = t.elem.With(l)
		t = &entries
	}
	if l, ok := r.Limits[name]; ok {
		t = t.With(l)
	}
	return t
}

// hasOption reports whether the json tag of f has the option.
func hasOption(f reflect.StructField, option string) bool {
	options := strings.Split(f.Tag.Get("json"), ",")
	return slices.Contains(options[1:], option)
}

// typeName returns "import/path.Name", or "" for a type without a name.
func typeName(t reflect.Type) string {
	if t.Name() == "" || t.PkgPath() == "" {
		return ""
	}
	return t.PkgPath() + "." + t.Name()
}

func keysOf(t reflect.Type) (keyKind, int64, uint64) {
	if s := scalarOf(t); s.kind == kindInteger {
		return keyInteger, s.min, s.max
	}
	return keyString, 0, 0
}

// scalarOf returns the Type of a Go type without parts.
func scalarOf(t reflect.Type) Type {
	switch t.Kind() {
	case reflect.String:
		return Type{kind: kindString}
	case reflect.Bool:
		return Type{kind: kindBool}
	case reflect.Float32, reflect.Float64:
		return Type{kind: kindNumber}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		shift := 64 - t.Bits()
		return Type{kind: kindInteger, min: math.MinInt64 >> shift, max: uint64(math.MaxInt64 >> shift)}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return Type{kind: kindInteger, max: math.MaxUint64 >> (64 - t.Bits())}
	default:
		return Type{}
	}
}
