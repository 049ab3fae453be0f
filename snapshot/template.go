package snapshot

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// brokenByTemplate finds a line on which a template's marker stands where YAML has structure: at
// its start, behind a dash, or as a value.
var brokenByTemplate = regexp.MustCompile(`(?m)^[ \t]*(?:- +)*(?:(?:"[^"\n]*"|'[^'\n]*'|[^\s'"#{][^'"#\n]*?):[ \t]+)?(?:\{\{|\{%|<%)`)

// variable is a placeholder of envsubst, Flux or a CI system.
var variable = regexp.MustCompile(`\$\{[A-Za-z_{]`)

// helmObject is a template that only Helm fills in.
var helmObject = regexp.MustCompile(`\{\{[^}]*\.(?:Values|Release|Chart|Files|Capabilities)\b`)

// wholeAction is a value that is nothing but one template action.
var wholeAction = regexp.MustCompile(`^\{\{[^{}]*\}\}$`)

// templateOffset is the offset of the template marker that keeps a text from being YAML, or -1.
func templateOffset(text []byte) int {
	if at := brokenByTemplate.FindIndex(text); at != nil {
		return at[0]
	}
	return -1
}

// placeholder finds the first string of an object that is not final: its path and its text.
// ok is false when every value is.
func placeholder(kind source.Kind, json []byte) (path, text string, ok bool) {
	if !bytes.Contains(json, []byte("{{")) && !bytes.Contains(json, []byte("${")) {
		return "", "", false
	}
	s := search{kind: kind}
	s.value(json)
	return s.found, s.text, s.found != ""
}

// search walks the strings of one object.
type search struct {
	kind  source.Kind
	path  []string // names; "" for an index
	at    string   // the same as a field path
	found string
	text  string
}

func (s *search) value(v []byte) {
	switch v[0] {
	case '"':
		if text := unquote(v); s.found == "" && !s.final(text) {
			s.found, s.text = s.at, text
		}
	case '{':
		for name, sub := range members(v) {
			key := unquote(name)
			s.descend(key, source.Key(s.at, key), sub)
		}
	case '[':
		for i, sub := range elements(v) {
			s.descend("", source.Index(s.at, i), sub)
		}
	}
}

// descend looks at a name and the value below it.
func (s *search) descend(name, at string, v []byte) {
	if s.found != "" || !bytes.Contains(v, []byte("{{")) && !bytes.Contains(v, []byte("${")) && !marked(name) {
		return
	}
	before := s.at
	s.path, s.at = append(s.path, name), at
	if name != "" && !s.final(name) {
		s.found, s.text = at, name
	}
	s.value(v)
	s.path, s.at = s.path[:len(s.path)-1], before
}

func marked(text string) bool {
	return strings.Contains(text, "{{") || variable.MatchString(text)
}

// final reports whether a string at the current path is the value that the API server would see.
func (s *search) final(text string) bool {
	if !marked(text) {
		return true
	}
	switch top := s.path[0]; {
	case top == "apiVersion" || top == "kind":
		return false
	case top == "status":
		return true
	case top == "metadata" && (len(s.path) < 2 || s.path[1] != "annotations"):
		return s.parent() == "managedFields"
	case s.free(), strings.Contains(text, "\n"):
		return true
	case s.inAnnotations():
		return finalAnnotation(s.path[len(s.path)-1], text)
	}
	return !decides(s.kind.Group)
}

// free reports whether the current path holds text that is somebody else's to expand.
func (s *search) free() bool {
	if s.kind == crdKind {
		return true
	}
	if s.kind.Group == "" && (s.kind.Kind == "ConfigMap" || s.kind.Kind == "Secret") &&
		slices.Contains([]string{"data", "binaryData", "stringData"}, s.path[0]) {
		return true
	}
	n := len(s.path)
	return slices.Contains(s.path, "command") || slices.Contains(s.path, "args") ||
		n >= 3 && s.path[n-1] == "value" && s.path[n-3] == "env"
}

func (s *search) parent() string {
	if len(s.path) < 2 {
		return ""
	}
	return s.path[1]
}

func (s *search) inAnnotations() bool {
	return len(s.path) >= 2 && s.path[len(s.path)-2] == "annotations"
}

// finalAnnotation tells templates that tools expand in the cluster (a Vault agent, notifications)
// from those that stand for the annotation's own value. JSON is text for a tool: kubectl keeps
// the object as it was last applied in an annotation.
func finalAnnotation(key, text string) bool {
	if strings.HasPrefix(text, `{"`) || strings.HasPrefix(text, `[{"`) {
		return true
	}
	return !marked(key) && !variable.MatchString(text) && !helmObject.MatchString(text) && !wholeAction.MatchString(text)
}

// decides reports whether kinds of an API group belong to Kubernetes or a mesh, so that their
// fields are values and not a controller's own templates.
func decides(group string) bool {
	if !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") {
		return true
	}
	for _, mesh := range []string{"istio.io", "linkerd.io", "cilium.io", "smi-spec.io", "kuma.io", "consul.hashicorp.com"} {
		if group == mesh || strings.HasSuffix(group, "."+mesh) {
			return true
		}
	}
	return false
}
