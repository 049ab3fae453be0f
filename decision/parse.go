package decision

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// APIVersion is the version of the record's format that this package reads.
const APIVersion = "meshposture.dev/v1alpha1"

// Kinds of documents.
const (
	KindDecision = "MeshDecision"
	KindRegister = "ExclusionRegister"
)

// Bounds of what is read. Beyond them is R-03.
const (
	MaxFileBytes = 4 << 20 // of a file
	maxDocuments = 500     // of a file
	maxDepth     = 100     // lists and mappings inside each other
	maxValues    = 500_000 // of a document, aliases counted where they are used
	maxIssues    = 200     // of a document; the rest is counted
)

// Parse reads the documents of one file. The name is what positions call it. What cannot be read
// is left out and reported; the issues are ordered by position. The set is never nil.
func Parse(name string, data []byte) (*Set, []Issue) {
	set := new(Set)
	atStart := source.Pos{File: name, Line: 1, Col: 1}
	switch {
	case len(data) > MaxFileBytes:
		return set, []Issue{reading(CodeLimit, atStart, fmt.Sprintf("file is longer than %d bytes", MaxFileBytes))}
	case bytes.IndexByte(data, 0) >= 0:
		return set, []Issue{reading(CodeSyntax, atStart, "not a text file: it holds a zero byte")}
	}
	docs := split(name, data)
	if len(docs) == 0 {
		return set, []Issue{reading(CodeNoRecord, atStart, "file holds no document")}
	}
	var issues []Issue
	if len(docs) > maxDocuments {
		issues = append(issues, reading(CodeLimit, docs[maxDocuments].pos(1, 1),
			fmt.Sprintf("file holds %d documents: only the first %d were read", len(docs), maxDocuments)))
		docs = docs[:maxDocuments]
	}
	for _, doc := range docs {
		r := reader{doc: doc}
		if p, ok := r.read(); ok {
			set.docs = append(set.docs, p)
		}
		issues = append(issues, r.sorted()...)
	}
	slices.SortStableFunc(issues, Issue.Compare)
	return set, issues
}

// reading makes an issue of the reader, all of which are errors.
func reading(code Code, pos source.Pos, message string) Issue {
	return Issue{Code: code, Severity: Error, Pos: pos, Message: message}
}

// reader reads one document.
type reader struct {
	doc    *document
	issues []Issue
	more   int      // issues beyond the bound
	paths  []string // of everything that was left out
}

// report adds an issue at a field.
func (r *reader) report(code Code, field, message string) {
	r.paths = append(r.paths, field)
	if len(r.issues) >= maxIssues {
		r.more++
		return
	}
	r.issues = append(r.issues, Issue{Code: code, Severity: Error, Field: field, Message: message})
}

// sorted gives the issues their positions and returns them in order.
func (r *reader) sorted() []Issue {
	for i := range r.issues {
		if r.issues[i].Pos.IsZero() {
			r.issues[i].Pos = r.doc.Locate(r.issues[i].Field)
		}
	}
	if r.more > 0 {
		r.issues = append(r.issues, reading(CodeLimit, r.doc.pos(1, 1),
			fmt.Sprintf("%d further issues of this document are not shown", r.more)))
	}
	slices.SortFunc(r.issues, Issue.Compare)
	return r.issues
}

// read reads the document; false when nothing of it can be used.
func (r *reader) read() (parsed, bool) {
	data, dups, err := yamldoc.ToJSON(r.doc.text, yamldoc.Limits{MaxDepth: maxDepth, MaxNodes: maxValues})
	if err != nil {
		r.unreadable(err)
		return parsed{}, false
	}
	kind, ok := r.kind(data)
	if !ok {
		return parsed{}, false
	}
	r.duplicates(dups)
	switch kind {
	case KindDecision:
		d := new(Decision)
		ok = r.into(data, d, decisionType())
		for _, e := range d.Exclusions {
			e.scope = d.Scope
		}
		return parsed{decision: d}, ok
	default:
		g := new(Register)
		ok = r.into(data, g, registerType())
		for _, e := range g.Exclusions {
			e.scope = g.Scope
		}
		return parsed{register: g}, ok
	}
}

func (r *reader) unreadable(err error) {
	var syntax *yamldoc.SyntaxError
	var limit *yamldoc.LimitError
	switch {
	case errors.As(err, &syntax):
		r.issues = append(r.issues, reading(CodeSyntax, r.doc.within(syntax.Line, syntax.Col), syntax.Message))
	case errors.As(err, &limit):
		r.issues = append(r.issues, reading(CodeLimit, r.doc.pos(limit.Line, limit.Col), limit.Message()))
	default:
		r.issues = append(r.issues, reading(CodeSyntax, r.doc.pos(1, 1), err.Error()))
	}
}

func (r *reader) duplicates(dups []yamldoc.Issue) {
	for _, dup := range dups {
		r.report(CodeUnknownField, dup.Path, "field is given twice; the later one was read")
		if r.more == 0 {
			r.issues[len(r.issues)-1].Pos = r.doc.pos(dup.Line, dup.Col)
		}
	}
}

// kind is what document this is, and whether it is one that can be read.
func (r *reader) kind(data []byte) (string, bool) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if data[0] != '{' {
		r.report(CodeNoRecord, "", "not a record: a record is a mapping that begins with apiVersion and kind")
		return "", false
	}
	if _, err := decode(data, &head); err != nil {
		r.report(CodeSyntax, "", err.Error())
		return "", false
	}
	switch {
	case head.APIVersion == "" || head.Kind == "":
		r.report(CodeNoRecord, "", fmt.Sprintf("not a record: want apiVersion %q and a kind, both as text", APIVersion))
	case !strings.HasPrefix(head.APIVersion, "meshposture.dev/"):
		r.report(CodeNoRecord, "apiVersion", fmt.Sprintf("not a record but %s of %s: want apiVersion %q",
			shorten(head.Kind), strconv.Quote(shorten(head.APIVersion)), APIVersion))
	case head.APIVersion != APIVersion:
		r.report(CodeUnsupported, "apiVersion", fmt.Sprintf("version %s is not supported: want %q",
			strconv.Quote(shorten(head.APIVersion)), APIVersion))
	case head.Kind == "FactLog" || head.Kind == "Attestation":
		r.report(CodeUnsupported, "kind", "kind "+head.Kind+" is not yet supported: the document was not read")
	case head.Kind != KindDecision && head.Kind != KindRegister:
		var kind kindWord
		r.report(CodeUnsupported, "kind", kind.UnmarshalText([]byte(head.Kind)).Error())
	default:
		return head.Kind, true
	}
	return "", false
}

// kindWord exists for its message.
type kindWord string

func (k *kindWord) UnmarshalText(text []byte) error {
	return readWord(k, "kind", text, KindDecision, KindRegister)
}

var (
	decisionType = sync.OnceValue(func() *strict.Type { return strict.Of(reflect.TypeFor[Decision]()) })
	registerType = sync.OnceValue(func() *strict.Type { return strict.Of(reflect.TypeFor[Register]()) })
)

// into decodes the document into v, which points to a struct, and reports what was left out.
func (r *reader) into(data []byte, v any, schema *strict.Type) bool {
	faults, err := decode(data, v)
	if err != nil {
		r.report(CodeWrongType, "", err.Error())
		return false
	}
	told := map[string]bool{}
	r.doc.lost = map[string]bool{}
	for i, f := range faults {
		r.doc.lost[f.path] = true
		if f.code == CodeNotText {
			faults[i].code, faults[i].message = r.notText(f.path)
		}
		if f = faults[i]; f.message != "" {
			told[f.path] = true
			r.report(f.code, f.path, f.message)
		}
	}
	for _, violation := range strict.Check(schema, data) {
		if violation.Code == source.ProblemLimit {
			r.doc.doubtful = true
		}
		if !told[violation.Path] {
			told[violation.Path] = true
			r.report(codeOf(violation.Code), violation.Path, violation.Message)
		}
	}
	for _, f := range faults { // nothing is left out in silence
		if !told[f.path] {
			r.report(f.code, f.path, "value is not taken by its field")
		}
	}
	r.doc.faulty = ancestors(r.paths)
	settle(reflect.ValueOf(v).Elem(), r.doc, Place{in: r.doc})
	return true
}

// notText says how to write a scalar that YAML takes for something else than text. Lists and
// mappings are left to the schema check.
func (r *reader) notText(path string) (Code, string) {
	text, plain, ok := yamldoc.Scalar(r.doc.text, path)
	if !ok || !plain {
		return CodeWrongType, ""
	}
	return CodeNotText, fmt.Sprintf("%s is read as a number or a boolean where text is needed: write it quoted: %s",
		shorten(text), strconv.Quote(shorten(text)))
}

func codeOf(code source.ProblemCode) Code {
	switch code {
	case source.ProblemUnknownField, source.ProblemDuplicate:
		return CodeUnknownField
	case source.ProblemBadValue:
		return CodeBadValue
	case source.ProblemLimit:
		return CodeLimit
	case source.ProblemSyntax:
		return CodeSyntax
	default:
		return CodeWrongType
	}
}
