package linkerd

import (
	"strconv"
	"strings"
)

// release is a release of Linkerd 2. The zero release is not known.
type release struct {
	minor int     // of 2.x; 0 when not known
	edge  edition // for an edge release, which one
}

// edition is an edge release: edge-YY.M.N.
type edition struct{ year, month, n int }

func (e edition) before(f edition) bool {
	if e.year != f.year {
		return e.year < f.year
	}
	if e.month != f.month {
		return e.month < f.month
	}
	return e.n < f.n
}

// The first and the last minor release whose rules are known.
const (
	oldestMinor = 14
	newestMinor = 20
)

// majors are the edge releases that became releases 2.15 and on (linkerd.io, releases; the tags
// version-2.x of linkerd/linkerd2).
var majors = [...]edition{{24, 2, 4}, {24, 8, 2}, {24, 11, 8}, {25, 4, 4}, {25, 10, 7}, {26, 6, 3}}

// parseRelease reads "2.18", "v2.18.1", "stable-2.14.10", "version-2.19", "enterprise-2.17.0" and "edge-25.4.4".
// An edge release counts as the last 2.x that was made of it or of one before it.
func parseRelease(text string) (release, bool) {
	if rest, ok := strings.CutPrefix(text, "edge-"); ok {
		e, ok := parseEdition(rest)
		if !ok {
			return release{}, false
		}
		minor := oldestMinor
		for i, m := range majors {
			if !e.before(m) {
				minor = oldestMinor + 1 + i
			}
		}
		return release{minor, e}, true
	}
	if i := strings.LastIndexByte(text, '-'); i >= 0 && !strings.HasPrefix(text, "2.") && !strings.HasPrefix(text, "v2.") {
		text = text[i+1:]
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "v"), "2.")
	if !ok {
		return release{}, false
	}
	rest, _, _ = strings.Cut(rest, ".")
	rest, _, _ = strings.Cut(rest, "-")
	n, err := strconv.Atoi(rest)
	return release{minor: n}, err == nil && n > 0
}

func parseEdition(text string) (edition, bool) {
	var e edition
	for i, p := range []*int{&e.year, &e.month, &e.n} {
		part, rest, more := strings.Cut(text, ".")
		n, err := strconv.Atoi(part)
		if err != nil || more != (i < 2) {
			return edition{}, false
		}
		*p, text = n, rest
	}
	return e, true
}

// since reports whether a rule that came with release 2.minor holds. A release that is not known is taken
// for the newest.
func (r release) since(minor int) bool { return r.minor == 0 || r.minor >= minor }

// sinceEdge is since for a rule that came with an edge release, which counts where r is one.
func (r release) sinceEdge(minor int, e edition) bool {
	if r.edge != (edition{}) {
		return !r.edge.before(e)
	}
	return r.since(minor)
}
