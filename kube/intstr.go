package kube

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// IntOrString is a number or a name. The zero value is "not set".
type IntOrString struct {
	Int  int32  // 0 when Name is set
	Name string // empty when a number was given
}

// IsZero reports whether neither a number nor a name was given.
func (v IntOrString) IsZero() bool { return v == IntOrString{} }

// UnmarshalJSON accepts a JSON number or string; null leaves v as it is.
func (v *IntOrString) UnmarshalJSON(data []byte) error {
	switch jsontext.Value(data).Kind() {
	case 'n':
		return nil
	case '"':
		name, err := jsontext.AppendUnquote(nil, data)
		if err == nil {
			*v = IntOrString{Name: string(name)}
		}
		return err
	default:
	}
	n, err := strconv.ParseInt(string(data), 10, 32)
	if err != nil {
		return fmt.Errorf("neither an integer nor a string: %s", data)
	}
	*v = IntOrString{Int: int32(n)}
	return nil
}

// MarshalJSON writes the name or the number.
func (v IntOrString) MarshalJSON() ([]byte, error) {
	if v.Name != "" {
		return jsontext.AppendQuote(nil, v.Name)
	}
	return strconv.AppendInt(nil, int64(v.Int), 10), nil
}

// String returns the name or the number; "0" for the zero value.
func (v IntOrString) String() string {
	if v.Name != "" {
		return v.Name
	}
	return strconv.Itoa(int(v.Int))
}
