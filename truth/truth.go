// Package truth is three-valued (Kleene) logic for verdicts that may not be decidable.
//
// The zero Value is Unknown, so a fact that nobody filled in never reads as true or false.
package truth

import "fmt"

// A Value is Unknown, False or True. It is comparable and safe to copy.
type Value uint8

// The zero Value is Unknown, never False: a missing fact must not read as a verdict.
const (
	Unknown Value = iota
	False
	True
)

// Of returns True for true and False for false.
func Of(b bool) Value {
	if b {
		return True
	}
	return False
}

// Not negates v; Unknown stays Unknown.
func (v Value) Not() Value {
	switch v {
	case True:
		return False
	case False:
		return True
	default:
		return Unknown
	}
}

// And is True when both are, False when either is False, else Unknown.
func (v Value) And(w Value) Value {
	switch {
	case v == False || w == False:
		return False
	case v == True && w == True:
		return True
	default:
		return Unknown
	}
}

// Or is True when either is, False when both are False, else Unknown.
func (v Value) Or(w Value) Value {
	return v.Not().And(w.Not()).Not()
}

// All is the conjunction of vs; True when there are none.
func All(vs ...Value) Value {
	all := True
	for _, v := range vs {
		all = all.And(v)
	}
	return all
}

// Any is the disjunction of vs; False when there are none.
func Any(vs ...Value) Value {
	some := False
	for _, v := range vs {
		some = some.Or(v)
	}
	return some
}

// Known reports whether v is True or False.
func (v Value) Known() bool { return v == True || v == False }

// String returns "unknown", "false" or "true".
func (v Value) String() string {
	switch v {
	case Unknown:
		return "unknown"
	case False:
		return "false"
	case True:
		return "true"
	default:
		return fmt.Sprintf("Value(%d)", uint8(v))
	}
}

// MarshalText writes String's word.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText accepts exactly the words String writes; any other word is an error.
func (v *Value) UnmarshalText(text []byte) error {
	switch string(text) {
	case "unknown":
		*v = Unknown
	case "false":
		*v = False
	case "true":
		*v = True
	default:
		return fmt.Errorf("truth value %q: want unknown, false or true", text)
	}
	return nil
}
