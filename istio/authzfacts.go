package istio

import (
	"net/netip"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// requestFacts are what is known of one request at one point.
type requestFacts struct {
	who   peer
	port  uint16 // as the proxy's policies see it
	from  mesh.Client
	http  *mesh.HTTP // nil where the proxy does not look into the connection
	path  string
	query string // of the path as sent, from its question mark
	token tokenState
	rule  *tokenRule // that accepted the token
}

// newRequestFacts takes a request apart for a ruleset. other is what differs when the path is read
// in another way; empty when there is no other.
func newRequestFacts(s *ruleset, who peer, port uint16, r *mesh.Request, http bool) (f requestFacts, other string) {
	f = requestFacts{who: who, port: port, from: r.From}
	if !http || r.HTTP == nil {
		return f, ""
	}
	f.http = r.HTTP
	f.path, other = s.norm.paths(r.HTTP.Path)
	if at := strings.IndexByte(r.HTTP.Path, '?'); at >= 0 {
		f.query = r.HTTP.Path[at:]
	}
	f.token, f.rule = s.tokens.accept(r.HTTP.Token, r.HTTP.BadToken)
	if isPreflight(r.HTTP) { // which the filter for tokens passes over, valid ones included
		f.token, f.rule = tokenNone, nil
	}
	return f, other
}

// isPreflight reports whether a request is a CORS preflight, whose token nobody looks at
// (Envoy source/extensions/filters/http/jwt_authn/filter.cc isCorsPreflightRequest, and
// bypass_cors_preflight in what istiod configures).
func isPreflight(h *mesh.HTTP) bool {
	origin, method := false, false
	for k, v := range h.Header {
		if strings.Join(v, "") == "" {
			continue
		}
		origin = origin || strings.EqualFold(k, "origin")
		method = method || strings.EqualFold(k, "access-control-request-method")
	}
	return h.Method == "OPTIONS" && origin && method
}

// fact implements evidence. Addresses that are not given are open, and so is the pod's own.
func (f *requestFacts) fact(a facet) (value, bool) {
	switch a.kind {
	case attrIdentity:
		return value{present: f.who.seen == peerNamed, text: f.who.name, status: f.who.seen}, true
	case attrPort:
		return value{present: true, port: f.port}, true
	case attrSource:
		return addrValue(f.from.Addr), f.from.Addr.IsValid()
	case attrOrigin:
		origin := f.from.Origin
		if !origin.IsValid() || f.http == nil { // only HTTP tells of one
			origin = f.from.Addr
		}
		return addrValue(origin), origin.IsValid()
	case attrDestination:
		return value{}, false
	case attrSNI:
		return value{present: f.from.SNI != "", text: f.from.SNI}, f.from.SNI != "" || !f.proxyNames()
	case attrMetadata:
		return value{present: true}, true
	default:
		if f.http == nil {
			return value{}, true
		}
		return f.httpFact(a)
	}
}

// proxyNames reports whether the client's proxy writes a server name into the handshake of which the
// question says nothing: istiod has proxies name the Service, its port and subset, unless a
// DestinationRule says otherwise.
func (f *requestFacts) proxyNames() bool {
	switch f.from.Wire {
	case mesh.WireUnknown, mesh.WireTLS, mesh.WireTLSMutual, mesh.WireMesh:
		return f.from.Workload != nil
	default:
		return false
	}
}

func addrValue(a netip.Addr) value { return value{present: a.IsValid(), addr: a} }

func (f *requestFacts) httpFact(a facet) (value, bool) {
	switch a.kind {
	case attrMethod:
		return textValue(f.http.Method), true
	case attrPath:
		return textValue(f.path), true
	case attrHost:
		return value{present: f.http.Host != "", text: f.http.Host}, true
	case attrHeader:
		return f.header(a.name), true
	case attrTokenPrincipal:
		iss, _ := f.claim("iss")
		sub, ok := f.claim("sub")
		return value{present: iss.present && sub.present, text: iss.text, sub: sub.text}, ok
	case attrClaim:
		return f.claim(a.name)
	default:
		return value{}, false
	}
}

// header joins the values of a header, as Envoy does.
func (f *requestFacts) header(name string) value {
	switch name {
	case ":authority":
		return value{present: f.http.Host != "", text: f.http.Host}
	case ":path":
		return textValue(f.path + f.query)
	}
	var all []string
	for _, k := range sortedKeys(f.http.Header) {
		if strings.EqualFold(k, name) {
			all = append(all, f.http.Header[k]...)
		}
	}
	return value{present: len(all) > 0, text: strings.Join(all, ",")}
}

func (f *requestFacts) claim(path string) (value, bool) {
	switch f.token {
	case tokenUnsure:
		return value{}, false
	case tokenAccepted:
		claim, name := lookup(f.http.Token, path)
		return claimValue(claim, f.rule.splits(name)), true
	default:
		return value{}, true
	}
}

// splits reports whether the text of a claim is a list parted by spaces.
func (r *tokenRule) splits(name string) bool {
	for _, s := range r.split {
		if s == name {
			return true
		}
	}
	return false
}
