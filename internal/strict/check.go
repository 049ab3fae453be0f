package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// maxDepth is how deep values may be nested. No Kubernetes kind comes near it, save the schema
// of a custom resource definition, which is free form to us.
const maxDepth = 500

// Violation is one thing that a schema does not take.
type Violation struct {
	Path    string             // of the field, in the syntax of source.Loc.Field; empty for the whole
	Code    source.ProblemCode // ProblemUnknownField, ProblemWrongType, ProblemBadValue, …
	Message string             // lower case, without path and position
}

// String returns "path: code: message".
func (v Violation) String() string {
	if v.Path == "" {
		return string(v.Code) + ": " + v.Message
	}
	return v.Path + ": " + string(v.Code) + ": " + v.Message
}

// Check returns everything in json that t does not take, in the order of the text; nil when t
// takes it all. A nil t takes every JSON value.
//
// After 100 violations the rest is only counted: the result then ends with a ProblemLimit for the
// whole that says how many there are.
//
// Null is taken everywhere and means "not set", as in Kubernetes; only an entry of a list of a
// custom resource may not be null. What stands below an unknown field is not looked at. Where
// json is not valid JSON the result has one ProblemSyntax. Check never changes json, and
// is safe for concurrent use.
func Check(t *Type, json []byte) []Violation {
	if t == nil {
		t = Any()
	}
	c := checker{
		in:  json,
		dec: jsontext.NewDecoder(bytes.NewBuffer(json), jsontext.AllowDuplicateNames(true)),
	}
	if err := c.whole(t); err != nil {
		c.path = c.path[:min(len(c.path), maxDepth)]
		c.add(source.ProblemSyntax, syntaxMessage(err))
	}
	if c.more > 0 {
		c.path = nil
		c.add(source.ProblemLimit, fmt.Sprintf("%d more problems in this object are not listed", c.more))
	}
	return c.found
}

func syntaxMessage(err error) string {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic) && syntactic.Err != nil:
		return "not valid JSON: " + strings.TrimPrefix(syntactic.Err.Error(), "jsontext: ")
	case errors.Is(err, io.EOF):
		return "not valid JSON: no value"
	default:
		return "not valid JSON: " + strings.TrimPrefix(err.Error(), "jsontext: ")
	}
}

// checker walks one JSON text beside its Type.
type checker struct {
	in    []byte
	dec   *jsontext.Decoder
	path  []step
	words []uint64 // sets of fields already met, one per open object, as a stack
	keys  [][]byte // names already met in open maps, as a stack
	found []Violation
	more  int // violations beyond maxFound
}

// step is one element of the path to the value at hand.
type step struct {
	name  []byte // unquoted; nil for a list entry
	index int    // of a list entry
}

// whole checks the one value that the text must be.
func (c *checker) whole(t *Type) error {
	if err := c.value(t); err != nil {
		return err
	}
	_, err := c.dec.ReadToken()
	switch {
	case err == nil:
		return errors.New("more than one value")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// value checks the next value against t.
func (c *checker) value(t *Type) error {
	next := c.dec.PeekKind()
	if next != '{' && next != '[' {
		raw, err := c.dec.ReadValue()
		if err != nil {
			return err
		}
		if code, msg := t.refuse(raw, c.label); code != "" {
			c.report(code, msg)
		} else if msg := t.limits.text(raw, c.label); msg != "" {
			c.report(source.ProblemRejected, msg)
		}
		return nil
	}
	if len(c.path) >= maxDepth {
		c.report(source.ProblemLimit, fmt.Sprintf("nested deeper than %d", maxDepth))
		return c.dec.SkipValue()
	}
	if !t.takes(next) {
		c.report(source.ProblemWrongType, kindWord(next)+" where "+t.need()+" is needed")
		return c.dec.SkipValue()
	}
	switch {
	case t.kind == kindOpaque:
		return c.dec.SkipValue()
	case next == '[':
		return c.list(t)
	case t.kind == kindObject:
		return c.object(t)
	default:
		return c.mapping(t)
	}
}

// list checks the entries of the list that comes next.
func (c *checker) list(t *Type) error {
	if _, err := c.dec.ReadToken(); err != nil {
		return err
	}
	start := c.dec.InputOffset() - 1
	elem := t
	if t.kind == kindList {
		elem = t.elem
	}
	c.path = append(c.path, step{})
	i := 0
	for ; c.dec.PeekKind() != ']'; i++ {
		c.path[len(c.path)-1].index = i
		if t.noNull && c.dec.PeekKind() == 'n' {
			c.report(source.ProblemWrongType, "null where "+elem.need()+" is needed")
		}
		if err := c.value(elem); err != nil {
			return err
		}
	}
	c.path = c.path[:len(c.path)-1]
	if msg := t.limits.count(i); msg != "" {
		c.report(source.ProblemRejected, msg)
	}
	_, err := c.dec.ReadToken()
	c.distinct(t.limits, c.in[start:c.dec.InputOffset()])
	return err
}

// mapping checks the members of the object that comes next, whose names are free.
func (c *checker) mapping(t *Type) error {
	if _, err := c.dec.ReadToken(); err != nil {
		return err
	}
	elem := t
	if t.kind == kindMap {
		elem = t.elem
	}
	c.path = append(c.path, step{})
	base := len(c.keys)
	var many map[string]bool
	for c.dec.PeekKind() != '}' {
		name, err := c.name()
		if err != nil {
			return err
		}
		c.path[len(c.path)-1].name = name
		if c.metBefore(base, &many, name) {
			c.duplicate(name)
		}
		if msg := t.refuseKey(name); msg != "" {
			c.report(source.ProblemBadValue, msg)
		}
		if err := c.value(elem); err != nil {
			return err
		}
	}
	c.keys = c.keys[:base]
	c.path = c.path[:len(c.path)-1]
	_, err := c.dec.ReadToken()
	return err
}

// few is how many names of a map are compared one by one; a longer one is hashed.
const few = 16

// metBefore reports whether name is among the names met since base, and adds it.
func (c *checker) metBefore(base int, many *map[string]bool, name []byte) bool {
	if *many == nil {
		for _, key := range c.keys[base:] {
			if bytes.Equal(key, name) {
				return true
			}
		}
		c.keys = append(c.keys, name)
		if len(c.keys)-base > few {
			*many = make(map[string]bool, 4*few)
			for _, key := range c.keys[base:] {
				(*many)[string(key)] = true
			}
		}
		return false
	}
	if (*many)[string(name)] {
		return true
	}
	(*many)[string(name)] = true
	return false
}

// object checks the members of the object that comes next against the fields of t.
func (c *checker) object(t *Type) error {
	if _, err := c.dec.ReadToken(); err != nil {
		return err
	}
	c.path = append(c.path, step{})
	base := len(c.words)
	for range (len(t.names) + 63) / 64 {
		c.words = append(c.words, 0)
	}
	var chosen map[int]string // by oneof: the member that is set
	var present []string      // members that are not null, where limits ask for them
	for c.dec.PeekKind() != '}' {
		name, err := c.name()
		if err != nil {
			return err
		}
		c.path[len(c.path)-1].name = name
		f := t.fields[string(name)]
		if f == nil {
			if err := c.unknown(t, name); err != nil {
				return err
			}
			continue
		}
		word, bit := &c.words[base+f.index/64], uint64(1)<<(f.index%64)
		if *word&bit != 0 {
			c.duplicate(name)
		} else if f.oneof != 0 && c.dec.PeekKind() != 'n' {
			chosen = c.choose(chosen, f.oneof, string(name))
		}
		*word |= bit
		if t.limits != nil && c.dec.PeekKind() != 'n' {
			present = append(present, f.name)
		}
		if err := c.value(f.typ); err != nil {
			return err
		}
	}
	c.words = c.words[:base]
	c.path = c.path[:len(c.path)-1]
	c.members(t.limits, present)
	_, err := c.dec.ReadToken()
	return err
}

// choose notes that name is the member set of the oneof, or reports that another one is.
func (c *checker) choose(chosen map[int]string, oneof int, name string) map[int]string {
	if chosen == nil {
		chosen = map[int]string{}
	}
	if other, ok := chosen[oneof]; ok {
		c.report(source.ProblemRejected, fmt.Sprintf("%s and %s exclude each other", other, name))
	} else {
		chosen[oneof] = name
	}
	return chosen
}

// unknown reports a member that t does not have, unless t is open, and passes over its value.
func (c *checker) unknown(t *Type, name []byte) error {
	switch {
	case t.open:
		return c.dec.SkipValue()
	case len(c.found) >= maxFound: // before a name is looked for that nobody will read
		c.more++
		return c.dec.SkipValue()
	}
	msg := "unknown field " + quote(string(name))
	if near := t.near(string(name)); near != "" {
		msg += " (did you mean " + strconv.Quote(near) + "?)"
	}
	c.report(source.ProblemUnknownField, msg)
	return c.dec.SkipValue()
}

func (c *checker) duplicate(name []byte) {
	c.report(source.ProblemDuplicate, "duplicate key "+quote(string(name))+"; the later one counts")
}

// name reads the name of the next member. The result stays valid.
func (c *checker) name() ([]byte, error) {
	raw, err := c.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	return unquote(raw)
}

// unquote returns the text of a JSON string; without escapes that is a part of raw itself.
// The decoder reads the caller's bytes in place, so such a part outlives the next read.
func unquote(raw jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}

// label is the name by which a message calls the value at hand.
func (c *checker) label() string {
	for i := len(c.path) - 1; i >= 0; i-- {
		if c.path[i].name != nil {
			return string(c.path[i].name)
		}
	}
	return "value"
}

// maxFound is how many violations of one text are listed. Each costs its readers a search for
// its line, and nobody reads more.
const maxFound = 100

// report adds a violation at the value at hand, or counts it.
func (c *checker) report(code source.ProblemCode, msg string) {
	if len(c.found) >= maxFound {
		c.more++
		return
	}
	c.add(code, msg)
}

// add adds a violation at the value at hand.
func (c *checker) add(code source.ProblemCode, msg string) {
	path := ""
	for _, s := range c.path {
		if s.name == nil {
			path = source.Index(path, s.index)
		} else {
			path = source.Key(path, string(s.name))
		}
	}
	c.found = append(c.found, Violation{Path: path, Code: code, Message: msg})
}
