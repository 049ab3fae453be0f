package decision

import (
	"encoding/json"
	"fmt"
)

// Value is a constant in a condition, as it was written: a number keeps its spelling. What it
// means depends on the unit. The zero Value is not set.
type Value struct {
	text   string
	quoted bool
}

// IsZero reports whether no value is set.
func (v Value) IsZero() bool { return v == Value{} }

// String is the value's text as it was written, without quotes.
func (v Value) String() string { return v.text }

// UnmarshalJSON accepts a number, a string, and null for the zero Value.
func (v *Value) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		*v = Value{}
		return nil
	case len(data) > 0 && data[0] == '"':
		v.quoted = true
		return json.Unmarshal(data, &v.text)
	case len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9'):
		*v = Value{text: string(data)}
		return nil
	default:
		return fmt.Errorf("value %s: want a number or a text", shorten(string(data)))
	}
}

// MarshalJSON writes the value as it was read; null for the zero Value.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.IsZero():
		return []byte("null"), nil
	case v.quoted:
		return json.Marshal(v.text)
	default:
		return []byte(v.text), nil
	}
}
