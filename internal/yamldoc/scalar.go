package yamldoc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarKind is the JSON type of a resolved scalar.
type scalarKind uint8

const (
	kindNull scalarKind = iota
	kindString
	kindBool
	kindInt
	kindFloat
)

// resolved is a scalar as the YAML 1.1 rules see it.
type resolved struct {
	kind scalarKind
	text string  // of a string; of a number its JSON spelling, empty for an infinity or NaN
	bool bool    // of a bool
	num  float64 // of a float
}

// yamlFloat is the form of a number that is no integer: go.yaml.in/yaml/v2 v2.4.2, resolve.go.
var yamlFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// resolveNode resolves a scalar by its tag, or by its text when it is plain.
func resolveNode(n *yaml.Node) (resolved, error) {
	tag := ""
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		tag = n.Tag
	case n.Style != 0:
		return resolved{kind: kindString, text: n.Value}, nil
	}
	switch tag {
	case "":
		return resolvePlain(n.Value), nil
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(n.Value)
		if err != nil {
			return resolved{}, errors.New("!!binary value is not base64")
		}
		return resolved{kind: kindString, text: string([]rune(string(data)))}, nil
	case "!!bool", "!!int", "!!float", "!!null":
		r := resolvePlain(n.Value)
		if !r.is(tag) {
			return resolved{}, fmt.Errorf("%s does not take %q", tag, n.Value)
		}
		return r, nil
	default: // !!str, !!timestamp and tags that nobody here knows
		return resolved{kind: kindString, text: n.Value}, nil
	}
}

// is reports whether r may carry the explicit tag. An integer is a float too.
func (r resolved) is(tag string) bool {
	switch r.kind {
	case kindNull:
		return tag == "!!null"
	case kindBool:
		return tag == "!!bool"
	case kindInt:
		return tag == "!!int" || tag == "!!float"
	case kindFloat:
		return tag == "!!float"
	default:
		return false
	}
}

// resolvePlain resolves an unquoted scalar by the YAML 1.1 rules of go.yaml.in/yaml/v2 v2.4.2:
// yes, on and y are true; 017, 0x1f, 0b1 and 1_000 are integers; timestamps are strings.
func resolvePlain(s string) resolved {
	if s == "" {
		return resolved{}
	}
	switch c := s[0]; {
	case strings.IndexByte("yYnNtTfFoO~", c) >= 0:
		if r, ok := resolveWord(s); ok {
			return r
		}
	case c == '.':
		if r, ok := resolveWord(s); ok {
			return r
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return floatScalar(s, f)
		}
	case c == '+' || c == '-' || '0' <= c && c <= '9':
		if r, ok := resolveWord(s); ok {
			return r
		}
		return resolveNumber(s)
	}
	return resolved{kind: kindString, text: s}
}

// resolveWord resolves the words that stand for null, booleans, infinities and NaN.
func resolveWord(s string) (resolved, bool) {
	switch s {
	case "~", "null", "Null", "NULL":
		return resolved{}, true
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return resolved{kind: kindBool, bool: true}, true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return resolved{kind: kindBool}, true
	case ".nan", ".NaN", ".NAN":
		return resolved{kind: kindFloat, num: math.NaN()}, true
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return resolved{kind: kindFloat, num: math.Inf(1)}, true
	case "-.inf", "-.Inf", "-.INF":
		return resolved{kind: kindFloat, num: math.Inf(-1)}, true
	}
	return resolved{}, false
}

// resolveNumber resolves a scalar that starts with a digit or a sign.
func resolveNumber(s string) resolved {
	if n := leadingDigits(s); n == len(s) && n < 19 && (s[0] != '0' || n == 1) {
		return resolved{kind: kindInt, text: s} // nearly all
	}
	if strings.Trim(s, "0123456789abcdefABCDEFxXoO_+-.") != "" {
		return resolved{kind: kindString, text: s}
	}
	digits := s
	if strings.IndexByte(s, '_') >= 0 {
		digits = strings.ReplaceAll(s, "_", "")
	}
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return intScalar(s, strconv.FormatInt(i, 10))
	}
	if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return intScalar(s, strconv.FormatUint(u, 10))
	}
	if yamlFloat.MatchString(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return floatScalar(s, f)
		}
	}
	// Base 0 takes "0b1" and "-0b1" already; "0b-1" is the one form that only this rule takes.
	if rest, ok := strings.CutPrefix(digits, "0b"); ok {
		if i, err := strconv.ParseInt(rest, 2, 64); err == nil {
			return intScalar(s, strconv.FormatInt(i, 10))
		}
	}
	return resolved{kind: kindString, text: s}
}

func intScalar(written, decimal string) resolved {
	if isJSONNumber(written) {
		decimal = written
	}
	return resolved{kind: kindInt, text: decimal}
}

func floatScalar(written string, f float64) resolved {
	r := resolved{kind: kindFloat, num: f, text: written}
	if !isJSONNumber(written) {
		r.text = strconv.FormatFloat(f, 'g', -1, 64)
	}
	return r
}

// isJSONNumber reports whether s is a number by RFC 8259, section 6.
func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := leadingDigits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if frac, ok := strings.CutPrefix(s, "."); ok {
		n := leadingDigits(frac)
		if n == 0 {
			return false
		}
		s = frac[n:]
	}
	if s == "" {
		return true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && leadingDigits(s) == len(s)
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
