package istio

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meshposture/meshposture/source"
)

// breach is a place in a resource that the API server refuses, and why.
type breach struct{ field, message string }

// limits are what a custom resource definition asks of a value beyond its type. The zero limits ask
// for nothing.
type limits struct {
	required             []string // members of an object that must be there
	minLength, maxLength int      // of a string, in characters; a maximum of 0 is none
	minEntries           int      // of a list or a map
	maxEntries           int      // 0 is none
	minimum, maximum     float64  // of a number; with a maximum below the minimum there is none
	pattern              string   // of a string
	key                  string   // member by which the objects of a list differ
	rules                []celRule
	since                int // the minor release of Istio whose definitions were the first to ask; 0 for 1.24 or before
	until                int // the first whose definitions no longer asked; 0 for none
}

// noMaximum is the maximum of numbers that have only a minimum, which is 0.
const noMaximum = -1

// definitions judge specs as the API server does by Istio's custom resource definitions.
type definitions struct {
	limits   map[string]limits
	rules    map[celRule]func(any) breach
	words    map[string]int // values of enumerations, with the release that brought them
	fields   map[string]int // fields, likewise
	patterns map[string]*regexp.Regexp
	shapes   map[protoreflect.FullName]*shape
	release  int
}

// newDefinitions are the definitions of a release of Istio 1, by its minor number.
func newDefinitions(release int) *definitions {
	return &definitions{
		limits: crdLimits(), rules: celChecks(), words: wordsSince(), fields: fieldsSince(),
		patterns: map[string]*regexp.Regexp{}, shapes: map[protoreflect.FullName]*shape{}, release: release,
	}
}

// shape is a message with the limits of all that it holds.
type shape struct {
	own    limits
	fields []shapeField // in the message's order
}

// shapeField is a field of a message: a list, a map, or a single value with the limits of elem.
type shapeField struct {
	name        string
	list, table bool
	own, elem   limits
	word        protoreflect.EnumDescriptor // nil when the value is no enumeration
	message     *shape                      // nil for scalars
}

// of returns the shape of a message, which is made on first sight.
func (d *definitions) of(md protoreflect.MessageDescriptor) *shape {
	if s := d.shapes[md.FullName()]; s != nil {
		return s
	}
	name := string(md.FullName())
	s := &shape{own: d.limit(name)}
	d.shapes[md.FullName()] = s // before its fields are looked at: they may lead back to md
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		at := name + "." + fd.JSONName()
		f := shapeField{name: fd.JSONName(), list: fd.IsList(), table: fd.IsMap(), own: d.limit(at), elem: d.limit(at + "[]")}
		value := fd
		if f.table {
			value = fd.MapValue()
		}
		if m := value.Message(); m != nil && m.ParentFile().Package() != "google.protobuf" {
			f.message = d.of(m)
		}
		f.word = value.Enum()
		s.fields = append(s.fields, f)
	}
	return s
}

// limit is what the definitions of the release ask of a value.
func (d *definitions) limit(at string) limits {
	l := d.limits[at]
	if l.since > d.release || l.until != 0 && l.until <= d.release {
		return limits{}
	}
	if l.pattern != "" && d.patterns[l.pattern] == nil {
		d.patterns[l.pattern] = regexp.MustCompile(l.pattern)
	}
	return l
}

// breaches are the places where a spec goes beyond the limits of its definition, in the order of the
// message's fields. Values of a wrong type are passed over: the strict reading reports them.
func (d *definitions) breaches(md protoreflect.MessageDescriptor, spec []byte) []breach {
	var v any
	if err := jsonv2.Unmarshal(spec, &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil // the strict reading has said so
	}
	w := schemaWalk{d: d}
	w.object(d.of(md), v, "spec")
	return w.found
}

// schemaWalk goes through one spec.
type schemaWalk struct {
	d     *definitions
	found []breach
}

func (w *schemaWalk) add(at, field, message string) {
	w.found = append(w.found, breach{source.Join(at, field), message})
}

// object judges a message. A member that is null is not there.
func (w *schemaWalk) object(s *shape, v any, at string) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	w.judge(s.own, v, at)
	for i := range s.fields {
		if v := m[s.fields[i].name]; v != nil {
			w.field(&s.fields[i], v, source.Key(at, s.fields[i].name))
		}
	}
}

func (w *schemaWalk) field(f *shapeField, v any, at string) {
	w.judge(f.own, v, at)
	switch entries := v.(type) {
	case []any:
		for i := 0; f.list && i < len(entries); i++ {
			w.single(f, entries[i], source.Index(at, i))
		}
	case map[string]any:
		if !f.table {
			w.single(f, v, at)
			return
		}
		for _, k := range slices.Sorted(maps.Keys(entries)) {
			w.single(f, entries[k], source.Key(at, k))
		}
	default:
		w.single(f, v, at)
	}
}

// single judges one value of a field.
func (w *schemaWalk) single(f *shapeField, v any, at string) {
	w.judge(f.elem, v, at)
	if f.message != nil {
		w.object(f.message, v, at)
	}
	word, ok := v.(string)
	if f.word == nil || !ok {
		return
	}
	if since := w.d.words[string(f.word.FullName())+"."+word]; since > w.d.release {
		w.add(at, "", fmt.Sprintf("the value %s exists since Istio 1.%d", word, since))
	}
}

// judge compares one value with its limits.
func (w *schemaWalk) judge(l limits, v any, at string) {
	switch v := v.(type) {
	case string:
		w.text(l, v, at)
	case float64:
		if l.minimum != l.maximum && (v < l.minimum || l.minimum < l.maximum && v > l.maximum) {
			w.add(at, "", l.interval())
		}
	case []any:
		w.count(l, len(v), at)
		w.distinct(l.key, v, at)
	case map[string]any:
		w.count(l, len(v), at)
		for _, name := range l.required {
			if v[name] == nil {
				w.add(at, name, name+" is required")
			}
		}
	default:
	}
	for _, r := range l.rules {
		if b := w.d.rules[r](v); b.message != "" {
			w.add(at, b.field, b.message)
		}
	}
}

// interval says which numbers are taken.
func (l limits) interval() string {
	if l.maximum < l.minimum {
		return fmt.Sprintf("the number must be %v or more", l.minimum)
	}
	return fmt.Sprintf("the number must lie between %v and %v", l.minimum, l.maximum)
}

func (w *schemaWalk) text(l limits, s, at string) {
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0 && l.minLength > 0:
		w.add(at, "", "the text must not be empty")
	case l.maxLength > 0 && n > l.maxLength:
		w.add(at, "", fmt.Sprintf("the text has %d characters, and may have %d", n, l.maxLength))
	case l.pattern != "" && !w.d.patterns[l.pattern].MatchString(s):
		w.add(at, "", "the text "+quoted(s)+" has not the form "+strings.Trim(l.pattern, "()"))
	default:
	}
}

func (w *schemaWalk) count(l limits, n int, at string) {
	switch {
	case n < l.minEntries:
		w.add(at, "", "there must be an entry")
	case l.maxEntries > 0 && n > l.maxEntries:
		w.add(at, "", fmt.Sprintf("there are %d entries, and may be %d", n, l.maxEntries))
	default:
	}
}

// distinct reports objects of a list that do not differ in the member key.
func (w *schemaWalk) distinct(key string, list []any, at string) {
	if key == "" {
		return
	}
	seen := map[any]int{}
	for i, entry := range list {
		m, _ := entry.(map[string]any)
		v := m[key]
		switch v.(type) {
		case string, float64:
		default:
			continue
		}
		if first, ok := seen[v]; ok {
			w.add(source.Index(at, i), key, fmt.Sprintf("%v is the %s of entry %d, too", v, key, first))
			continue
		}
		seen[v] = i
	}
}
