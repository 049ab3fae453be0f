package istio

// The statuses with which Envoy's filters refuse requests.
const (
	statusUnauthorized = 401
	statusForbidden    = 403
)

// status is the HTTP status of the answer to a request that the decision refuses; 0 where it is not known.
// Envoy's RBAC filter answers 403, and its JWT filter 401, but 403 for a token that is not meant for the
// audience (source/extensions/filters/http/jwt_authn/filter.cc onComplete). What is refused in a dry run is
// the external authorizer's answer.
func (s *ruleset) status(d decision, r map[string]any, bad bool) int {
	switch d.by {
	case byDeny, byNoMatch, byBadProvider:
		return statusForbidden
	case byToken:
		return s.tokens.status(r, bad)
	default:
		return 0
	}
}

// status is the answer to a token that is not accepted. Of several rules for an issuer, Envoy answers for
// the last that failed, which the input does not tell.
func (t *tokenRules) status(claims map[string]any, bad bool) int {
	if bad {
		return statusUnauthorized
	}
	issuer, _ := claims["iss"].(string)
	found := 0
	for _, r := range t.rules {
		if r.issuer == issuer {
			found++
		}
	}
	switch found {
	case 0:
		return statusUnauthorized
	case 1:
		return statusForbidden // the issuer is right, so the audience was not
	default:
		return 0
	}
}

// alike reports whether the bundle has one set of rules for HTTP and for bytes, as ztunnel's has, which
// ends the connection instead of answering.
func (b *bundle) alike() bool { return b.http == b.tcp }
