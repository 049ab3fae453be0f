package istio

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/source"
)

// acceptsRequestAuthentication reports whether a RequestAuthentication passes the API server and the
// webhook (ValidateRequestAuthentication); the reasons are reported.
func (c *compiler) acceptsRequestAuthentication(r resource, spec *securityv1beta1.RequestAuthentication) bool {
	v := c.review(r)
	v.noDryRun()
	v.selector("spec.selector", spec.GetSelector())
	v.targets(spec.GetTargetRef(), spec.GetTargetRefs())
	for i, rule := range spec.GetJwtRules() {
		v.jwtRule(source.Index("spec.jwtRules", i), rule)
	}
	return v.accepted()
}

// jwtRule judges one rule: validateJwtRule. What must not be empty is in the definition.
func (v *review) jwtRule(at string, rule *securityv1beta1.JWTRule) {
	switch {
	case rule.GetIssuer() != "":
	case !v.c.since(27):
		v.refuse(at+".issuer", "Istio before 1.27 needs an issuer")
	case rule.GetJwksUri() == "":
		v.refuse(at, "a rule needs an issuer or the URI of its keys")
	default:
	}
	if rule.GetJwksUri() != "" {
		v.refuseIf(at+".jwksUri", jwksURI(rule.GetJwksUri()))
	}
	if rule.GetJwks() != "" {
		v.keySet(at+".jwks", rule.GetJwks())
	}
	for i, c := range rule.GetOutputClaimToHeaders() {
		at := source.Index(at+".outputClaimToHeaders", i) + ".header"
		if release := v.c.definitions.release; release == 25 && strings.Contains(c.GetHeader(), "_") {
			v.refuse(at, "Istio 1.25 takes no underscore in the header's name")
		}
	}
	v.duration(at+".timeout", rule.GetTimeout())
}

// jwksURI judges the address of a key set: ParseJwksURI of pkg/config/security/security.go.
func jwksURI(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return quoted(text) + " is no URI with scheme http or https"
	}
	if _, err := strconv.Atoi(u.Port()); u.Port() != "" && err != nil {
		return quoted(text) + " has no valid port"
	}
	return ""
}

// keySet judges inline keys as github.com/lestrrat-go/jwx v1.2.31 jwk.Parse reads them, and warns of
// private ones, which a proxy has no use for (warnPrivateJwksKeys, since Istio 1.31).
func (v *review) keySet(field, text string) {
	keys, err := jsonWebKeys([]byte(text))
	if err != nil {
		v.refuse(field, "the keys cannot be read: "+err.Error())
		return
	}
	for i, k := range keys {
		if k.private && v.c.since(31) {
			v.warn(field, fmt.Sprintf("key %d is private; a proxy needs public keys only", i))
		}
	}
}

// jsonWebKey is what validation sees of a key.
type jsonWebKey struct{ private bool }

// jsonWebKeys reads a JSON Web Key Set, or one key alone.
func jsonWebKeys(text []byte) ([]jsonWebKey, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(text, &top); err != nil || top == nil {
		return nil, errText("not a JSON Web Key Set")
	}
	list := []map[string]json.RawMessage{top}
	if raw, ok := top["keys"]; ok {
		list = nil
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, errText("keys is no list of objects")
		}
	}
	var keys []jsonWebKey
	for i, members := range list {
		k, err := readKey(members)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// errText is an error that is only shown.
type errText string

func (e errText) Error() string { return string(e) }

// curves are the values of crv (jwx jwa.EllipticCurveAlgorithm).
var curves = []string{"Ed25519", "Ed448", "P-256", "P-384", "P-521", "X25519", "X448"}

func readKey(members map[string]json.RawMessage) (jsonWebKey, error) {
	needed := map[string][]string{"RSA": {"n", "e"}, "EC": {"x", "y"}, "OKP": {"x"}, "oct": {"k"}}
	kind, _ := memberText(members, "kty")
	names, ok := needed[kind]
	if !ok {
		return jsonWebKey{}, fmt.Errorf("type %q is none of EC, OKP, RSA and oct", kind)
	}
	_, private := members["d"]
	if private && kind != "oct" {
		names = append(names, "d")
	}
	for _, name := range names {
		if text, ok := memberText(members, name); !ok || !isBase64(text) {
			return jsonWebKey{}, fmt.Errorf("member %s is missing or not base64 text", name)
		}
	}
	if curve, _ := memberText(members, "crv"); (kind == "EC" || kind == "OKP") && !slices.Contains(curves, curve) {
		return jsonWebKey{}, fmt.Errorf("member crv names no curve: %q", curve)
	}
	return jsonWebKey{private: private || kind == "oct"}, nil
}

// memberText is a member that is a JSON string.
func memberText(members map[string]json.RawMessage, name string) (string, bool) {
	var s *string
	if json.Unmarshal(members[name], &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// isBase64 reports whether a text is base64 of either alphabet, padded or not.
func isBase64(s string) bool {
	padded, ordinary := strings.HasSuffix(s, "="), strings.ContainsAny(s, "+/")
	encoding := base64.RawURLEncoding
	switch {
	case padded && ordinary:
		encoding = base64.StdEncoding
	case padded:
		encoding = base64.URLEncoding
	case ordinary:
		encoding = base64.RawStdEncoding
	default:
	}
	_, err := encoding.DecodeString(s)
	return err == nil
}
