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
	segments := strings.Split(path, "/")
	if !t.fits(len(segments)) {
		return truth.False
	}
	star := false // a wildcard took one
	for i, s := range segments {
		if i < len(t.segments) && t.segments[i] != "*" {
			if s != t.segments[i] {
				return truth.False
			}
			continue
		}
		if s == "" && i < len(t.segments) || !allInSegment(s) {
			return truth.False
		}
		star = star || strings.Contains(s, "*")
	}
	if star && t.star == truth.False {
		return truth.Unknown
	}
	return truth.True
}

// fits reports whether a path of that many segments can match.
func (t *uriTemplate) fits(segments int) bool {
	if t.rest {
		return segments > len(t.segments)
	}
	return segments == len(t.segments)
}

func allInSegment(s string) bool {
	for i := range len(s) {
		if !inSegment(s[i]) {
			return false
		}
	}
	return true
}
