package istio

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// A question about all requests is answered by asking about some: of every attribute that is open
// and matters, one value for each way in which the rules can treat a value.

// question is the open attributes that matter, with the values to try.
type question struct {
	slots []slot
	// partial is why the values may not stand for all others; empty when they do.
	partial string
	// loose is why some combinations of the values may be of no request; empty when all can be sent.
	loose string
}

// slot is one open attribute, or what becomes of the token.
type slot struct {
	attr   facet
	values []value
	tokens []tokenChoice // of the token, when there are any
}

// tokenChoice is a kind of token that a request may carry.
type tokenChoice struct {
	state tokenState
	rule  *tokenRule
}

// bucket holds what the rules compare one attribute with.
type bucket struct {
	attr     facet
	matchers []matcher
	tests    int
}

// newQuestion finds the attributes that the undecided among some rules ask for.
func (s *ruleset) newQuestion(e *openEvidence, rules []*rule) *question {
	var buckets []*bucket
	for _, r := range rules {
		if len(r.unread) > 0 || r.holds(e) != truth.Unknown {
			continue
		}
		r.clauses(func(c *clause) {
			if c.holds(e) != truth.Unknown {
				return
			}
			for i := range c.tests {
				t := &c.tests[i]
				if _, known := e.fact(t.attr); !known && t.holdsOpen() == truth.Unknown {
					buckets = collect(buckets, e, t)
				}
			}
		})
	}
	q := &question{}
	q.addToken(s, buckets)
	for _, b := range buckets {
		q.add(b, s)
	}
	if has(buckets, attrPath, "") && has(buckets, attrHeader, ":path") || has(buckets, attrHost, "") && has(buckets, attrHeader, ":authority") {
		q.loose = "policies look at the same part of a request in two ways"
	}
	if nested(buckets) {
		q.loose = "policies look at a claim and at what is in it"
	}
	return q
}

// nested reports whether one claim that is looked at is part of another.
func nested(buckets []*bucket) bool {
	return slices.ContainsFunc(buckets, func(outer *bucket) bool {
		return outer.attr.kind == attrClaim && slices.ContainsFunc(buckets, func(b *bucket) bool {
			return b.attr.kind == attrClaim && strings.HasPrefix(b.attr.name, outer.attr.name+claimSeparator)
		})
	})
}

func has(buckets []*bucket, kind facetKind, name string) bool {
	return slices.ContainsFunc(buckets, func(b *bucket) bool { return b.attr == facet{kind, name} })
}

// collect puts the matchers of a test with those for the same attribute.
func collect(buckets []*bucket, e *openEvidence, t *test) []*bucket {
	put := func(a facet, ms []matcher) {
		i := slices.IndexFunc(buckets, func(b *bucket) bool { return b.attr == a })
		if i < 0 {
			i, buckets = len(buckets), append(buckets, &bucket{attr: a})
		}
		buckets[i].matchers = append(buckets[i].matchers, ms...)
		buckets[i].tests++
	}
	switch {
	case t.attr.kind == attrTokenPrincipal:
		var subs []matcher
		for _, m := range slices.Concat(t.any, t.none) {
			subs = append(subs, *m.sub.sub)
		}
		put(claimFacet("sub"), subs)
	case t.attr.kind == attrOrigin && !e.http:
		put(facet{kind: attrSource}, slices.Concat(t.any, t.none))
	default:
		put(t.attr, slices.Concat(t.any, t.none))
	}
	return buckets
}

// addToken adds the kinds of token, where one matters.
func (q *question) addToken(s *ruleset, buckets []*bucket) {
	claims := slices.ContainsFunc(buckets, func(b *bucket) bool { return b.attr.kind == attrClaim })
	if s.tokens == nil || len(s.tokens.gaps) > 0 || len(s.tokens.rules) == 0 {
		return
	}
	choices := []tokenChoice{{state: tokenNone}, {state: tokenRejected}}
	if claims {
		for i := range s.tokens.rules {
			choices = append(choices, tokenChoice{tokenAccepted, &s.tokens.rules[i]})
		}
	}
	q.slots = append(q.slots, slot{tokens: choices})
}

// add adds the values to try of one attribute.
func (q *question) add(b *bucket, s *ruleset) {
	sl := slot{attr: b.attr}
	switch b.attr.kind {
	case attrSource, attrOrigin, attrDestination:
		for _, a := range addresses(b.matchers) {
			sl.values = append(sl.values, addrValue(a))
		}
	case attrClaim:
		if b.attr.name == "iss" {
			return // the rule that accepts a token tells its issuer
		}
		sl.values = q.claims(b, s)
	default:
		sl.values = q.texts(b, s)
	}
	q.slots = append(q.slots, sl)
}

// texts are the values to try of an attribute that is a text.
func (q *question) texts(b *bucket, s *ruleset) []value {
	var texts []string
	if slices.ContainsFunc(b.matchers, func(m matcher) bool { return m.kind == matchTemplate }) {
		var whole bool
		if texts, whole = explore(b.matchers, s.norm); !whole {
			q.partial = "the path templates and patterns of the policies are too many to compare"
		}
	} else {
		texts = textsFor(b.matchers)
	}
	var values []value
	if b.attr.kind == attrHeader || b.attr.kind == attrSNI {
		values = append(values, value{})
	}
	for _, t := range texts {
		if s.possible(b.attr, t) {
			values = append(values, textValue(t))
		}
	}
	return values
}

// possible reports whether a request can have a value when the rules look at it.
func (s *ruleset) possible(a facet, text string) bool {
	if text == "" || strings.ContainsAny(text, "\x00\r\n") {
		return false
	}
	switch {
	case a.kind == attrPath && !s.norm.base:
		return text == "*" || text[0] == '/' && !strings.ContainsAny(text, "?# ")
	case a.kind == attrPath:
		path, other := s.norm.paths(text)
		return path == text && other == "" && !strings.ContainsAny(text, " ")
	case a.kind == attrMethod || a.kind == attrHost:
		return !strings.ContainsAny(text, " \t")
	case a == facet{attrHeader, ":path"}:
		path, query, _ := strings.Cut(text, "?")
		return s.possible(facet{kind: attrPath}, path) && !strings.ContainsAny(query, "# ")
	default:
		return true
	}
}

// claims are the values to try of a claim: none, a text, and a list of texts for as many tests as look
// at it.
func (q *question) claims(b *bucket, s *ruleset) []value {
	ms := slices.Clone(b.matchers)
	if b.attr.name == "aud" {
		for _, r := range s.tokens.rules {
			for _, a := range r.audiences {
				ms = append(ms, matcher{kind: matchExact, text: a})
			}
		}
	}
	texts := slices.DeleteFunc(textsFor(ms), func(t string) bool { return t == "" })
	values := []value{{}}
	for i, t := range texts {
		values = append(values, textValue(t))
		for j := i; j < len(texts); j++ {
			values = append(values, value{present: true, list: slices.Compact([]string{t, texts[j]})})
			for k := j + 1; b.tests > 2 && k < len(texts) && j > i; k++ {
				values = append(values, value{present: true, list: []string{t, texts[j], texts[k]}})
			}
		}
	}
	if b.tests > 3 && len(texts) > 3 {
		q.partial = "more than three tests look at the same claim"
	}
	return values
}

// textsFor returns texts such that every text is treated by the matchers like one of them: every
// exact value, and every prefix and suffix, or none, around a text that occurs nowhere else.
func textsFor(ms []matcher) []string {
	prefixes, suffixes := []string{"", "/"}, []string{""} // paths begin with a slash
	var texts []string
	for _, m := range ms {
		switch m.kind {
		case matchExact:
			texts = append(texts, m.text)
		case matchPrefix:
			prefixes = append(prefixes, m.text)
		case matchSuffix:
			suffixes = append(suffixes, m.text)
		default:
		}
	}
	fresh := freshText(ms)
	for _, p := range prefixes {
		for _, s := range suffixes {
			texts = append(texts, p+fresh+s)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// freshText is a letter that stands in no matcher's text: what is made of it has neither a prefix nor a
// suffix of theirs by accident, whatever the case.
func freshText(ms []matcher) string {
	fresh := 'x'
	for slices.ContainsFunc(ms, func(m matcher) bool { return strings.ContainsRune(strings.ToLower(m.text), fresh) }) {
		switch fresh {
		case 'z':
			fresh = 'a'
		case 'w':
			fresh = 'à' // the first small letter beyond ASCII
		default:
			fresh++
		}
	}
	return string(fresh)
}

// addresses returns addresses such that every address is treated by the matchers like one of them:
// the first of every range, the first behind it, and the first of all.
func addresses(ms []matcher) []netip.Addr {
	all := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, m := range ms {
		if m.kind != matchCIDR {
			continue
		}
		all = append(all, m.cidr.Addr())
		if next := lastOf(m.cidr).Next(); next.IsValid() {
			all = append(all, next)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// lastOf is the last address of a range.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
