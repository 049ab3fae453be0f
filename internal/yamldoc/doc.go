// Package yamldoc turns one YAML or JSON document into compact JSON, and finds the place of a
// field in its text.
//
// Values are those that Kubernetes tooling would see (sigs.k8s.io/yaml v1.6.0, which resolves
// plain scalars by the YAML 1.1 rules of go.yaml.in/yaml/v2 v2.4.2), with one exception: a number
// that is valid JSON keeps its spelling, so that an unquoted version 1.30 stays 1.30.
//
// All functions are pure and safe for concurrent use; none keeps or changes its input.
package yamldoc

import (
	"bytes"
	"errors"
)

// Limits bounds one document; zero or negative fields mean the defaults.
type Limits struct {
	MaxDepth int // mappings and sequences inside each other, aliases followed; 200 by default
	MaxNodes int // scalars, mappings and sequences after alias expansion; 2,000,000 by default
}

func (l Limits) withDefaults() Limits {
	if l.MaxDepth <= 0 {
		l.MaxDepth = 200
	}
	if l.MaxNodes <= 0 {
		l.MaxNodes = 2_000_000
	}
	return l
}

// Issue is a key that appears twice in one mapping; the later value is the one that counts.
type Issue struct {
	Path      string // the field, as in source.Loc.Field
	Line, Col int    // of the later key; 1-based, Col in bytes
}

// ToJSON converts one document to compact JSON. An empty document gives null.
//
// Merge keys are honoured in the order of the text, as go.yaml.in/yaml/v2 does: a merge overrides
// keys before it and is overridden by keys after it. Keys that are no strings become strings.
// dups lists repeated keys in the order of the text; what a merge overrides is not repeated.
// err is a *SyntaxError or a *LimitError; text after the first document is a syntax error.
func ToJSON(doc []byte, lim Limits) (json []byte, dups []Issue, err error) {
	doc = trimBOM(doc)
	lim = lim.withDefaults()
	if !looksLikeJSON(doc) {
		return yamlToJSON(doc, lim)
	}
	json, dups, jsonErr := compact(doc, lim)
	if jsonErr == nil {
		return json, dups, nil
	}
	if tooLarge := (*LimitError)(nil); errors.As(jsonErr, &tooLarge) {
		return nil, nil, jsonErr
	}
	// Flow-style YAML starts like JSON. When it is neither, the reader that came further says why.
	json, dups, err = yamlToJSON(doc, lim)
	if further(jsonErr, err) {
		err = jsonErr
	}
	return json, dups, err
}

// CompactJSON is ToJSON for text that must be JSON, not YAML.
func CompactJSON(doc []byte, lim Limits) (json []byte, dups []Issue, err error) {
	return compact(trimBOM(doc), lim.withDefaults())
}

// Locate finds the field at path (syntax of source.ParsePath) and returns the place of its key,
// or of the item when its parent is a sequence: line and column are 1-based, columns in bytes.
// A field that does not exist gives its nearest ancestor that does. Aliases and merge keys lead
// to where the key is written. A document that cannot be read gives 1, 1.
func Locate(doc []byte, path string) (line, col int) {
	doc = trimBOM(doc)
	f, _ := find(doc, path)
	return f.line, f.col
}

// Scalar returns the text of the scalar at path as it was written, without its quotes and with
// its escapes resolved, and whether it was plain (unquoted). ok is false when path does not exist
// or is not a scalar.
func Scalar(doc []byte, path string) (text string, plain, ok bool) {
	f, exact := find(trimBOM(doc), path)
	if !exact || !f.scalar {
		return "", false, false
	}
	return f.text, f.plain, true
}

func trimBOM(doc []byte) []byte { return bytes.TrimPrefix(doc, []byte("\ufeff")) }

// looksLikeJSON reports whether the first character opens a JSON object or array, and not a
// template.
func looksLikeJSON(doc []byte) bool {
	doc = bytes.TrimLeft(doc, " \t\r\n")
	return len(doc) > 0 && (doc[0] == '{' || doc[0] == '[') && !bytes.HasPrefix(doc, []byte("{{"))
}
