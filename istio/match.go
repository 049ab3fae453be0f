package istio

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// matcher tests one value of an attribute.
type matcher struct {
	kind matchKind
	text string       // what to compare with
	sub  *matcher     // of a token's principal: for the subject, while the rest is for the issuer
	fold bool         // without regard to case; text is then in lower case
	cidr netip.Prefix // of matchCIDR
	port uint16       // of matchPort
	path *uriTemplate
	re   *regexp.Regexp // of peerRegex
}

type matchKind uint8

const (
	matchUnsure matchKind = iota // cannot be told
	matchExact
	matchPrefix
	matchSuffix
	matchNonEmpty
	matchPresent // the header is there, be it empty
	matchTemplate
	matchCIDR
	matchPort
	matchPrincipal // issuer and subject
	matchNever
	matchIdentity // the first of those that look at the peer's identity; see matchidentity.go
)

// textMatcher reads a value with an optional wildcard at one end. Only the first that applies of
// presence, suffix and prefix is one: "*/a/*" is the suffix "/a/*".
// pilot/pkg/security/authz/matcher/string.go StringMatcherWithPrefix, header.go HeaderMatcher.
func textMatcher(v string) matcher {
	switch {
	case v == "*":
		return matcher{kind: matchNonEmpty}
	case strings.HasPrefix(v, "*"):
		return matcher{kind: matchSuffix, text: v[1:]}
	case strings.HasSuffix(v, "*"):
		return matcher{kind: matchPrefix, text: v[:len(v)-1]}
	default:
		return matcher{kind: matchExact, text: v}
	}
}

// headerMatcher is textMatcher for headers, of which "*" asks that they be there.
func headerMatcher(v string) matcher {
	if v == "*" {
		return matcher{kind: matchPresent}
	}
	return textMatcher(v)
}

// hostMatcher is headerMatcher without regard to case.
func hostMatcher(v string) matcher {
	m := headerMatcher(v)
	m.text, m.fold = strings.ToLower(m.text), true
	return m
}

// principalMatcher reads "issuer/subject", parted at the last slash, since issuers may be URLs.
// pilot/pkg/security/authz/model/generator.go requestPrincipalGenerator.
func principalMatcher(v string) matcher {
	pair := func(iss, sub matcher) matcher {
		iss.sub = &sub
		return matcher{kind: matchPrincipal, sub: &iss}
	}
	exact := func(s string) matcher { return matcher{kind: matchExact, text: s} }
	something := matcher{kind: matchNonEmpty}
	at := strings.LastIndexByte(v, '/')
	iss, sub := v, ""
	if at >= 0 {
		iss, sub = v[:at], v[at+1:]
	}
	switch {
	case v == "*":
		return pair(something, something)
	case strings.HasPrefix(v, "*") && at < 0:
		return pair(something, matcher{kind: matchSuffix, text: v[1:]})
	case strings.HasPrefix(v, "*") && iss == "*":
		return pair(something, exact(sub))
	case strings.HasPrefix(v, "*"):
		return pair(matcher{kind: matchSuffix, text: iss[1:]}, exact(sub))
	case strings.HasSuffix(v, "*") && at < 0:
		return pair(matcher{kind: matchPrefix, text: v[:len(v)-1]}, something)
	case strings.HasSuffix(v, "*") && sub == "*":
		return pair(exact(iss), something)
	case strings.HasSuffix(v, "*"):
		return pair(exact(iss), matcher{kind: matchPrefix, text: sub[:len(sub)-1]})
	default:
		return pair(exact(iss), exact(sub))
	}
}

// cidrMatcher reads an address or a range (pilot/pkg/networking/util AddrStrToPrefix).
func cidrMatcher(v string) (matcher, bool) {
	if !strings.Contains(v, "/") {
		a, err := netip.ParseAddr(v)
		if err != nil {
			return matcher{}, false
		}
		return matcher{kind: matchCIDR, cidr: netip.PrefixFrom(a.WithZone(""), a.BitLen())}, true
	}
	p, err := netip.ParsePrefix(v)
	return matcher{kind: matchCIDR, cidr: p.Masked()}, err == nil
}

// portMatcher reads a port (pilot/pkg/security/authz/model/util.go convertToPort).
func portMatcher(v string) (matcher, bool) {
	n, err := strconv.ParseUint(v, 10, 32)
	if err != nil || n > 65535 {
		return matcher{}, false
	}
	return matcher{kind: matchPort, port: uint16(n)}, true
}

// match tests a value. An absent one matches nothing.
func (m *matcher) match(v *value) truth.Value {
	if m.kind >= matchIdentity {
		return m.matchPeer(v)
	}
	if !v.present {
		return truth.False
	}
	switch m.kind {
	case matchUnsure:
		return truth.Unknown
	case matchNever:
		return truth.False
	case matchPresent:
		return truth.True
	case matchCIDR:
		return truth.Of(m.cidr.Contains(v.addr.Unmap().WithZone("")))
	case matchPort:
		return truth.Of(m.port == v.port)
	case matchTemplate:
		return m.path.match(v.text)
	case matchPrincipal:
		return truth.Of(m.sub.matchText(v.text) && m.sub.sub.matchText(v.sub))
	default:
		return truth.Of(m.matchText(v.text) || slices.ContainsFunc(v.list, m.matchText))
	}
}

func (m *matcher) matchText(s string) bool {
	if m.fold {
		s = strings.ToLower(s)
	}
	switch m.kind {
	case matchExact:
		return s == m.text
	case matchPrefix:
		return strings.HasPrefix(s, m.text)
	case matchSuffix:
		return strings.HasSuffix(s, m.text)
	case matchNonEmpty:
		return s != ""
	default:
		return false
	}
}
