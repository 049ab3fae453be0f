package decision

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// Issue is something wrong with a record itself: it was not understood, or it contradicts or
// leaves open what a record must say. It is data, not an error.
type Issue struct {
	Code     Code       `json:"code"`
	Severity Severity   `json:"severity"`
	Pos      source.Pos `json:"pos"`             // of the line that causes it; the file at least
	Field    string     `json:"field,omitempty"` // the path within the document, as in source.Loc.Field
	Message  string     `json:"message"`         // lower case, without position and code
}

// String returns "file:line:col: severity: code: message".
func (i Issue) String() string {
	return fmt.Sprintf("%s: %s: %s: %s", i.Pos, i.Severity, i.Code, i.Message)
}

// Compare orders by position, code, field and message.
func (i Issue) Compare(j Issue) int {
	return cmp.Or(
		i.Pos.Compare(j.Pos),
		strings.Compare(string(i.Code), string(j.Code)),
		strings.Compare(i.Field, j.Field),
		strings.Compare(i.Message, j.Message),
	)
}

// Severity is how much an issue matters.
type Severity uint8

// The zero Severity is the gravest one, so that a severity that nobody set is not overlooked.
const (
	Error   Severity = iota // the record does not say what it must, or says it so that it cannot be used
	Warning                 // the record can be used, and should be better
	Info                    // worth knowing
)

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	default:
		return fmt.Sprintf("Severity(%d)", uint8(s))
	}
}

// MarshalText writes String's word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts exactly the words String writes.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, t := range []Severity{Error, Warning, Info} {
		if t.String() == string(text) {
			*s = t
			return nil
		}
	}
	return fmt.Errorf("severity %q: want error, warning or info", text)
}
