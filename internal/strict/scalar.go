package strict

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// takes reports whether t takes an object ('{') or a list ('[').
func (t *Type) takes(k jsontext.Kind) bool {
	switch t.kind {
	case kindAny, kindOpaque:
		return true
	case kindObject, kindMap:
		return k == '{'
	case kindList:
		return k == '['
	default:
		return false
	}
}

// need says what t takes, with its article.
func (t *Type) need() string {
	switch t.kind {
	case kindObject, kindMap:
		return "an object"
	case kindList:
		return "a list"
	case kindInteger:
		return "an integer"
	case kindNumber:
		return "a number"
	case kindBool:
		return "true or false"
	case kindIntOrString:
		return "an integer or a string"
	case kindQuantity:
		return "a quantity"
	case kindAny, kindOpaque:
		return "a value"
	default:
		return "a string"
	}
}

// kindWord names a kind of JSON value in a message.
func kindWord(k jsontext.Kind) string {
	switch k {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case '0':
		return "number"
	case 'n':
		return "null"
	default:
		return "boolean"
	}
}

// refuse says why t does not take raw, which is a string, a number, true, false or null; the
// code is empty when t takes it. label names the value in messages; it is asked only then.
func (t *Type) refuse(raw jsontext.Value, label func() string) (source.ProblemCode, string) {
	k := raw.Kind()
	if k == 'n' || t.kind == kindAny || t.kind == kindOpaque {
		return "", ""
	}
	if !t.takesScalar(k) {
		return source.ProblemWrongType, describe(raw) + " where " + t.need() + " is needed"
	}
	switch k {
	case '0':
		return t.refuseNumber(raw)
	case '"':
		if t.kind == kindString {
			return "", ""
		}
		text, err := unquote(raw)
		if err != nil {
			return source.ProblemSyntax, err.Error()
		}
		return t.refuseText(string(text), label)
	default:
		return "", ""
	}
}

// takesScalar reports whether t takes some value of the kind k, which is '"', '0', 't' or 'f'.
func (t *Type) takesScalar(k jsontext.Kind) bool {
	switch t.kind {
	case kindString, kindTime, kindDuration, kindBytes:
		return k == '"'
	case kindEnum:
		return k == '"' || len(t.numbers) > 0 && k == '0'
	case kindInteger, kindNumber:
		return k == '0' || t.loose && k == '"'
	case kindBool:
		return k == 't' || k == 'f'
	case kindIntOrString, kindQuantity:
		return k == '"' || k == '0'
	default:
		return false
	}
}

// refuseNumber says why t, which takes numbers, does not take raw.
func (t *Type) refuseNumber(raw jsontext.Value) (source.ProblemCode, string) {
	lo, hi := t.min, t.max
	switch t.kind {
	case kindInteger:
	case kindIntOrString:
		lo, hi = math.MinInt32, math.MaxInt32
	case kindEnum:
		if n, err := strconv.ParseInt(string(raw), 10, 32); err == nil && slices.Contains(t.numbers, int32(n)) {
			return "", ""
		}
		return source.ProblemBadValue, describe(raw) + ": want " + t.form()
	default:
		return "", ""
	}
	n, whole := parseWhole(string(raw))
	switch {
	case !whole:
		return source.ProblemWrongType, describe(raw) + " where " + t.need() + " is needed"
	case !n.within(lo, hi):
		return source.ProblemBadValue, fmt.Sprintf("%s: want %d to %d", describe(raw), lo, hi)
	default:
		return "", ""
	}
}

// refuseText says why t, which takes strings of some form, does not take text.
func (t *Type) refuseText(text string, label func() string) (source.ProblemCode, string) {
	if t.takesText(text) {
		return "", ""
	}
	return source.ProblemBadValue, label() + " " + quote(text) + ": want " + t.form()
}

// takesText reports whether text has the form that t wants of a string.
func (t *Type) takesText(text string) bool {
	var err error
	switch t.kind {
	case kindEnum:
		return slices.Contains(t.values, text) || t.blank && text == ""
	case kindQuantity:
		return isQuantity(strings.TrimSpace(text))
	case kindInteger:
		n, whole := parseWhole(text)
		return whole && n.within(t.min, t.max)
	case kindNumber:
		_, err = strconv.ParseFloat(text, 64)
	case kindTime:
		_, err = time.Parse(time.RFC3339, text)
	case kindDuration:
		_, err = time.ParseDuration(text)
	case kindBytes:
		_, err = base64.StdEncoding.DecodeString(text)
	default:
	}
	return err == nil
}

// form says what takesText wants.
func (t *Type) form() string {
	switch t.kind {
	case kindEnum:
		return listWords(t.values)
	case kindQuantity:
		return "a quantity such as 100m or 2Gi"
	case kindInteger:
		return fmt.Sprintf("%d to %d", t.min, t.max)
	case kindNumber:
		return "a number"
	case kindTime:
		return "an RFC 3339 time such as 2006-01-02T15:04:05Z"
	case kindDuration:
		return "a duration such as 1.5s"
	case kindBytes:
		return "base64 data"
	default:
		return "a string"
	}
}

// refuseKey says why t does not take name as a member name; empty when it does.
func (t *Type) refuseKey(name []byte) string {
	switch t.keys {
	case keyInteger:
		n, err := strconv.ParseInt(string(name), 10, 64)
		if err != nil || n < t.min || n >= 0 && uint64(n) > t.max {
			return fmt.Sprintf("key %s: want an integer from %d to %d", quote(string(name)), t.min, t.max)
		}
	case keyBool:
		if s := string(name); s != "true" && s != "false" {
			return "key " + quote(s) + ": want true or false"
		}
	case keyString:
	}
	return ""
}

// wholeNumber is an integer of any sign up to 64 bits; huge stands for one beyond.
type wholeNumber struct {
	negative bool
	size     uint64
	huge     bool
}

func (n wholeNumber) within(lo int64, hi uint64) bool {
	switch {
	case n.huge:
		return false
	case n.negative:
		return lo < 0 && n.size <= uint64(-(lo+1))+1
	default:
		return n.size <= hi && (lo <= 0 || n.size >= uint64(lo))
	}
}

// seconds writes d in seconds with as many decimals as it needs.
func seconds(d time.Duration) string {
	whole, nanos := d/time.Second, d%time.Second
	if nanos == 0 {
		return strconv.FormatInt(int64(whole), 10) + "s"
	}
	sign := ""
	if d < 0 {
		sign, whole, nanos = "-", -whole, -nanos
	}
	decimals := strings.TrimRight(fmt.Sprintf("%09d", int64(nanos)), "0")
	return fmt.Sprintf("%s%d.%ss", sign, int64(whole), decimals)
}

// append writes n in decimal; it must not be huge.
func (n wholeNumber) append(out []byte) []byte {
	if n.negative {
		out = append(out, '-')
	}
	return strconv.AppendUint(out, n.size, 10)
}

// parseWhole reads a JSON number without a fraction. 1.0 and 1e3 are such numbers: converting
// YAML to JSON, as clients of Kubernetes do, makes 1 and 1000 of them.
func parseWhole(text string) (n wholeNumber, whole bool) {
	digits, negative := strings.CutPrefix(text, "-")
	size, err := strconv.ParseUint(digits, 10, 64)
	if err == nil {
		return wholeNumber{negative: negative && size != 0, size: size}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case math.IsInf(f, 0):
		return wholeNumber{huge: true}, true
	case err != nil || f != math.Trunc(f):
		return wholeNumber{}, false
	case math.Abs(f) >= 1<<63:
		return wholeNumber{huge: true}, true
	default:
		return wholeNumber{negative: f < 0, size: uint64(math.Abs(f))}, true
	}
}

// isQuantity reports whether s has the form that k8s.io/apimachinery v0.36.4,
// pkg/api/resource.ParseQuantity, takes: a decimal number and a suffix or an exponent.
func isQuantity(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	rest := strings.TrimLeft(s, "0123456789")
	digits := len(s) - len(rest)
	if after, ok := strings.CutPrefix(rest, "."); ok {
		rest = strings.TrimLeft(after, "0123456789")
		digits += len(after) - len(rest)
	}
	if digits == 0 {
		return false
	}
	switch rest {
	case "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei":
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	_, err := strconv.ParseInt(rest[1:], 10, 32)
	return err == nil
}

// describe names a scalar and its text.
func describe(raw jsontext.Value) string {
	text := string(raw)
	if raw.Kind() == '"' {
		if s, err := unquote(raw); err == nil {
			text = quote(string(s))
		}
	} else if len(text) > longest {
		text = text[:longest] + "…"
	}
	if raw.Kind() == 'n' {
		return text
	}
	return kindWord(raw.Kind()) + " " + text
}

// longest is how many bytes of a value a message quotes.
const longest = 48

// quote quotes s, shortened when it is long.
func quote(s string) string {
	if len(s) > longest {
		return strconv.Quote(strings.ToValidUTF8(s[:longest], "")) + "…"
	}
	return strconv.Quote(s)
}

// most is how many values of an enumeration a message lists.
const most = 12

// listWords joins words as "a, b or c"; an empty word is shown as "".
func listWords(words []string) string {
	if rest := len(words) - most; rest > 1 {
		words = append(slices.Clone(words[:most]), fmt.Sprintf("one of %d others", rest))
	}
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = w
		if w == "" {
			shown[i] = `""`
		}
	}
	last := len(shown) - 1
	if last == 0 {
		return shown[0]
	}
	return strings.Join(shown[:last], ", ") + " or " + shown[last]
}
