package linkerd

import (
	"slices"
	"strings"
)

// has reports whether an identity is among them. A SPIFFE identity is met by its whole name only, never by a
// suffix, not even by "*" (linkerd2-proxy linkerd/app/inbound/src/policy.rs is_tls_authorized).
func (ids *identities) has(identity string) bool {
	if slices.Contains(ids.exact, identity) {
		return true
	}
	return !isURI(identity) && slices.ContainsFunc(ids.suffixes, func(s string) bool { return strings.HasSuffix(identity, s) })
}

// isURI reports whether an identity is a SPIFFE one.
func isURI(identity string) bool { return strings.Contains(identity, "://") }

// add takes in an identity as policies write it (policy-controller/core/src/identity_match.rs from_str): a
// name, "*." and a suffix, or "*".
func (ids *identities) add(text string) {
	switch {
	case text == "*":
		ids.suffixes = append(ids.suffixes, "")
	case strings.HasPrefix(text, "*."):
		ids.suffixes = append(ids.suffixes, text[1:])
	default:
		ids.exact = append(ids.exact, text)
	}
	ids.need = needIdentity
}

// settle brings the identities into an order that does not depend on how they were written.
func (ids *identities) settle() {
	slices.Sort(ids.exact)
	slices.Sort(ids.suffixes)
	ids.exact, ids.suffixes = slices.Compact(ids.exact), slices.Compact(ids.suffixes)
}
