package linkerd

import (
	"strings"
)

// requestMatch is met by requests that meet all of its parts.
type requestMatch struct {
	method  string // empty takes every method
	path    pathMatch
	headers []textMatch
	query   []textMatch
	rpc     *rpcMatch // of a GRPCRoute; nil for HTTP
}

// rpcMatch is a gRPC method; an empty part takes all.
type rpcMatch struct{ service, method string }

// meet is how well a request meets the match, part by part from the most to the least important
// (linkerd2-proxy linkerd/http/route/src/http/match.rs and grpc/match.rs match_request).
func (m *requestMatch) meet(q *asked) ([4]int, bool) {
	if m.rpc != nil {
		return m.meetRPC(q)
	}
	var parts [4]int
	if m.method != "" {
		if q.method != m.method {
			return parts, false
		}
		parts[3] = 1
	}
	length, ok := m.path.meet(q)
	if !ok {
		return parts, false
	}
	parts[0], parts[1], parts[2] = length, len(m.headers), len(m.query)
	return parts, m.headersMeet(q) && m.queryMeets(q)
}

func (m *requestMatch) meetRPC(q *asked) ([4]int, bool) {
	var parts [4]int
	service, method, ok := rpcOf(q.path)
	if !ok || q.method != "POST" || m.rpc.service != "" && m.rpc.service != service || m.rpc.method != "" && m.rpc.method != method {
		return parts, false
	}
	parts[0], parts[1], parts[2] = len(m.rpc.service), len(m.rpc.method), len(m.headers)
	return parts, m.headersMeet(q)
}

// rpcOf is the service and the method of a path, which may have more segments.
func rpcOf(path string) (service, method string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", "", false
	}
	service, rest, ok = strings.Cut(rest, "/")
	method, _, _ = strings.Cut(rest, "/")
	return service, method, ok
}

func (m *requestMatch) headersMeet(q *asked) bool {
	for i := range m.headers {
		h := &m.headers[i]
		found := false
		for v := range q.values(h.name) {
			if found = h.meets(v, q); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (m *requestMatch) queryMeets(q *asked) bool {
	for i := range m.query {
		want := &m.query[i]
		found := false
		for name, v := range q.parameters() {
			if found = name == want.name && want.meets(v, q); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// textMatch is a test of a header or of a parameter.
type textMatch struct {
	name    string
	value   string
	pattern *pattern // instead of value; nil for an exact test
}

func (t *textMatch) meets(v string, q *asked) bool {
	if t.pattern != nil {
		return t.pattern.spans(v, q)
	}
	return v == t.value
}

// pathKind is how a path is compared.
type pathKind uint8

const (
	pathAny pathKind = iota
	pathExact
	pathPrefix
	pathPattern
)

// pathMatch is a test of the path.
type pathMatch struct {
	kind    pathKind
	text    string // of a prefix without slashes at its end
	pattern *pattern
}

// meet is the number of characters that were met. An exact path, a prefix and a pattern of one length
// are equally good (linkerd2-proxy linkerd/http/route/src/http/match/path.rs).
func (m *pathMatch) meet(q *asked) (int, bool) {
	switch m.kind {
	case pathExact:
		return len(m.text), q.path == m.text
	case pathPrefix:
		rest, ok := strings.CutPrefix(strings.TrimRight(q.path, "/"), m.text)
		return len(m.text), ok && (rest == "" || rest[0] == '/')
	case pathPattern:
		return len(q.path), m.pattern.spans(q.path, q)
	default:
		return len("/"), true
	}
}

// prefixOf is the match of a prefix; the prefix "/" takes every path.
func prefixOf(prefix string) pathMatch {
	if prefix == "/" {
		return pathMatch{}
	}
	return pathMatch{kind: pathPrefix, text: strings.TrimRight(prefix, "/")}
}
