package linkerd

import "strings"

// isIdentity reports whether a text can be an identity: DNS-like, with "*" for its first label, or a SPIFFE id
// (policy-controller/runtime/src/validation.rs validate_identity).
func isIdentity(id string) bool {
	rest, spiffe := strings.CutPrefix(id, "spiffe://")
	if !spiffe {
		return isDNSIdentity(id)
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if domain == "" || strings.ContainsFunc(domain, notInDomain) {
		return false
	}
	if !hasPath {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsFunc(segment, notInSegment) {
			return false
		}
	}
	return true
}

// notInDomain reports whether a SPIFFE trust domain cannot have a character.
func notInDomain(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

// notInSegment reports whether a segment of a SPIFFE path cannot have a character.
func notInSegment(c rune) bool { return notInDomain(c) && (c < 'A' || c > 'Z') }

// isDNSIdentity reports whether a text has the form of a DNS name, of which "*" may be the first label.
func isDNSIdentity(id string) bool {
	first := true
	for label := range strings.SplitSeq(id, ".") {
		if !(first && label == "*") && !isLabel(label) {
			return false
		}
		first = false
	}
	return true
}

// isLabel reports whether a text is a label of a DNS name in lower case; its length is not looked at.
func isLabel(text string) bool {
	if text == "" || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(text, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' })
}
