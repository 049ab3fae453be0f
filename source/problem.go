package source

import (
	"cmp"
	"strings"
)

// ProblemCode is the stable name of a kind of problem, such as "unknown-field".
type ProblemCode string

// The kinds of problem. New ones may be added; none changes its meaning.
const (
	ProblemUnreadable   ProblemCode = "unreadable"    // a file or directory could not be read
	ProblemSyntax       ProblemCode = "syntax"        // a document is not YAML or JSON
	ProblemLimit        ProblemCode = "limit"         // a size, depth or alias bound was exceeded
	ProblemNotObject    ProblemCode = "not-object"    // a document lacks apiVersion, kind or name
	ProblemDuplicate    ProblemCode = "duplicate"     // an object or key appears twice; the later one counts
	ProblemNoNamespace  ProblemCode = "no-namespace"  // a namespaced object names no namespace; the default was taken
	ProblemUnknownField ProblemCode = "unknown-field" // the kind has no such field
	ProblemWrongType    ProblemCode = "wrong-type"    // a value has another type than its field
	ProblemBadValue     ProblemCode = "bad-value"     // an enum, number or pattern that the field does not take
	ProblemRejected     ProblemCode = "rejected"      // well formed, but the API server or the mesh refuses it
	ProblemWarned       ProblemCode = "warned"        // accepted, but the mesh warns about it
	ProblemDangling     ProblemCode = "dangling"      // a reference to something that does not exist
	ProblemUnsupported  ProblemCode = "unsupported"   // understood by the mesh, not by this library
	ProblemIncomplete   ProblemCode = "incomplete"    // a fact that the answer needs is not in the input
)

// Problem says that an input was not understood, or not wholly. Work went on without it.
// It is data, not an error: no type of this package implements error.
type Problem struct {
	Code    ProblemCode `json:"code"`
	Pos     Pos         `json:"pos"`             // the field's place; at least the file when there is one
	Object  Ref         `json:"object,omitzero"` // zero when the text did not get as far as an object
	Field   string      `json:"field,omitempty"` // path as in Loc.Field; empty for the whole object
	Message string      `json:"message"`         // lower case, without position, object or code
}

// String returns "file:line:col: code: object field: message" without the parts that are empty.
func (p Problem) String() string {
	var b strings.Builder
	if !p.Pos.IsZero() {
		b.WriteString(p.Pos.String() + ": ")
	}
	b.WriteString(string(p.Code) + ": ")
	if !p.Object.IsZero() {
		b.WriteString(p.Object.String())
		if p.Field != "" {
			b.WriteString(" " + p.Field)
		}
		b.WriteString(": ")
	} else if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Compare orders by position, code, object, field and message.
func (p Problem) Compare(q Problem) int {
	return cmp.Or(
		p.Pos.Compare(q.Pos),
		strings.Compare(string(p.Code), string(q.Code)),
		p.Object.Compare(q.Object),
		strings.Compare(p.Field, q.Field),
		strings.Compare(p.Message, q.Message),
	)
}
