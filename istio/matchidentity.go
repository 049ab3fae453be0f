package istio

import (
	"regexp"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// The kinds of matcher that look at the peer's identity, which is a URI such as
// spiffe://cluster.local/ns/shop/sa/cart. None matches a peer without one.
const (
	peerAny         matchKind = matchIdentity + iota // any identity
	peerExact                                        // the URI after its scheme
	peerPrefix                                       // the start of it
	peerSuffix                                       // the end of it
	peerGlob                                         // the whole URI, with wildcards that cross slashes
	peerAccount                                      // namespace and account, as Envoy finds them: "ns/sa"
	peerTrustDomain                                  // the trust domain, with one wildcard
	peerSpiffe                                       // any SPIFFE identity
	peerNamespace                                    // of ztunnel: a text matcher for the namespace
	peerNames                                        // of ztunnel: namespace and account are these: "ns/sa"
	peerRegex                                        // the whole URI, as a regular expression
	peerUnsure
)

const spiffeScheme = "spiffe://"

// sourcePrincipal is a value of principals. It is put behind the scheme, so that one that brings the
// scheme itself matches nobody (generator.go srcPrincipalGenerator).
func sourcePrincipal(v string) matcher {
	switch m := textMatcher(v); m.kind {
	case matchNonEmpty:
		return matcher{kind: peerAny}
	case matchSuffix:
		return matcher{kind: peerSuffix, text: m.text}
	case matchPrefix:
		return matcher{kind: peerPrefix, text: m.text}
	default:
		return matcher{kind: peerExact, text: m.text}
	}
}

// sourceNamespace is a value of namespaces: Envoy looks for it anywhere in the URI, and a wildcard in
// it crosses slashes (generator.go srcNamespaceGenerator).
func sourceNamespace(v string) matcher {
	return matcher{kind: peerGlob, text: "*/ns/" + v + "/*"}
}

// sourceAccount is a value of serviceAccounts: an account of the policy's namespace, or "ns/sa"
// (generator.go serviceAccountRegex).
func sourceAccount(v, namespace string, kind matchKind) matcher {
	if !strings.Contains(v, "/") {
		v = namespace + "/" + v
	}
	return matcher{kind: kind, text: v}
}

// Before some releases istiod put values into regular expressions as they are, so that characters
// which mean something there did so: "*/sa/a.b" took "sa/axb" as well.

// readPrincipal is sourcePrincipal as the revision's Envoys read it
// (pilot/pkg/security/authz/matcher/string.go StringMatcherWithPrefix).
func (r *revision) readPrincipal(v string) matcher {
	suffix, wild := strings.CutPrefix(v, "*")
	if wild && meansMore(suffix) && r.quotes([2]int{28, 7}, [2]int{29, 3}) == truth.False {
		return regexMatcher(spiffeScheme + ".*" + suffix)
	}
	return sourcePrincipal(v)
}

// readNamespace is sourceNamespace as the revision's Envoys read it.
func (r *revision) readNamespace(v string) matcher {
	if meansMore(strings.ReplaceAll(v, "*", "")) && r.quotes([2]int{28, 7}, [2]int{29, 3}) == truth.False {
		return regexMatcher(".*/ns/" + strings.ReplaceAll(v, "*", ".*") + "/.*")
	}
	return sourceNamespace(v)
}

// readAccount is sourceAccount as the revision's Envoys read it.
func (r *revision) readAccount(v, namespace string) matcher {
	m := sourceAccount(v, namespace, peerAccount)
	if meansMore(m.text) && r.quotes([2]int{27, 9}, [2]int{28, 6}, [2]int{29, 2}) == truth.False {
		ns, sa, _ := strings.Cut(m.text, "/")
		return regexMatcher(spiffeScheme + ".+/ns/" + ns + "/(.+/|)sa/" + sa + "(/.+)?")
	}
	return m
}

// quotes reports whether istiod takes values literally: since 1.30, and in older releases since the
// patches that are given, each with its minor release.
func (r *revision) quotes(patches ...[2]int) truth.Value {
	for _, p := range patches {
		if r.since(p[0]) == truth.True && r.since(p[0]+1) == truth.False {
			return r.sincePatch(p[0], p[1])
		}
	}
	return r.since(30)
}

// meansMore reports whether a value is another text as a regular expression.
func meansMore(v string) bool { return regexp.QuoteMeta(v) != v }

// regexMatcher matches the whole identity. One that cannot be read makes Envoy refuse what istiod
// sends, and what it then does is not known.
func regexMatcher(expr string) matcher {
	re, err := regexp.Compile("^(?:" + expr + ")$")
	if err != nil {
		return matcher{kind: peerUnsure}
	}
	return matcher{kind: peerRegex, text: expr, re: re}
}

// sourceTrustDomain is a value of trustDomains (generator.go srcTrustDomainGenerator).
func sourceTrustDomain(v string) matcher {
	if v == "*" {
		return matcher{kind: peerSpiffe}
	}
	return matcher{kind: peerTrustDomain, text: v}
}

// matchPeer tests an identity.
func (m *matcher) matchPeer(v *value) truth.Value {
	switch v.status {
	case peerNone:
		return truth.False
	case peerUnknown:
		return truth.Unknown
	case peerUnnamed:
		if m.kind == peerAny || m.kind == peerSpiffe || m.kind == peerNamespace && m.sub.kind == matchNonEmpty {
			return truth.True
		}
		return truth.Unknown
	default:
	}
	if m.kind == peerUnsure {
		return truth.Unknown
	}
	return truth.Of(m.matchName(v.text))
}

func (m *matcher) matchName(uri string) bool {
	name, spiffe := strings.CutPrefix(uri, spiffeScheme)
	switch {
	case m.kind == peerAny:
		return true
	case m.kind == peerGlob:
		return glob(m.text, uri)
	case m.kind == peerRegex:
		return m.re.MatchString(uri)
	case !spiffe:
		return false
	}
	switch m.kind {
	case peerSpiffe:
		return true
	case peerExact:
		return name == m.text
	case peerPrefix:
		return strings.HasPrefix(name, m.text)
	case peerSuffix:
		return strings.HasSuffix(name, m.text)
	case peerAccount:
		return accountIn(name, m.text)
	case peerTrustDomain:
		return trustDomainIs(name, m.text)
	default:
		return m.matchNames(name)
	}
}

// matchNames tests the parts of a name, as ztunnel does.
func (m *matcher) matchNames(name string) bool {
	ns, sa, ok := namesIn(name)
	switch m.kind {
	case peerNamespace:
		return ok && m.sub.matchText(ns)
	case peerNames:
		return ok && ns+"/"+sa == m.text
	default:
		return false
	}
}

// glob matches the whole of s, where "*" stands for any text.
func glob(pattern, s string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s, rest = s[at+len(part):], after
	}
}

// accountIn finds "/ns/N/", anything, and "sa/A" at the end or before a slash, in a name that has
// something before it.
func accountIn(name, want string) bool {
	ns, sa, _ := strings.Cut(want, "/")
	mark := "/ns/" + ns + "/"
	for from := 1; from < len(name); from++ {
		at := strings.Index(name[from:], mark)
		if at < 0 {
			return false
		}
		if from += at; accountAfter(name[from+len(mark):], "sa/"+sa) {
			return true
		}
	}
	return false
}

// accountAfter looks for an account at the start of what follows the namespace, or behind a slash
// that has something before it.
func accountAfter(rest, account string) bool {
	for at := range len(rest) {
		if at > 0 && (at < 2 || rest[at-1] != '/') {
			continue
		}
		tail, ok := strings.CutPrefix(rest[at:], account)
		if ok && (tail == "" || tail[0] == '/' && len(tail) > 1) {
			return true
		}
	}
	return false
}

// trustDomainIs compares what stands before the first slash; a wildcard does not cross one.
func trustDomainIs(name, want string) bool {
	before, after, wild := strings.Cut(want, "*")
	if !wild {
		return strings.HasPrefix(name, want+"/")
	}
	// Neither part holds a slash in a value that Istio accepts.
	domain, _, ok := strings.Cut(name, "/")
	return ok && len(domain) >= len(before)+len(after) && strings.HasPrefix(domain, before) && strings.HasSuffix(domain, after)
}

// namesIn are the namespace and account of a name in the form that ztunnel takes:
// domain/ns/N/sa/A (ztunnel src/identity/manager.rs).
func namesIn(name string) (namespace, account string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 5 || parts[1] != "ns" || parts[3] != "sa" {
		return "", "", false
	}
	return parts[2], parts[4], true
}
