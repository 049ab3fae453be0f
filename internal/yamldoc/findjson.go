package yamldoc

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// jsonText finds paths in a text that begins with a valid JSON object or array. It remembers what
// it saw on the way, and must not be used concurrently.
type jsonText struct {
	doc  []byte
	root jsonValue
	seen map[int]jsonChildren // by the offset of the object or array
}

// jsonValue is a value doc[start:end]. mark is the offset of its name, or of the value itself where
// it has none.
type jsonValue struct{ mark, start, end int }

// jsonChildren are the values of an object or an array, in the order of the text.
type jsonChildren struct {
	list  []jsonValue
	names map[string]int // of an object's values, the last one where a name is repeated
}

// readJSON reads doc, so that text that is not JSON is told from JSON.
func readJSON(doc []byte) (t *jsonText, ok bool) {
	if !looksLikeJSON(doc) {
		return nil, false
	}
	dec := newDecoder(doc)
	whole, err := dec.ReadValue()
	if err != nil {
		return nil, false
	}
	end := int(dec.InputOffset())
	start := end - len(whole)
	return &jsonText{doc: doc, root: jsonValue{start, start, end}, seen: map[int]jsonChildren{}}, true
}

// walk follows a path as far as it exists; exact reports whether it exists whole.
func (t *jsonText) walk(elems []source.Elem) (v jsonValue, exact bool) {
	v = t.root
	for _, e := range elems {
		children := t.children(v)
		i := e.Index
		if i < 0 {
			named, ok := children.names[e.Name]
			if !ok {
				return v, false
			}
			i = named
		} else if children.names != nil || i >= len(children.list) {
			return v, false
		}
		v = children.list[i]
	}
	return v, true
}

// children lists what an object or array holds; nothing for other values.
func (t *jsonText) children(v jsonValue) jsonChildren {
	if c, ok := t.seen[v.start]; ok {
		return c
	}
	c := t.read(v)
	t.seen[v.start] = c
	return c
}

func (t *jsonText) read(v jsonValue) jsonChildren {
	var c jsonChildren
	dec := newDecoder(t.doc[v.start:v.end])
	open, err := dec.ReadToken()
	if err != nil || open.Kind() != '{' && open.Kind() != '[' {
		return c
	}
	if open.Kind() == '{' {
		c.names = map[string]int{}
	}
	for {
		mark := -1
		if c.names != nil {
			name, err := dec.ReadToken() // the closing brace, at the end
			if err != nil || name.Kind() != '"' {
				return c
			}
			mark = startOfString(t.doc, v.start+int(dec.InputOffset()))
			c.names[name.String()] = len(c.list)
		}
		value, err := dec.ReadValue() // fails at the closing bracket
		if err != nil {
			return c
		}
		end := v.start + int(dec.InputOffset())
		start := end - len(value)
		if mark < 0 {
			mark = start
		}
		c.list = append(c.list, jsonValue{mark, start, end})
	}
}

// found describes a value.
func (t *jsonText) found(v jsonValue) found {
	f := found{}
	f.line, f.col = lineCol(t.doc, v.mark)
	value := jsontext.Value(t.doc[v.start:v.end])
	switch value.Kind() {
	case '"':
		text, _ := jsontext.AppendUnquote(nil, value)
		f.scalar, f.text = true, string(text)
	case '{', '[', jsontext.KindInvalid:
	default:
		f.scalar, f.text, f.plain = true, string(value), true
	}
	return f
}
