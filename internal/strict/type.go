// Package strict checks JSON against the schema of a Kubernetes kind and says, with the path of
// each field, what the schema does not take: unknown fields, wrong types, values outside an
// enumeration or a range, duplicate keys.
//
// A schema is a Type, made from Go struct types (Of, Reflector), from protocol buffer messages
// (Proto) or from a stored Table. Check reads the JSON once as a stream of tokens; Repair gives
// the part of it that the schema takes.
package strict

import "slices"

// kind says which JSON values a Type takes.
type kind uint8

// The zero kind takes everything: a zero Type never rejects what it does not describe.
const (
	kindAny kind = iota
	kindOpaque
	kindObject
	kindMap
	kindList
	kindString
	kindEnum
	kindInteger
	kindNumber
	kindBool
	kindIntOrString
	kindQuantity
	kindTime
	kindDuration
	kindBytes
)

// keyKind says which member names a map takes.
type keyKind uint8

const (
	keyString keyKind = iota
	keyInteger
	keyBool
)

// Type says what a JSON value may be. The zero Type takes any value.
//
// A Type does not change after it was built and is safe for concurrent use. It may be recursive.
type Type struct {
	kind kind

	// name is the Go or protocol buffer name of an object or enumeration; empty for the rest.
	// Two types of one name in one table are the same type.
	name string

	fields map[string]*field // kindObject: by JSON name, and by other names for the same field
	names  []string          // kindObject: the JSON names, sorted
	open   bool              // kindObject: members that are not in fields are passed over

	elem *Type   // kindList, kindMap: never nil
	keys keyKind // kindMap

	// noNull: the values of a list or map are those of a protocol buffer message, in which null
	// cannot stand.
	noNull bool

	values []string // kindEnum: at least one
	blank  bool     // kindEnum: the empty string means "not set"

	numbers []int32 // kindEnum: the values as numbers; empty when these are not taken

	min int64  // kindInteger, and kindMap with keyInteger: inclusive
	max uint64 // likewise

	loose bool // kindInteger, kindNumber: a number in a string is as good

	limits *Limits // nil for none
}

// field is a member of an object.
type field struct {
	typ   *Type
	name  string // in JSON
	index int    // position in Type.names
	oneof int    // 1-based number of the oneof that the field is in; 0 for none
}

// Any returns the Type that takes every value. Duplicate keys are found at any depth of it.
func Any() *Type { return new(Type) }

// Opaque returns the Type that takes every value and does not look inside.
func Opaque() *Type { return &Type{kind: kindOpaque} }

// String returns the Type of strings.
func String() *Type { return &Type{kind: kindString} }

// Bool returns the Type of true and false.
func Bool() *Type { return &Type{kind: kindBool} }

// Number returns the Type of numbers with or without a fraction.
func Number() *Type { return &Type{kind: kindNumber} }

// Integer returns the Type of whole numbers from lo to hi, both included.
func Integer(lo int64, hi uint64) *Type { return &Type{kind: kindInteger, min: lo, max: hi} }

// IntOrString returns the Type of 32-bit integers and strings.
func IntOrString() *Type { return &Type{kind: kindIntOrString} }

// Quantity returns the Type of resource quantities: a number, or a string such as "100m".
func Quantity() *Type { return &Type{kind: kindQuantity} }

// Time returns the Type of strings that hold an RFC 3339 time.
func Time() *Type { return &Type{kind: kindTime} }

// Duration returns the Type of strings that time.ParseDuration takes, such as "1.5s".
func Duration() *Type { return &Type{kind: kindDuration} }

// Bytes returns the Type of strings that hold base64 data.
func Bytes() *Type { return &Type{kind: kindBytes} }

// Enum returns the Type of strings that are one of values; name is its name in a Table.
// Without values it takes every string.
func Enum(name string, values ...string) *Type {
	if len(values) == 0 {
		return String()
	}
	return &Type{kind: kindEnum, name: name, values: slices.Clone(values)}
}

// List returns the Type of lists of elem.
func List(elem *Type) *Type { return &Type{kind: kindList, elem: elem} }

// Map returns the Type of objects with free member names and values of elem.
func Map(elem *Type) *Type { return &Type{kind: kindMap, elem: elem} }

// Object returns the Type of objects with the given members; name is its name in a Table.
func Object(name string, members map[string]*Type) *Type {
	fields := make(map[string]*field, len(members))
	for member, t := range members {
		fields[member] = &field{typ: t}
	}
	t := &Type{name: name}
	t.setFields(fields)
	return t
}

// setFields makes t an object of fields.
func (t *Type) setFields(fields map[string]*field) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		fields[name].name, fields[name].index = name, i
	}
	t.kind, t.fields, t.names = kindObject, fields, names
}

// Fields returns the names of the members that an object of t takes, sorted; nil for a Type that
// is no object.
func (t *Type) Fields() []string { return slices.Clone(t.names) }
