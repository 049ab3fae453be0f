// Package archtest keeps the architecture: which package may import what, that each package is
// documented and shown by an example, and that no file names a place on somebody's machine.
//
// The rules are data (Rows and Fences) with a reason each; the package's own test applies them to
// this repository. The functions take a file system and a table, so that they can be tried on
// small trees. Source is only parsed, never built: a package that does not compile at the moment
// is judged like any other, and build constraints hide nothing.
package archtest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// A Violation is one breach of a rule. Pos is relative to the root of the tree.
type Violation struct {
	Pos  source.Pos
	Text string
}

// String returns "file:line:col: text".
func (v Violation) String() string { return v.Pos.String() + ": " + v.Text }

// Compare orders by position, then text.
func (v Violation) Compare(w Violation) int {
	return cmp.Or(v.Pos.Compare(w.Pos), strings.Compare(v.Text, w.Text))
}

func violation(pos source.Pos, format string, args ...any) Violation {
	return Violation{Pos: pos, Text: fmt.Sprintf(format, args...)}
}
