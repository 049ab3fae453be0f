package snapshot

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// identity is what a document says about itself.
type identity struct {
	apiVersion, kind              string
	name, generateName, namespace string
	fromCluster                   bool // has a uid, so the API server has seen it
	metadata                      bool // has a metadata mapping
	items                         []byte
	wrong                         []wrongField
}

// wrongField is a part of the identity that is not a string, or metadata that is not a mapping.
type wrongField struct{ path, want, got string }

// identify reads the identity of a JSON value. It stops as soon as nothing more can come.
func identify(json []byte) identity {
	var id identity
	const apiVersion, kind, metadata = 1, 2, 4
	seen := 0
	for name, value := range members(json) {
		switch string(name) {
		case `"apiVersion"`:
			id.apiVersion = id.text("apiVersion", value)
			seen |= apiVersion
		case `"kind"`:
			id.kind = id.text("kind", value)
			seen |= kind
		case `"metadata"`:
			id.readMetadata(value)
			seen |= metadata
		case `"items"`:
			id.items = value
		}
		if seen == apiVersion|kind|metadata && !strings.HasSuffix(id.kind, "List") {
			break
		}
	}
	return id
}

func (id *identity) readMetadata(v []byte) {
	if v[0] != '{' {
		if v[0] != 'n' {
			id.wrong = append(id.wrong, wrongField{"metadata", "a mapping", typeOf(v)})
		}
		return
	}
	id.metadata = true
	for name, value := range members(v) {
		switch string(name) {
		case `"name"`:
			id.name = id.text("metadata.name", value)
		case `"generateName"`:
			id.generateName = id.text("metadata.generateName", value)
		case `"namespace"`:
			id.namespace = id.text("metadata.namespace", value)
		case `"uid"`:
			id.fromCluster = value[0] == '"' && len(value) > 2
		}
	}
}

// text reads a string; null is the empty one.
func (id *identity) text(path string, v []byte) string {
	switch v[0] {
	case '"':
		return unquote(v)
	case 'n':
		return ""
	}
	id.wrong = append(id.wrong, wrongField{path, "a string", typeOf(v)})
	return ""
}

// unquote returns the text of a JSON string.
func unquote(v []byte) string {
	for _, c := range v {
		if c == '\\' {
			text, _ := jsontext.AppendUnquote(nil, v) // valid by construction
			return string(text)
		}
	}
	return string(v[1 : len(v)-1])
}

// typeOf names the type of a value, scalars with the value.
func typeOf(v []byte) string {
	switch v[0] {
	case '{':
		return "a mapping"
	case '[':
		return "a sequence"
	case '"':
		return "a string"
	case 't', 'f':
		return "the boolean " + string(v)
	case 'n':
		return "null"
	}
	return "the number " + string(v)
}

// isList reports whether id names a List: a kind with that ending, no name of its own, and items
// that are a sequence or missing.
func (id *identity) isList() bool {
	return strings.HasSuffix(id.kind, "List") && id.name == "" && id.items != nil && (id.items[0] == '[' || id.items[0] == 'n')
}

// ref is the reference and the version that id gives, without defaults.
func (id *identity) ref() (source.Ref, string) {
	group, version, ok := strings.Cut(id.apiVersion, "/")
	if !ok {
		group, version = "", id.apiVersion
	}
	return source.Ref{
		Kind:      source.Kind{Group: group, Kind: id.kind},
		Namespace: id.namespace,
		Name:      id.name,
	}, version
}
