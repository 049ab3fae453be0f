package istio

import (
	"strings"

	"google.golang.org/protobuf/proto"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// matched is a route with its matches, whatever the protocol.
type matched struct {
	at      string
	matches []proto.Message
}

// unreachable warns of routes that no traffic takes, and of matches that others cover:
// analyzeUnreachableHTTPRules and its likes in pkg/config/validation/validation.go.
func (v routing) unreachable() {
	var routes []matched
	var prefixes []prefixMatch
	for i, r := range v.spec.GetHttp() {
		m := matched{at: source.Index("spec.http", i)}
		for j, match := range r.GetMatch() {
			unnamed := match
			if match.GetName() != "" {
				unnamed = proto.CloneOf(match)
				unnamed.Name = ""
			}
			m.matches = append(m.matches, unnamed)
			if match.GetUri().GetPrefix() != "" {
				prefixes = append(prefixes, prefixMatch{source.Index(m.at+".match", j), match})
			}
		}
		routes = append(routes, m)
	}
	fresh := v.shadowed(routes)
	v.covered(prefixes, fresh)
	routes = nil
	for i, r := range v.spec.GetTcp() {
		m := matched{at: source.Index("spec.tcp", i)}
		for _, match := range r.GetMatch() {
			m.matches = append(m.matches, match)
		}
		routes = append(routes, m)
	}
	v.shadowed(routes)
	routes = nil
	for i, r := range v.spec.GetTls() {
		m := matched{at: source.Index("spec.tls", i)}
		for _, match := range r.GetMatch() {
			m.matches = append(m.matches, match)
		}
		routes = append(routes, m)
	}
	v.shadowed(routes)
}

// shadowed warns of routes after one that matches all, and of matches that stood before. It returns
// the places of the matches that were looked at and are new.
func (v routing) shadowed(routes []matched) map[string]bool {
	fresh, seen := map[string]bool{}, map[string]bool{}
	all := false // a route without matches has been met
	for _, r := range routes {
		if len(r.matches) == 0 {
			if all {
				v.warn(r.at, "only the last route can have no matches")
			}
			all = true
			continue
		}
		repeated := 0
		for j, m := range r.matches {
			at := source.Index(r.at+".match", j)
			key, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
			switch {
			case all && v.c.since(27):
				v.warn(r.at, "a route before it has no matches, so that no traffic gets here")
			case err == nil && seen[string(key)]:
				v.warn(at, "the same match stands before")
				repeated++
			default:
				seen[string(key)], fresh[at] = true, true
			}
		}
		if repeated == len(r.matches) {
			v.warn(r.at, "all its matches stand before, so that no traffic gets here")
		}
	}
	return fresh
}

// prefixMatch is a match of HTTP by a prefix of the URI.
type prefixMatch struct {
	at    string
	match *networkingv1alpha3.HTTPMatchRequest
}

// covered warns of matches whose prefix begins with that of an earlier one, once for each.
func (v routing) covered(all []prefixMatch, fresh map[string]bool) {
	for i, b := range all {
		for _, a := range all[:i] {
			if fresh[a.at] && fresh[b.at] && a.match.GetUri().GetPrefix() != b.match.GetUri().GetPrefix() && a.covers(b) {
				v.warn(b.at, "the match of "+a.at+" covers it")
				break
			}
		}
	}
}

// covers applies coveredValidation: everything but the URI is the same, or a's begins with b's.
func (a prefixMatch) covers(b prefixMatch) bool {
	x, y := a.match, b.match
	return strings.HasPrefix(y.GetUri().GetPrefix(), x.GetUri().GetPrefix()) &&
		x.GetPort() == y.GetPort() &&
		strings.HasPrefix(methodText(x), methodText(y)) &&
		strings.HasPrefix(matchText(x.GetAuthority()), matchText(y.GetAuthority())) &&
		begins(x.GetHeaders(), y.GetHeaders()) &&
		begins(x.GetQueryParams(), y.GetQueryParams()) &&
		begins(x.GetWithoutHeaders(), y.GetWithoutHeaders())
}

// matchText writes an exact match or a prefix; empty for any other.
func matchText(m *networkingv1alpha3.StringMatch) string {
	switch {
	case m.GetExact() != "":
		return "exact:" + m.GetExact()
	case m.GetPrefix() != "":
		return "prefix:" + m.GetPrefix()
	default:
		return ""
	}
}

// methodText is GET where no method is given.
func methodText(m *networkingv1alpha3.HTTPMatchRequest) string {
	if text := matchText(m.GetMethod()); text != "" {
		return text
	}
	return "exact:GET"
}

// begins reports whether both name the same headers, and each of x begins with that of y.
func begins(x, y map[string]*networkingv1alpha3.StringMatch) bool {
	if len(x) != len(y) {
		return false
	}
	for name, m := range x {
		other, ok := y[name]
		if !ok || !strings.HasPrefix(matchText(m), matchText(other)) {
			return false
		}
	}
	return true
}
