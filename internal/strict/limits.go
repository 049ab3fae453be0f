package strict

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// Limits are what a custom resource definition asks of a value beyond its type. The zero Limits ask for
// nothing. A value that breaks one is a ProblemRejected: the API server refuses the whole object. Null is no
// value, as in Kubernetes.
type Limits struct {
	Required []string // members of an object that must be there
	OneOf    []string // members of an object of which one must be there, and no other

	MinLength, MaxLength int            // of a string, in characters; a maximum of 0 is none
	Pattern              *regexp.Regexp // of a string; nil for none

	MinItems, MaxItems int    // of a list; a maximum of 0 is none
	Key                string // of a list: the member by which its objects differ; empty for none
}

// With returns the Type of the values of t that keep to the limits. It leaves t as it is.
func (t *Type) With(l Limits) *Type {
	limited := *t
	limited.limits = &l
	return &limited
}

// WithMember returns an object like t whose member name has another Type, or which has one more member.
// It leaves t as it is.
func (t *Type) WithMember(name string, member *Type) *Type {
	fields := make(map[string]*field, len(t.fields)+1)
	for key, f := range t.fields {
		if key == f.name { // other names for a field are of protocol buffer messages
			fields[key] = &field{typ: f.typ, oneof: f.oneof}
		}
	}
	fields[name] = &field{typ: member}
	made := *t
	made.setFields(fields)
	return &made
}

// text says why the limits do not take a string; empty when they do.
func (l *Limits) text(raw jsontext.Value, label func() string) string {
	if l == nil || raw.Kind() != '"' {
		return ""
	}
	text, err := unquote(raw)
	if err != nil {
		return ""
	}
	n := utf8.RuneCount(text)
	switch {
	case n < l.MinLength && n == 0:
		return label() + " must not be empty"
	case n < l.MinLength:
		return fmt.Sprintf("%s has %d characters, and must have %d", label(), n, l.MinLength)
	case l.MaxLength > 0 && n > l.MaxLength:
		return fmt.Sprintf("%s has %d characters, and may have %d", label(), n, l.MaxLength)
	case l.Pattern != nil && !l.Pattern.Match(text):
		return fmt.Sprintf("%s %s does not have the form %s", label(), quote(string(text)), l.Pattern)
	default:
		return ""
	}
}

// count says why the limits do not take a list of n entries; empty when they do.
func (l *Limits) count(n int) string {
	switch {
	case l == nil:
		return ""
	case n < l.MinItems && n == 0:
		return "there must be an entry"
	case n < l.MinItems:
		return fmt.Sprintf("there are %d entries, and must be %d", n, l.MinItems)
	case l.MaxItems > 0 && n > l.MaxItems:
		return fmt.Sprintf("there are %d entries, and may be %d", n, l.MaxItems)
	default:
		return ""
	}
}

// members checks which members an object has that are not null.
func (c *checker) members(l *Limits, present []string) {
	if l == nil {
		return
	}
	for _, name := range l.Required {
		if !slices.Contains(present, name) {
			c.report(source.ProblemRejected, name+" is required")
		}
	}
	if len(l.OneOf) == 0 {
		return
	}
	var met []string
	for _, name := range l.OneOf {
		if slices.Contains(present, name) {
			met = append(met, name)
		}
	}
	switch len(met) {
	case 0:
		c.report(source.ProblemRejected, "one of "+strings.Join(l.OneOf, " and ")+" is required")
	case 1:
	default:
		c.report(source.ProblemRejected, strings.Join(met, " and ")+" exclude each other")
	}
}

// distinct checks that the objects of a list differ in their key. The API server fills in defaults before it
// compares; no key that is checked here has one.
func (c *checker) distinct(l *Limits, list jsontext.Value) {
	if l == nil || l.Key == "" {
		return
	}
	var entries []map[string]jsontext.Value
	if json.Unmarshal(list, &entries, jsontext.AllowDuplicateNames(true)) != nil {
		return // the walk has said why
	}
	first := map[string]int{}
	for i, entry := range entries {
		key, ok := entry[l.Key]
		if !ok {
			continue
		}
		text := string(key)
		if key.Kind() == '"' {
			word, err := unquote(key)
			if err != nil {
				continue
			}
			text = strconv.Quote(string(word))
		}
		if at, ok := first[text]; ok {
			c.path = append(c.path, step{index: i}, step{name: []byte(l.Key)})
			c.report(source.ProblemRejected, fmt.Sprintf("%s is the %s of entry %d, too", text, l.Key, at))
			c.path = c.path[:len(c.path)-2]
			continue
		}
		first[text] = i
	}
}
