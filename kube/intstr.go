package kube

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// IntOrString is a number or a name. The zero value is "not set".
type IntOrString struct {
	Int  int32  // 0 when Name is set
	Name string // empty when a number was given
}

// IsZero reports whether neither a number nor a name was given.
func (v IntOrString) IsZero() bool { return v == IntOrString{} }

// UnmarshalJSON accepts a JSON number or string.
func (v *IntOrString) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		v.Int = 0
		return json.Unmarshal(data, &v.Name)
	}
	n, err := strconv.ParseInt(string(data), 10, 32)
	if err != nil {
		return fmt.Errorf("neither an integer nor a string: %s", data)
	}
	*v = IntOrString{Int: int32(n)}
	return nil
}
