package istio

import (
	"github.com/meshposture/meshposture/truth"
)

// What tests compare with readable, slow restatements.

// MatchIdentity reports whether a value of a source field takes an identity; kind is the field.
func MatchIdentity(kind, policyNamespace, v, identity string) bool {
	var m matcher
	switch kind {
	case "principal":
		m = sourcePrincipal(v)
	case "namespace":
		m = sourceNamespace(v)
	case "account":
		m = sourceAccount(v, policyNamespace, peerAccount)
	default:
		m = sourceTrustDomain(v)
	}
	return m.match(&value{present: true, text: identity, status: peerNamed}) == truth.True
}

// MatchTemplate reports whether a template takes a path; false for ok when Envoy refuses the template.
func MatchTemplate(template, path string) (matched, ok bool) {
	t, ok := newURITemplate(template, truth.True)
	return ok && t.match(path) == truth.True, ok
}

// NormalPath is a path as rules see it where nothing decodes escapes of letters.
func NormalPath(path string, merge bool) string {
	p, _ := pathNormalization{base: true, merge: merge}.paths(path)
	return p
}

// Kinds are the ways in which the path patterns treat a text, and all those that the texts which
// stand for others show; false when those may be incomplete.
func Kinds(patterns []string, text string) (kind string, known map[string]bool, whole bool) {
	norm := pathNormalization{}
	var ms []matcher
	b := &ruleBuilder{rule: &rule{policy: &authzPolicy{}}}
	templates := false
	for _, p := range patterns {
		m, _ := b.pathMatcher(p)
		templates = templates || m.kind == matchTemplate
		ms = append(ms, m)
	}
	texts, whole := textsFor(ms), true
	if templates {
		texts, whole = explore(ms, norm)
	}
	known = map[string]bool{}
	for _, t := range texts {
		if t != "" && t[0] == '/' {
			known[kindOf(ms, t)] = true
		}
	}
	return kindOf(ms, text), known, whole
}

// MatchTokenPrincipal reports whether a value of requestPrincipals takes a token.
func MatchTokenPrincipal(v, iss, sub string) bool {
	m := principalMatcher(v)
	return m.match(&value{present: true, text: iss, sub: sub}) == truth.True
}
