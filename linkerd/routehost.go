package linkerd

import (
	"cmp"
	"strings"
)

// hostMatch is a host name, or a suffix of them.
type hostMatch struct {
	name   string // without the "*." of a suffix
	suffix bool
}

// parseHost reads a hostname of a route (policy-controller/k8s/index/src/routes.rs host_match).
func parseHost(text string) hostMatch {
	rest, suffix := strings.CutPrefix(text, "*.")
	return hostMatch{rest, suffix}
}

func (h hostMatch) String() string {
	if h.suffix {
		return "*." + h.name
	}
	return h.name
}

// hostRank is how well a host was met: not asked for, then by suffix, then exactly, and longer before shorter.
type hostRank struct{ kind, length int }

func (r hostRank) compare(other hostRank) int {
	return cmp.Or(cmp.Compare(r.kind, other.kind), cmp.Compare(r.length, other.length))
}

const (
	hostBySuffix = 1 + iota
	hostExact
)

// meet is how well a host is met (linkerd2-proxy linkerd/http/route/src/http/match/host.rs
// summarize_match). A dot at the host's end counts only where the match has one.
func (h hostMatch) meet(host string, fold bool) (hostRank, bool) {
	if host == "" {
		return hostRank{}, false
	}
	if !strings.HasSuffix(h.name, ".") {
		host = strings.TrimSuffix(host, ".")
	}
	name := h.name
	if fold {
		host, name = lowerASCII(host), lowerASCII(name)
	}
	if !h.suffix {
		return hostRank{hostExact, len(name)}, host == name
	}
	if !strings.HasSuffix(host, "."+name) {
		return hostRank{}, false
	}
	return hostRank{hostBySuffix, len(name) + 1}, true
}

// lowerASCII is text with its ASCII letters in lower case.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
