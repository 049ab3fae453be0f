package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// entry is an object whose name is not settled yet.
type entry struct {
	ref     source.Ref
	version string
	json    []byte // nil when the object is only counted
	place   *place // of its fields; nil when the object is only counted
	file    *file
	first   int    // its first line
	sum     uint64 // of the JSON of an object that is only counted

	bare        bool // neither apiVersion nor kind: its List says them
	generated   bool // the name is made from generateName
	fromCluster bool
}

func (e *entry) pos() source.Pos { return source.Pos{File: e.file.name, Line: e.first} }

// definition is what a CustomResourceDefinition says of its kind.
type definition struct {
	kind    source.Kind
	cluster bool
}

// found is what texts hold.
type found struct {
	objects  []entry
	problems problemList
	skipped  []Skipped
	defines  []definition
}

// result is what became of one chunk.
type result struct {
	found
	seq     int
	chunk   *chunk    // without its text
	broken  bool      // the text is not YAML or JSON, or beyond a bound
	id      *identity // of an envelope
	located int       // positions computed exactly, see decoder.locate
	twice   bool      // "items" appears twice at the top level
	lone    bool      // of an envelope: it names its items once, and they were taken out
}

// decoder turns chunks into results. It is safe for concurrent use.
type decoder struct {
	opts  Options
	keep  map[source.Kind]bool // nil keeps all
	seed  maphash.Seed
	texts *texts
	bufs  *buffers
	full  atomic.Bool // more problems than can be kept were found in what has been assembled
}

// decode decodes one chunk and gives its text back.
//
// Chunks behind those in which more problems were found than can be kept only count theirs. So
// what is kept does not depend on when a worker gets to know of it.
func (d *decoder) decode(seq int, c *chunk) *result {
	r := &result{seq: seq, chunk: c, id: &identity{}}
	if !d.full.Load() && (c.list == nil || c.part == envelope || !c.list.full.Load()) {
		r.problems.most = d.opts.MaxProblems
	}
	if json, ok := d.toJSON(r, c); ok {
		d.judge(r, c, json)
	}
	if r.problems.more > 0 { // wherever in the chunk they are, also when some were kept
		r.problems.next = source.Pos{File: c.file.name, Line: c.first}
	}
	d.bufs.put(c.text)
	c.text = nil
	return r
}

// toJSON converts the text of a chunk. When it can't, it says why in r.
func (d *decoder) toJSON(r *result, c *chunk) ([]byte, bool) {
	if c.cut {
		r.broken = true
		d.problem(r, source.ProblemLimit, source.Pos{File: c.file.name, Line: c.first},
			fmt.Sprintf("document exceeds %d bytes", d.opts.MaxDocumentBytes))
		return nil, false
	}
	text, convert := c.text, yamldoc.ToJSON
	if c.json {
		if c.depth <= d.opts.MaxDepth && len(c.text)/2 < d.opts.MaxNodes && jsontext.Value(c.text).IsValid() {
			return c.text, true
		}
		if c.part == envelope {
			return d.envelopeJSON(r, c)
		}
		again, err := c.file.region(c.off, c.size)
		if err != nil {
			d.problem(r, source.ProblemUnreadable, c.at(1, 0), cause(c.file.name, err))
			return nil, false
		}
		text = again
		if c.part == item {
			convert = yamldoc.CompactJSON // a whole value may be YAML in flow style
		}
	}
	json, dups, err := convert(text, d.opts.limits())
	if err != nil {
		d.refuse(r, c, text, err)
		return nil, false
	}
	for _, dup := range dups {
		r.repeated(c.at(dup.Line, dup.Col), dup.Path)
	}
	return json, true
}

// refuse reports a text that could not be converted.
func (d *decoder) refuse(r *result, c *chunk, text []byte, err error) {
	r.broken = true
	var limit *yamldoc.LimitError
	var syntax *yamldoc.SyntaxError
	switch at := templateOffset(text); {
	case brokenRecord(text):
		r.skip(source.Pos{File: c.file.name, Line: c.first}, ReasonRecord, recordDetail)
	case errors.As(err, &limit):
		d.problem(r, source.ProblemLimit, c.at(limit.Line, limit.Col), limit.Message())
	case errors.As(err, &syntax) && at >= 0:
		line := 1 + bytes.Count(text[:at], []byte{'\n'})
		r.skip(c.at(line, 0), ReasonTemplate,
			fmt.Sprintf("not YAML before it is rendered: line %d: %s", c.line+syntax.Line-1, syntax.Message))
	case syntax != nil:
		d.problem(r, source.ProblemSyntax, c.at(syntax.Line, syntax.Col), syntax.Message)
	default:
		d.problem(r, source.ProblemSyntax, c.at(1, 0), err.Error())
	}
}

func (d *decoder) problem(r *result, code source.ProblemCode, pos source.Pos, message string) {
	r.problems.add(source.Problem{Code: code, Pos: pos, Message: message})
}

// repeated reports a key that a mapping holds twice.
func (r *result) repeated(pos source.Pos, path string) {
	r.twice = r.twice || path == "items"
	r.problems.add(source.Problem{
		Code: source.ProblemDuplicate, Pos: pos, Field: path,
		Message: "key appears twice; the later value counts",
	})
}

func (r *result) skip(pos source.Pos, reason Reason, detail string) {
	r.skipped = append(r.skipped, Skipped{pos, reason, detail})
}

// judge says what the JSON of a chunk is.
func (d *decoder) judge(r *result, c *chunk, json []byte) {
	switch {
	case c.part == envelope:
		id := identify(json)
		id.items = bytes.Clone(id.items)
		r.id = &id
		r.lone = !r.twice && (string(id.items) == "[]" || string(id.items) == "null")
	case c.part == item && !c.json:
		for i, v := range elements(json) { // one: the text is a sequence with a single item
			d.value(r, v, &place{region: c.region, first: c.first, prefix: "[" + strconv.Itoa(i) + "]"}, nil)
		}
	default:
		d.value(r, json, &place{region: c.region, first: c.first}, nil)
	}
}

// value says what one value is: an object, a List, or nothing of Kubernetes. parent is the List
// around it when the List was read whole.
func (d *decoder) value(r *result, json []byte, p *place, parent *identity) {
	where := onItsOwn
	switch {
	case parent != nil:
		where = inList
	case r.chunk.part == item:
		where = inOpenList
	}
	pos := source.Pos{File: p.file.name, Line: p.first}
	switch {
	case json[0] != '{' && where != onItsOwn:
		d.problem(r, source.ProblemNotObject, pos, "list item is "+typeOf(json)+", not an object")
		return
	case json[0] == 'n':
		r.skip(pos, ReasonEmpty, "the document is null")
		return
	case json[0] != '{':
		r.skip(pos, ReasonNotKubernetes, "the document is "+typeOf(json))
		return
	}
	id := identify(json)
	if id.isList() {
		d.list(r, p, &id)
		return
	}
	if parent != nil && id.apiVersion == "" && id.kind == "" {
		id.inherit(parent)
	}
	d.object(r, json, p, id, where)
}

// setting is where an object stands.
type setting uint8

const (
	onItsOwn   setting = iota
	inOpenList         // whose kind is not known yet: it may come behind the items
	inList             // whose kind is known, and given to the object when it has none
)

// inherit takes the kind of an item that does not say it from its List, as the API server's own
// answers do.
func (id *identity) inherit(parent *identity) {
	if kind := parent.kind[:len(parent.kind)-len("List")]; kind != "" {
		id.kind, id.apiVersion = kind, parent.apiVersion
	}
}

// list takes the items of a List that is inside one chunk.
func (d *decoder) list(r *result, p *place, id *identity) {
	at := source.Key(p.prefix, "items")
	var lines []int
	if text, err := p.file.region(p.off, p.size); err == nil {
		lines = yamldoc.Lines(text, at)
	}
	n := 0
	for i, v := range elements(id.items) {
		n++
		sub := &place{region: p.region, first: p.first, prefix: source.Index(at, i)}
		if i < len(lines) {
			sub.first = p.line + lines[i] - 1
		}
		d.value(r, v, sub, id)
	}
	if n == 0 {
		r.skip(source.Pos{File: p.file.name, Line: p.first}, ReasonEmpty, id.kind+" without items")
	}
}

// object takes one object.
func (d *decoder) object(r *result, json []byte, p *place, id identity, where setting) {
	p.value, p.texts = json, d.texts
	defer func() {
		if len(r.objects) == 0 || r.objects[len(r.objects)-1].place != p {
			p.value = nil // nobody keeps the place
		}
	}()
	if r.skipRecord(p, &id, where) || d.strange(r, p, &id, where) {
		return
	}
	ref, version := id.ref()
	if path, text, ok := placeholder(ref.Kind, json); ok {
		r.skip(d.locate(r, p, path), ReasonTemplate, fmt.Sprintf("%s is not final: %s", path, shorten(text)))
		return
	}
	e := entry{
		ref: ref, version: version, file: p.file, first: p.first,
		bare: id.kind == "", generated: id.name == "", fromCluster: id.fromCluster,
	}
	if e.generated {
		e.ref.Name = id.generateName + "*"
	}
	if ref.Kind == crdKind {
		if kind, cluster, ok := definedScope(json); ok {
			r.defines = append(r.defines, definition{kind, cluster})
		}
	}
	if d.keep == nil || d.keep[ref.Kind] || e.bare {
		e.json, e.place = bytes.Clone(json), p
		p.value = e.json
	} else {
		e.sum = maphash.Bytes(d.seed, json)
	}
	r.objects = append(r.objects, e)
}

// strange reports what lacks the marks of an object, and says whether it does.
func (d *decoder) strange(r *result, p *place, id *identity, where setting) bool {
	pos := source.Pos{File: p.file.name, Line: p.first}
	named := id.name != "" || id.generateName != ""
	switch {
	case id.apiVersion == "" && id.kind == "" && !id.mistyped("apiVersion", "kind"):
		if where == inOpenList && named && len(id.wrong) == 0 {
			return false // its List may say the kind
		}
		d.bare(r, pos, where)
	case len(id.wrong) > 0:
		d.wrong(r, p, id)
	case id.kind == "" || id.apiVersion == "":
		d.half(r, pos, id)
	case clientSide(id):
		r.skip(pos, clientReason(id), id.apiVersion+" "+id.kind+" is read by a tool, not by the API server")
	case !named:
		d.problem(r, source.ProblemNotObject, pos, id.kind+" has no metadata.name")
	default:
		return false
	}
	return true
}

// mistyped reports whether one of the fields is there, but not a string.
func (id *identity) mistyped(paths ...string) bool {
	return slices.ContainsFunc(id.wrong, func(w wrongField) bool { return slices.Contains(paths, w.path) })
}

// locate is the place of a field of an object. Each costs a pass over the whole text of the chunk:
// of the many objects of a List that was read whole, only the first few are worth it.
func (d *decoder) locate(r *result, p *place, field string) source.Pos {
	const most = 20
	if r.located++; r.located > most {
		return source.Pos{File: p.file.name, Line: p.first}
	}
	return p.Locate(field)
}

// wrong reports fields of another type.
func (d *decoder) wrong(r *result, p *place, id *identity) {
	for _, w := range id.wrong {
		if !r.problems.room() {
			r.problems.count(1, source.Pos{})
			continue
		}
		r.problems.add(source.Problem{
			Code: source.ProblemWrongType, Pos: d.locate(r, p, w.path), Field: w.path,
			Message: "must be " + w.want + ", not " + w.got,
		})
	}
}

// bare reports a document with neither apiVersion nor kind.
func (d *decoder) bare(r *result, pos source.Pos, where setting) {
	if where == onItsOwn {
		r.skip(pos, ReasonNotKubernetes, "no apiVersion and kind")
		return
	}
	d.problem(r, source.ProblemNotObject, pos, "list item has no apiVersion and kind")
}

// half reports a document with only one of apiVersion and kind.
func (d *decoder) half(r *result, pos source.Pos, id *identity) {
	have, lack := "kind "+id.kind, "apiVersion"
	if id.kind == "" {
		have, lack = "apiVersion "+id.apiVersion, "kind"
	}
	if !id.metadata {
		r.skip(pos, ReasonNotKubernetes, have+" without "+lack)
		return
	}
	d.problem(r, source.ProblemNotObject, pos, have+" without "+lack)
}

// shorten cuts a text for a message.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
