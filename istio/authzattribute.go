package istio

import (
	"net/netip"

	"github.com/meshposture/meshposture/truth"
)

// facet is something of a request that a rule looks at.
type facet struct {
	kind facetKind
	name string // of a header, in lower case, or of a claim: its path, joined by claimSeparator
}

type facetKind uint8

const (
	attrIdentity facetKind = iota + 1 // of the peer
	attrPort                          // that the request is sent to
	attrSource                        // the peer's address
	attrOrigin                        // the client's address behind trusted proxies
	attrDestination
	attrSNI
	attrMethod
	attrPath // normalized, without the query
	attrHost
	attrHeader
	attrClaim
	attrTokenPrincipal // the token's issuer and subject
	attrMetadata       // of Envoy's filters, which nothing here knows
)

// claimSeparator stands between the names of a nested claim; no JSON text holds it unescaped.
const claimSeparator = "\x00"

// layer7 reports whether only HTTP requests have the attribute.
func (a facet) layer7() bool {
	switch a.kind {
	case attrMethod, attrPath, attrHost, attrHeader, attrClaim, attrTokenPrincipal:
		return true
	default:
		return false
	}
}

// value is what a request has of an attribute.
type value struct {
	present bool
	text    string   // of texts; the issuer of a token's principal
	sub     string   // the subject of a token's principal
	list    []string // the texts of a claim that is a list, whose text is then empty
	addr    netip.Addr
	port    uint16
	status  peerStatus // of the identity
}

func textValue(s string) value { return value{present: true, text: s} }

// evidence tells what is known of a request; ok is false for what is left open.
type evidence interface {
	fact(a facet) (v value, ok bool)
}

// test is a field of a source or an operation, or a condition: any of some values, and none of others.
type test struct {
	attr              facet
	any               []matcher // one of them must match; empty asks nothing
	none              []matcher // and none of these may
	values, notValues []string  // as the policy writes them
}

// holds evaluates a test. It is Unknown where the attribute is open, unless its values say enough,
// and where a matcher cannot tell.
func (t *test) holds(f evidence) truth.Value {
	v, ok := f.fact(t.attr)
	if !ok {
		return t.holdsOpen()
	}
	return t.matches(&v)
}

func (t *test) matches(v *value) truth.Value {
	result := truth.True
	if len(t.any) > 0 {
		result = anyOf(t.any, v)
	}
	if result != truth.False && len(t.none) > 0 {
		result = result.And(anyOf(t.none, v).Not())
	}
	return result
}

func anyOf(ms []matcher, v *value) truth.Value {
	found := truth.False
	for i := 0; i < len(ms) && found != truth.True; i++ {
		found = found.Or(ms[i].match(v))
	}
	return found
}
