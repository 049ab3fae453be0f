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

// majors are the edge releases that became releases 2.1 and on: the last before the tag stable-2.x.0, and since
// 2.15 the commits that linkerd/linkerd2 has also tagged version-2.x.
var majors = [...]edition{
	{18, 12, 2},
	{19, 2, 3},
	{19, 4, 4},
	{19, 7, 3},
	{19, 8, 5},
	{19, 10, 2},
	{20, 2, 1},
	{20, 6, 2},
	{20, 11, 1},
	{21, 3, 2},
	{21, 9, 5},
	{22, 8, 2},
	{23, 4, 1},
	{23, 8, 3},
	{24, 2, 4},
	{24, 8, 2},
	{24, 11, 8},
	{25, 4, 4},
	{25, 10, 7},
	{26, 6, 3},
}

// parseRelease reads "2.18", "v2.18.1", "stable-2.14.10", "version-2.19", "enterprise-2.17.0" and "edge-25.4.4".
// An edge release counts as the last 2.x that was made of it or of one before it.
func parseRelease(text string) (release, bool) {
	if rest, ok := strings.CutPrefix(text, "edge-"); ok {
		e, ok := parseEdition(rest)
		if !ok {
			return release{}, false
		}
		minor := 1
		for i, m := range majors {
			if !e.before(m) {
				minor = 1 + i
			}
		}
		return release{minor, e}, true
	}
	if _, after, ok := strings.Cut(text, "-"); ok && !strings.HasPrefix(text, "2.") && !strings.HasPrefix(text, "v2.") {
		text = after
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "v"), "2.")
	if !ok {
		return release{}, false
	}
	rest, _, _ = strings.Cut(rest, ".")
	rest, _, _ = strings.Cut(rest, "-")
	n, ok := number(rest)
	return release{minor: n}, ok && n > 0
}

func parseEdition(text string) (edition, bool) {
	var e edition
	for i, p := range []*int{&e.year, &e.month, &e.n} {
		part, rest, more := strings.Cut(text, ".")
		n, ok := number(part)
		if !ok || more != (i < 2) {
			return edition{}, false
		}
		*p, text = n, rest
	}
	return e, true
}

// number reads a number without a sign, as versions have them.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
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
