package decision

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/source"
)

// places knows the position of every field of one document, so that a register of a thousand
// exclusions is parsed once and not once for each finding. It answers exactly as yamldoc.Locate
// does, but not for every document: those in JSON, with merge keys, with keys that are repeated or
// no text, or with odd line breaks are left to yamldoc.
type places map[string]place

// place is a 1-based line and a 1-based column in bytes.
type place struct{ line, col int }

// placesOf returns nil for a document that is left to yamldoc.
func placesOf(text []byte) (p places) {
	defer func() {
		// The parser reports its own broken invariants by panic; input must not stop us.
		if recover() != nil {
			p = nil
		}
	}()
	if opens := bytes.TrimLeft(text, " \t\r\n"); len(opens) == 0 || opens[0] == '{' || opens[0] == '[' ||
		oddBreaks(text) {
		return nil
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	b := placing{places: places{}, lines: bytes.SplitAfter(text, []byte("\n"))}
	if !b.add("", root.Content[0], root.Content[0]) {
		return nil
	}
	return b.places
}

// oddBreaks reports whether the text holds what YAML 1.1 takes for a line break and editors do
// not: a lone CR, NEL, LS or PS.
func oddBreaks(text []byte) bool {
	return bytes.Count(text, []byte("\r")) != bytes.Count(text, []byte("\r\n")) ||
		bytes.Contains(text, []byte("\u0085")) || bytes.Contains(text, []byte("\u2028")) || bytes.Contains(text, []byte("\u2029"))
}

// find is the place of a field, or of its nearest ancestor that exists.
func (p places) find(field string) place {
	for {
		if at, ok := p[field]; ok {
			return at
		}
		field = parent(field)
	}
}

// parent is the path without its last element; that of a malformed path is the empty one.
func parent(field string) string {
	elems, err := source.ParsePath(field)
	if err != nil || len(elems) == 0 {
		return ""
	}
	above := ""
	for _, e := range elems[:len(elems)-1] {
		if e.Index >= 0 {
			above = source.Index(above, e.Index)
		} else {
			above = source.Key(above, e.Name)
		}
	}
	return above
}

// placing fills places.
type placing struct {
	places places
	lines  [][]byte
}

// add notes the place of a value, which is that of mark, and of everything below it; false when
// the document is left to yamldoc. How far aliases may multiply values was bounded before.
func (b *placing) add(path string, mark, value *yaml.Node) bool {
	if len(b.places) > maxValues {
		return false
	}
	b.places[path] = b.at(mark)
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if value.Kind == yaml.SequenceNode {
		for i, item := range value.Content {
			if !b.add(source.Index(path, i), item, item) {
				return false
			}
		}
	}
	return value.Kind != yaml.MappingNode || b.mapping(path, value)
}

// mapping notes the places of a mapping's fields.
func (b *placing) mapping(path string, m *yaml.Node) bool {
	for i := 0; i+1 < len(m.Content); i += 2 {
		key := m.Content[i]
		field := source.Key(path, key.Value)
		_, again := b.places[field]
		if again || !isText(key) || !b.add(field, key, m.Content[i+1]) {
			return false
		}
	}
	return true
}

// isText reports whether the key is certain to be text, spelled as it stands here. Others, such
// as numbers and YAML 1.1's many words for true, are spelled in another way once converted.
func isText(key *yaml.Node) bool {
	if key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0 || strings.ContainsRune(key.Value, '\ufffd') {
		return false
	}
	return key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 ||
		plainText.MatchString(key.Value) && !plainWord.MatchString(key.Value)
}

var (
	plainText = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z_./-]*$`)
	plainWord = regexp.MustCompile(`(?i)^(y|yes|n|no|on|off|true|false|null)$`)
)

// at turns the parser's column, which counts characters, into one that counts bytes.
func (b *placing) at(n *yaml.Node) place {
	if n.Line < 1 || n.Line > len(b.lines) {
		return place{max(n.Line, 1), max(n.Column, 1)}
	}
	line, bytesBefore := b.lines[n.Line-1], 0
	for range n.Column - 1 {
		if bytesBefore >= len(line) {
			break
		}
		_, size := utf8.DecodeRune(line[bytesBefore:])
		bytesBefore += size
	}
	return place{n.Line, bytesBefore + 1}
}
