package yamldoc

import (
	"errors"
	"fmt"
)

// SyntaxError says that a document is neither YAML nor JSON, or holds a value that JSON has no
// form for. Line and Col are 1-based; Col counts bytes and is 0 when only the line is known.
type SyntaxError struct {
	Line, Col int
	Message   string // lower case, without position
}

// Error returns "line L, column C: message".
func (e *SyntaxError) Error() string {
	if e.Col == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Col, e.Message)
}

// LimitError says that a document exceeds a bound of Limits.
// Line and Col are the first place known to lie beyond the bound, or the document's start.
type LimitError struct {
	Line, Col int
	What      string // "depth" or "nodes"
	Limit     int
}

// Message says which bound was exceeded, without position.
func (e *LimitError) Message() string {
	if e.What == "depth" {
		return fmt.Sprintf("nested deeper than %d levels", e.Limit)
	}
	return fmt.Sprintf("more than %d values after alias expansion", e.Limit)
}

// Error returns "line L, column C: message".
func (e *LimitError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Col, e.Message())
}

// further reports whether the syntax error a lies behind the error b.
func further(a, b error) bool {
	var x, y *SyntaxError
	return errors.As(a, &x) && errors.As(b, &y) && (x.Line > y.Line || x.Line == y.Line && x.Col >= y.Col)
}
