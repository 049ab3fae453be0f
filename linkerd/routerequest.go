package linkerd

import (
	"iter"
	"net/url"
	"strings"

	"github.com/meshposture/meshposture/internal/urlescape"
	"github.com/meshposture/meshposture/mesh"
)

// asked is a request as routes look at it.
type asked struct {
	method   string
	path     string // without the query
	query    string
	host     string // without user and port; empty matches no name
	header   map[string][]string
	foldHost bool // hosts have no case
	// doubtful is set where a pattern was compared with a text of which the proxy may think otherwise.
	doubtful bool
}

// newAsked takes a request apart as the proxy's URI type does.
func newAsked(h *mesh.HTTP, foldHost bool) asked {
	path, _, _ := strings.Cut(h.Path, "#")
	path, query, _ := strings.Cut(path, "?")
	if path == "" {
		path = "/"
	}
	return asked{method: h.Method, path: path, query: query, host: hostOf(h.Host), header: h.Header, foldHost: foldHost}
}

// hostOf is the host of an authority.
func hostOf(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if strings.HasPrefix(authority, "[") {
		if i := strings.IndexByte(authority, ']'); i >= 0 {
			return authority[:i+1]
		}
	}
	host, _, _ := strings.Cut(authority, ":")
	return host
}

// values yields what the request has of a header, whose name has no case.
func (q *asked) values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k, all := range q.header {
			if !strings.EqualFold(k, name) {
				continue
			}
			for _, v := range all {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// parameters yields the names and values of the query, decoded as the proxy does: a percent sign that
// begins no escape stands for itself (the WHATWG's application/x-www-form-urlencoded).
func (q *asked) parameters() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for pair := range strings.SplitSeq(q.query, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(unescapeForm(name), unescapeForm(value)) {
				return
			}
		}
	}
}

func unescapeForm(text string) string {
	if !strings.ContainsAny(text, "+%") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if c, ok := urlescape.Byte(text[i:]); ok {
			out = append(out, c)
			i += 2
		} else if text[i] == '+' {
			out = append(out, ' ')
		} else {
			out = append(out, text[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// escapeForm writes a name or a value so that parameters yields it again.
func escapeForm(text string) string { return url.QueryEscape(text) }
