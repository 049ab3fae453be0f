package decision

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Pattern is a name, or a pattern of names, in which "*" stands for any letters, "?" for one and
// "[a-f]" for one of a class, as in path.Match. The empty Pattern matches nothing.
type Pattern string

// UnmarshalText accepts well-formed patterns.
func (p *Pattern) UnmarshalText(text []byte) error {
	if _, err := path.Match(string(text), ""); err != nil || len(text) == 0 {
		return fmt.Errorf("name %q: want a name, or a pattern with \"*\", \"?\" or \"[…]\"", shorten(string(text)))
	}
	*p = Pattern(text)
	return nil
}

// Matches reports whether the name matches. A malformed pattern matches nothing.
func (p Pattern) Matches(name string) bool {
	ok, err := path.Match(string(p), name)
	return ok && err == nil && p != ""
}

// literal reports whether p is a plain name.
func (p Pattern) literal() bool { return !strings.ContainsAny(string(p), `*?[\`) }

// covers reports whether every name that q matches is matched by p. For two different patterns it
// says no, unless p matches everything.
func (p Pattern) covers(q Pattern) bool {
	return p == q || p == "*" || q.literal() && p.Matches(string(q))
}

// matchAny reports whether one of the patterns matches the name.
func matchAny(patterns []Pattern, name string) bool {
	return slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Matches(name) })
}

// coverAny reports whether each of qs is covered by one of ps. No ps cover everything; no qs stand
// for everything, which only no ps cover.
func coverAny(ps, qs []Pattern) bool {
	if len(ps) == 0 || slices.Contains(ps, "*") {
		return true
	}
	covered := func(q Pattern) bool { return slices.ContainsFunc(ps, func(p Pattern) bool { return p.covers(q) }) }
	return len(qs) > 0 && !slices.ContainsFunc(qs, func(q Pattern) bool { return !covered(q) })
}

// meet reports whether some name is certain to be matched by both lists; an empty list matches
// every name.
func meet(ps, qs []Pattern) bool {
	if len(ps) == 0 || len(qs) == 0 {
		return true
	}
	for _, p := range ps {
		for _, q := range qs {
			if p.covers(q) || q.covers(p) {
				return true
			}
		}
	}
	return false
}
