package istio

import (
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// uriTemplate is a path with {*} for one segment and {**} for the rest, as Envoy matches it
// (source/extensions/path/uri_template_lib/uri_template_internal.cc).
type uriTemplate struct {
	segments []string // "*" for one segment; literals otherwise
	rest     bool     // anything may follow the last segment and a slash
	star     truth.Value
}

// isTemplate reports whether a path holds a template (pkg/config/security ContainsPathTemplate).
func isTemplate(path string) bool {
	return strings.Contains(path, "{*}") || strings.Contains(path, "{**}")
}

// newURITemplate reads a template; false for one that Envoy refuses. star says whether a star in a
// request's path is a character like others: proxies without Envoy's fix of May 2025 let no template
// match it.
func newURITemplate(path string, star truth.Value) (*uriTemplate, bool) {
	path, ok := strings.CutPrefix(strings.NewReplacer("{*}", "*", "{**}", "**").Replace(path), "/")
	if !ok {
		return nil, false
	}
	t := &uriTemplate{star: star}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch last := i == len(segments)-1; {
		case s == "**" && last:
			t.rest = true
		case s == "*":
			t.segments = append(t.segments, s)
		case s == "" && last && i > 0:
			t.segments = append(t.segments, s)
		case s == "" || strings.IndexFunc(s, func(r rune) bool { return r > 0x7f || !inSegment(byte(r)) || r == '*' }) >= 0:
			return nil, false
		default:
			t.segments = append(t.segments, s)
		}
	}
	return t, true
}

// inSegment reports whether a template's wildcards take a character.
func inSegment(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~%!$&'()+,;:@=*", c) >= 0
}

// match tests a whole path.
func (t *uriTemplate) match(path string) truth.Value {
	path, ok := strings.CutPrefix(path, "/")
	if !ok {
		return truth.False
	}
	wild := false // a wildcard took a star
	for i, s := range t.segments {
		if i > 0 {
			if path, ok = strings.CutPrefix(path, "/"); !ok {
				return truth.False
			}
		}
		n := strings.IndexByte(path, '/')
		if n < 0 {
			n = len(path)
		}
		if s == "*" && (n == 0 || !allInSegment(path[:n])) || s != "*" && path[:n] != s {
			return truth.False
		}
		wild = wild || s == "*" && strings.Contains(path[:n], "*")
		path = path[n:]
	}
	if !t.rest {
		return t.unlessStar(truth.Of(path == ""), wild)
	}
	if len(t.segments) > 0 {
		if path, ok = strings.CutPrefix(path, "/"); !ok {
			return truth.False
		}
	}
	wild = wild || strings.Contains(path, "*")
	return t.unlessStar(truth.Of(allInSegment(strings.ReplaceAll(path, "/", ""))), wild)
}

func (t *uriTemplate) unlessStar(matched truth.Value, wild bool) truth.Value {
	if matched == truth.True && wild && t.star == truth.False {
		return truth.Unknown
	}
	return matched
}

func allInSegment(s string) bool {
	for i := range len(s) {
		if !inSegment(s[i]) {
			return false
		}
	}
	return true
}
