// Package source says where things stand: positions in files, references to Kubernetes objects,
// the objects themselves as they were read, and the problems met while reading them.
//
// It is the vocabulary that loaders, adapters, checks and reports share, and imports only the
// standard library. All types are values that nobody changes after they are built; they are safe
// for concurrent use.
package source

import (
	"cmp"
	"fmt"
	"strings"
)

// Pos is a place in a file. The zero Pos means "unknown place".
type Pos struct {
	File string `json:"file,omitempty"` // as the caller named it; "-" for standard input
	Line int    `json:"line,omitempty"` // 1-based; 0 when only the file is known
	Col  int    `json:"col,omitempty"`  // 1-based, in bytes; 0 when only the line is known
}

// IsZero reports whether nothing is known about the place.
func (p Pos) IsZero() bool { return p == Pos{} }

// String returns "file:line:col" without the parts that are unknown, and "-" for the zero Pos.
func (p Pos) String() string {
	switch {
	case p.IsZero():
		return "-"
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// Compare orders by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// A Locator computes the position of a field of one document. Implementations are safe for
// concurrent use and may be slow (they may read the file again): call them only for what is shown.
type Locator interface {
	// Locate returns the position of the field, or of its nearest ancestor that exists,
	// or of the document's first line when nothing nearer is known.
	// The path syntax is that of Loc.Field.
	Locate(field string) Pos
}

// Loc is a field's place, computed when asked for. The zero Loc has the zero Pos.
// Loc is comparable as long as its Locator is.
type Loc struct {
	in    Locator
	field string
}

// At is the place of field in the document of in. A nil Locator gives a Loc without a position.
func At(in Locator, field string) Loc { return Loc{in: in, field: field} }

// Pos computes the position.
func (l Loc) Pos() Pos {
	if l.in == nil {
		return Pos{}
	}
	return l.in.Locate(l.field)
}

// Field returns the path of the field from the document's root: names joined by dots, indexes in
// brackets, and names that hold a dot, a bracket or a quote as quoted strings in brackets:
//
//	spec.rules[0].from
//	metadata.labels["istio.io/rev"]
//
// The empty path is the document itself.
func (l Loc) Field() string { return l.field }

// String returns the position, which is looked up; "-" when there is none.
func (l Loc) String() string { return l.Pos().String() }

// IsZero reports whether l says neither document nor field.
func (l Loc) IsZero() bool { return l == Loc{} }
