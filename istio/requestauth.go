package istio

import (
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// requestAuth is a RequestAuthentication.
type requestAuth struct {
	resource
	attachment
	spec *securityv1beta1.RequestAuthentication
}

// requestAuth decodes a RequestAuthentication; false when Istio refuses it.
func (c *compiler) requestAuth(o source.Object) (*requestAuth, bool) {
	ra := &requestAuth{spec: &securityv1beta1.RequestAuthentication{}}
	ra.resource = c.decode(o, ra.spec)
	ra.attachment = newAttachment(ra.resource, ra.spec)
	return ra, c.acceptsRequestAuthentication(ra.resource, ra.spec) || c.opts.KeepInvalid
}

// tokenRules are the rules about bearer tokens that apply to a proxy.
type tokenRules struct {
	rules []tokenRule // those that look for a token where bearer tokens are sent
	gaps  []mesh.Gap  // why it is not known what becomes of a token
	// changes are the rules that change a header of the request when they take a token, by the
	// header's name in lower case.
	changes map[string]headerChange
}

// headerChange is what a rule does to a header: it writes a part of the token into it or, when the
// token is not to reach the application, takes away the header that held the token.
type headerChange struct {
	by     mesh.Rule
	detail string
}

// tokenRule accepts the tokens of one issuer.
type tokenRule struct {
	issuer    string
	audiences []string // one of which a token must be for; empty for any
	split     []string // claims whose text is a list, parted by spaces
	id        mesh.Rule
}

// newTokenRules puts the rules of all policies that apply together; nil when there are none.
// pilot/pkg/security/authn/policy_applier.go convertToEnvoyJwtConfig.
func newTokenRules(found attached[*requestAuth]) *tokenRules {
	t := &tokenRules{changes: map[string]headerChange{}}
	for _, ra := range found.surely {
		for _, g := range ra.gaps {
			if !touches(g, "metadata") || g.Loc.Field() == "" {
				t.gaps = append(t.gaps, g)
			}
		}
		for i, r := range ra.spec.GetJwtRules() {
			id := mesh.Rule{Policy: ra.ref, Index: i, Loc: ra.obj.At(source.Index("spec.jwtRules", i))}
			for _, h := range removedHeaders(r) {
				t.changes[h] = headerChange{id, "the proxy removes the token with its header " + h}
			}
			for _, h := range writtenHeaders(r) {
				t.changes[h] = headerChange{id, "the proxy writes a part of the token into header " + h}
			}
			if !readsBearer(r) {
				continue
			}
			t.rules = append(t.rules, tokenRule{
				issuer: r.GetIssuer(), audiences: r.GetAudiences(), id: id,
				split: append([]string{"permission", "scope"}, r.GetSpaceDelimitedClaims()...),
			})
		}
	}
	for _, ra := range found.perhaps {
		t.gaps = append(t.gaps, ra.lost...)
	}
	if len(t.rules) == 0 && len(t.gaps) == 0 && len(t.changes) == 0 {
		return nil
	}
	return t
}

// writtenHeaders are the headers that a rule writes, in lower case.
func writtenHeaders(r *securityv1beta1.JWTRule) []string {
	var names []string
	if h := r.GetOutputPayloadToHeader(); h != "" {
		names = append(names, strings.ToLower(h))
	}
	for _, c := range r.GetOutputClaimToHeaders() {
		names = append(names, strings.ToLower(c.GetHeader()))
	}
	return names
}

// removedHeaders are the headers that a rule takes a token out of, in lower case: where it reads
// tokens, unless it forwards them (Envoy source/extensions/filters/http/jwt_authn/authenticator.cc
// handleGoodJwt).
func removedHeaders(r *securityv1beta1.JWTRule) []string {
	if r.GetForwardOriginalToken() {
		return nil
	}
	var names []string
	if readsBearer(r) {
		names = append(names, "authorization")
	}
	for _, h := range r.GetFromHeaders() {
		names = append(names, strings.ToLower(h.GetName()))
	}
	return names
}

// doubtful returns a rule that is not evaluated where it looks at a header that a token's rule changes:
// what of such a header comes from the client and what from a token is not followed.
func (t *tokenRules) doubtful(r *rule) *rule {
	if t == nil || len(t.changes) == 0 {
		return r
	}
	var gaps []mesh.Gap
	r.clauses(func(c *clause) {
		for i := range c.tests {
			a := c.tests[i].attr
			if change, ok := t.changes[a.name]; ok && a.kind == attrHeader {
				gaps = append(gaps, mesh.Gap{
					Reason: source.ProblemUnsupported, Object: change.by.Policy, Loc: change.by.Loc,
					Detail: change.detail + ", which a policy looks at; this is not followed",
				})
			}
		}
	})
	if len(gaps) == 0 {
		return r
	}
	doubted := *r
	doubted.unread = append(slices.Clone(r.unread), gaps...)
	return &doubted
}

// readsBearer reports whether a rule looks for tokens in the header Authorization after "Bearer ":
// it does unless it names other places.
func readsBearer(r *securityv1beta1.JWTRule) bool {
	if len(r.GetFromHeaders()) == 0 && len(r.GetFromParams()) == 0 && len(r.GetFromCookies()) == 0 {
		return true
	}
	return slices.ContainsFunc(r.GetFromHeaders(), func(h *securityv1beta1.JWTHeader) bool {
		return strings.EqualFold(h.GetName(), "authorization") && strings.TrimSpace(h.GetPrefix()) == "Bearer"
	})
}

// tokenState is what becomes of the token of a request.
type tokenState uint8

const (
	tokenNone     tokenState = iota // none is sent, or nobody looks at it
	tokenAccepted                   // its claims count
	tokenRejected                   // the request is refused
	tokenUnsure                     // it cannot be told
)

// accept judges a token: of its issuer's rules one must take it. A token of an issuer that no rule
// names is refused, and so is one that does not verify.
func (t *tokenRules) accept(claims map[string]any, bad bool) (tokenState, *tokenRule) {
	switch {
	case t == nil || claims == nil && !bad:
		return tokenNone, nil
	case len(t.gaps) > 0:
		return tokenUnsure, nil
	case len(t.rules) == 0:
		return tokenNone, nil
	case bad:
		return tokenRejected, nil
	}
	issuer, _ := claims["iss"].(string)
	for i := range t.rules {
		if r := &t.rules[i]; r.issuer == issuer && r.takes(claimValue(claims["aud"], false)) {
			return tokenAccepted, r
		}
	}
	return tokenRejected, nil
}

// takes reports whether a token's audience is among those of the rule.
func (r *tokenRule) takes(aud value) bool {
	if len(r.audiences) == 0 {
		return true
	}
	return slices.ContainsFunc(append(slices.Clip(aud.list), aud.text), func(a string) bool {
		return a != "" && slices.ContainsFunc(r.audiences, func(want string) bool { return plainAudience(want) == plainAudience(a) })
	})
}

// plainAudience is an audience without its scheme and a slash at its end, which Envoy's library for
// tokens leaves out of the comparison (jwt_verify_lib check_audience.cc).
func plainAudience(a string) string {
	a, ok := strings.CutPrefix(a, "https://")
	if !ok {
		a = strings.TrimPrefix(a, "http://")
	}
	return strings.TrimSuffix(a, "/")
}

// claimValue is a claim as Envoy's metadata holds it. Only texts, and texts in a list, can match; a
// text that is split becomes a list.
func claimValue(claim any, split bool) value {
	switch c := claim.(type) {
	case nil:
		return value{}
	case string:
		if split {
			return value{present: true, list: strings.Fields(c)}
		}
		return textValue(c)
	case []string:
		return value{present: true, list: c}
	case []any:
		v := value{present: true}
		for _, e := range c {
			if s, ok := e.(string); ok {
				v.list = append(v.list, s)
			}
		}
		return v
	default:
		return value{present: true}
	}
}

// lookup finds a nested claim; false when there is none.
func lookup(claims map[string]any, path string) (claim any, name string) {
	names := strings.Split(path, claimSeparator)
	for _, n := range names[:len(names)-1] {
		claims, _ = claims[n].(map[string]any)
	}
	name = names[len(names)-1]
	return claims[name], strings.Join(names, claimSeparator)
}

// rejects says that a token is refused.
func (t *tokenRules) rejection() mesh.Step {
	s := mesh.Step{Rule: ruleJWTRejected, Detail: "the request carries a token that no RequestAuthentication accepts"}
	if len(t.rules) > 0 {
		s.Object, s.Loc = t.rules[0].id.Policy, t.rules[0].id.Loc
	}
	return s
}

// mayReject reports whether some token would be refused.
func (t *tokenRules) mayReject() truth.Value {
	switch {
	case t == nil:
		return truth.False
	case len(t.gaps) > 0:
		return truth.Unknown
	default:
		return truth.Of(len(t.rules) > 0)
	}
}
