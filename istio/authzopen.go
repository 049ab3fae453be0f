package istio

import (
	"slices"

	"github.com/meshposture/meshposture/truth"
)

// openEvidence is what is known of all requests of one kind from one client: who it is and which port
// it calls. Everything else is open, but for what has been assigned.
type openEvidence struct {
	who      peer
	port     uint16
	http     bool
	tokens   *tokenRules
	assigned []assignment

	// The token, once it is assigned.
	tokenSet bool
	token    tokenState
	rule     *tokenRule // that accepted it
}

// assignment gives an attribute a value.
type assignment struct {
	attr  facet
	value value
}

// fact implements evidence.
func (e *openEvidence) fact(a facet) (value, bool) {
	switch a.kind {
	case attrIdentity:
		return value{present: e.who.seen == peerNamed, text: e.who.name, status: e.who.seen}, true
	case attrPort:
		return value{present: true, port: e.port}, true
	case attrMetadata:
		return value{present: true}, true
	case attrOrigin:
		if !e.http { // only HTTP tells of another address than the peer's
			a.kind = attrSource
		}
		return e.lookup(a)
	case attrTokenPrincipal:
		iss, known := e.claim("iss")
		sub, ok := e.claim("sub")
		return value{present: iss.present && sub.present, text: iss.text, sub: sub.text}, known && ok
	case attrClaim:
		return e.claim(a.name)
	default:
		return e.lookup(a)
	}
}

func (e *openEvidence) lookup(a facet) (value, bool) {
	for i := range e.assigned {
		if e.assigned[i].attr == a {
			return e.assigned[i].value, true
		}
	}
	return value{}, false
}

func (e *openEvidence) claim(path string) (value, bool) {
	switch {
	case e.tokens == nil || len(e.tokens.rules) == 0 && len(e.tokens.gaps) == 0:
		return value{}, true // nobody looks at tokens
	case !e.tokenSet:
		return value{}, false
	case e.token != tokenAccepted:
		return value{}, true
	case path == "iss":
		return textValue(e.rule.issuer), true
	default:
		return e.lookup(facet{attrClaim, path})
	}
}

// holdsOpen evaluates a test of which the value is open: some hold, or fail, for any value that a
// request can have.
func (t *test) holdsOpen() truth.Value {
	sure := func(m matcher) bool { return m.alwaysMatches(t.attr) }
	switch {
	case slices.ContainsFunc(t.none, sure):
		return truth.False
	case len(t.none) == 0 && (len(t.any) == 0 || slices.ContainsFunc(t.any, sure)):
		return truth.True
	default:
		return truth.Unknown
	}
}

// alwaysMatches reports whether every HTTP request has a value that matches.
func (m *matcher) alwaysMatches(a facet) bool {
	switch a.kind {
	case attrMethod, attrHost:
		return m.kind == matchNonEmpty || m.kind == matchPresent
	case attrPath:
		return m.kind == matchNonEmpty || m.kind == matchPrefix && (m.text == "" || m.text == "/")
	default:
		return false
	}
}
