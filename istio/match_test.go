package istio_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/istio"
)

// slowIdentity restates what Envoy is given for a value of a source field: an exact text, a prefix or
// a regular expression over the whole of the identity
// (istio pilot/pkg/security/authz/model/generator.go, matcher/string.go).
func slowIdentity(kind, namespace, v, identity string) bool {
	full := func(re string) bool { return regexp.MustCompile(`\A(?s:` + re + `)\z`).MatchString(identity) }
	quote := regexp.QuoteMeta
	switch kind {
	case "principal":
		switch {
		case v == "*":
			return full(".+")
		case strings.HasPrefix(v, "*"):
			return full("spiffe://.*" + quote(v[1:]))
		case strings.HasSuffix(v, "*"):
			return strings.HasPrefix(identity, "spiffe://"+v[:len(v)-1])
		default:
			return identity == "spiffe://"+v
		}
	case "namespace":
		return full(".*/ns/" + strings.ReplaceAll(quote(v), `\*`, ".*") + "/.*")
	case "account":
		ns, sa, ok := strings.Cut(v, "/")
		if !ok {
			ns, sa = namespace, v
		}
		return full("spiffe://.+/ns/" + quote(ns) + "/(.+/|)sa/" + quote(sa) + "(/.+)?")
	default:
		before, after, wild := strings.Cut(v, "*")
		switch {
		case v == "*":
			return strings.HasPrefix(identity, "spiffe://")
		case !wild:
			return strings.HasPrefix(identity, "spiffe://"+v+"/")
		default:
			return full("spiffe://" + quote(before) + "[^/]*" + quote(after) + "/.*")
		}
	}
}

func TestMatchIdentity(t *testing.T) {
	t.Parallel()
	const cart = "spiffe://cluster.local/ns/shop/sa/cart"
	for _, row := range []struct {
		kind, value, identity string
		want                  bool
	}{
		{"principal", "cluster.local/ns/shop/sa/cart", cart, true},
		{"principal", "spiffe://cluster.local/ns/shop/sa/cart", cart, false}, // the scheme is put before it
		{"principal", "*/sa/cart", cart, true},
		{"principal", "cluster.local/ns/shop/*", cart, true},
		{"principal", "*/ns/shop/*", cart, false}, // a suffix that ends in a star
		{"principal", "*", cart, true},
		{"namespace", "shop", cart, true},
		{"namespace", "sho", cart, false},
		{"namespace", "sh*", cart, true},
		{"namespace", "*a", cart, true}, // "…/ns/" anything "a/" anything: the account's "sa/"
		{"account", "cart", cart, true},
		{"account", "shop/cart", cart, true},
		{"account", "other/cart", cart, false},
		{"account", "car", cart, false},
		{"domain", "cluster.local", cart, true},
		{"domain", "cluster", cart, false},
		{"domain", "cluster.*", cart, true},
		{"domain", "*.local", cart, true},
	} {
		if got := istio.MatchIdentity(row.kind, "shop", row.value, row.identity); got != row.want {
			t.Errorf("%s %q takes %s: %v, want %v", row.kind, row.value, row.identity, got, row.want)
		}
		if slow := slowIdentity(row.kind, "shop", row.value, row.identity); slow != row.want {
			t.Errorf("%s %q takes %s by regular expression: %v, want %v", row.kind, row.value, row.identity, slow, row.want)
		}
	}
}

// Matchers of identities agree with the regular expressions that Envoy is given.
func FuzzMatchIdentity(f *testing.F) {
	f.Add(uint8(0), "*/sa/cart", "spiffe://cluster.local/ns/shop/sa/cart")
	f.Add(uint8(1), "s*p", "spiffe://cluster.local/ns/shop/sa/cart")
	f.Add(uint8(2), "shop/cart", "spiffe://td/x/ns/shop/ns/shop/y/sa/cart/z")
	f.Add(uint8(3), "*.local", "spiffe://cluster.local/ns/shop/sa/cart")
	f.Fuzz(func(t *testing.T, field uint8, v, identity string) {
		kind := []string{"principal", "namespace", "account", "domain"}[field%4]
		if kind == "domain" && strings.Contains(v, "/") || kind == "domain" && strings.Count(v, "*") > 1 || identity == "" || !isText(v+identity) {
			t.Skip("Istio refuses the value")
		}
		if got, want := istio.MatchIdentity(kind, "shop", v, identity), slowIdentity(kind, "shop", v, identity); got != want {
			t.Errorf("%s %q takes %q: %v, want %v", kind, v, identity, got, want)
		}
	})
}

// isText keeps to what identities are made of: regular expressions go by runes, and bytes that are
// none would be compared with their replacement.
func isText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

const segmentChars = `[a-zA-Z0-9\-._~%!$&'()+,;:@=*]`

func slowTemplate(template, path string) bool {
	var re strings.Builder
	for i, s := range strings.Split(strings.NewReplacer("{*}", "*", "{**}", "**").Replace(template), "/") {
		if i > 0 {
			re.WriteString("/")
		}
		switch s {
		case "*":
			re.WriteString(segmentChars + "+")
		case "**":
			re.WriteString(strings.TrimSuffix(segmentChars, "]") + "/]*")
		default:
			re.WriteString(regexp.QuoteMeta(s))
		}
	}
	return regexp.MustCompile(`\A` + re.String() + `\z`).MatchString(path)
}

func TestMatchTemplate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		template, path string
		want           bool
	}{
		{"/a/{*}", "/a/b", true},
		{"/a/{*}", "/a/", false},
		{"/a/{*}", "/a/b/c", false},
		{"/a/{*}/c", "/a/b/c", true},
		{"/a/{**}", "/a/", true},
		{"/a/{**}", "/a", false},
		{"/a/{**}", "/a/b/c", true},
		{"/{*}/b/{**}", "/x/b/y/z", true},
		{"/a/{*}", "/a/b^c", false}, // a caret is in no segment
		{"/a/{*}/", "/a/b/", true},
	} {
		got, ok := istio.MatchTemplate(row.template, row.path)
		if !ok || got != row.want {
			t.Errorf("%q takes %q: %v, %v, want %v", row.template, row.path, got, ok, row.want)
		}
		if slow := slowTemplate(row.template, row.path); slow != row.want {
			t.Errorf("%q takes %q by regular expression: %v, want %v", row.template, row.path, slow, row.want)
		}
	}
	for _, bad := range []string{"a/{*}", "/{**}/a", "/a{*}", "/{*}//{*}", "/{x}/{*}", "/a b/{*}"} {
		if _, ok := istio.MatchTemplate(bad, "/"); ok {
			t.Errorf("%q is taken for a template", bad)
		}
	}
}

// Templates agree with the regular expressions that Envoy makes of them.
func FuzzMatchTemplate(f *testing.F) {
	f.Add("/a/{*}/c/{**}", "/a/b/c/d")
	f.Add("/{*}/", "/*/")
	f.Fuzz(func(t *testing.T, template, path string) {
		got, ok := istio.MatchTemplate(template, path)
		if !ok {
			return
		}
		if want := slowTemplate(template, path); got != want {
			t.Errorf("%q takes %q: %v, want %v", template, path, got, want)
		}
	})
}

func TestNormalPath(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ path, base, merged string }{
		{"/a/b", "/a/b", "/a/b"},
		{"/a/./b/../c?x=/../y", "/a/c", "/a/c"},
		{"/a/..", "/", "/"},
		{"/../../a", "/a", "/a"},
		{"/a/%2e%2E/b", "/b", "/b"},
		{`/a\b`, "/a/b", "/a/b"},
		{"//a//b/", "//a//b/", "/a/b/"},
		{"/a/.", "/a/", "/a/"},
		{"", "/", "/"},
		{"*", "/*", "/*"},
		{"/a//../b", "/a/b", "/a/b"},
		{"/a//b/../c", "/a//c", "/a/c"},
		{"/a//", "/a//", "/a/"},
		{"///", "///", "//"},
	} {
		if got := istio.NormalPath(row.path, false); got != row.base {
			t.Errorf("%q becomes %q, want %q", row.path, got, row.base)
		}
		if got := istio.NormalPath(row.path, true); got != row.merged {
			t.Errorf("%q becomes %q with merged slashes, want %q", row.path, got, row.merged)
		}
	}
}

// A normalized path is a path, holds no dot segment, and stays as it is.
func FuzzNormalPath(f *testing.F) {
	f.Add("/a/./b/../c", true)
	f.Add(`\..\a%2e`, false)
	f.Fuzz(func(t *testing.T, path string, merge bool) {
		got := istio.NormalPath(path, merge)
		if !strings.HasPrefix(got, "/") || strings.Contains(got, "/../") || strings.HasSuffix(got, "/.") || merge && strings.Contains(got, "//") && got != "//" {
			t.Errorf("%q becomes %q", path, got)
		}
		if again := istio.NormalPath(got, merge); again != got {
			t.Errorf("%q becomes %q and then %q", path, got, again)
		}
	})
}

// Whatever a path is, the paths that stand for all others show how the patterns treat it.
func FuzzKinds(f *testing.F) {
	f.Add("/a/{*}", "/a/b*", "*c", "/a/bc")
	f.Add("/a*", "/ab*", "/abc", "/abd")
	f.Add("/{**}", "/a/{*}/c", "/a/b/*", "/a/b/c")
	f.Add("*.js", "/static/*", "/", "/static/x.js")
	f.Fuzz(func(t *testing.T, a, b, c, path string) {
		if !strings.HasPrefix(path, "/") || !isText(a+b+c+path) || strings.ContainsAny(path, "?#{} ") || len(a)+len(b)+len(c) > 60 {
			t.Skip("no path that rules look at")
		}
		kind, known, whole := istio.Kinds([]string{a, b, c}, path)
		if whole && !known[kind] {
			t.Errorf("patterns %q, %q, %q treat %q as %s, which none of %v shows", a, b, c, path, kind, known)
		}
	})
}

func TestMatchTokenPrincipal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		value, iss, sub string
		want            bool
	}{
		{"https://iss/x/me", "https://iss/x", "me", true}, // the last slash parts them
		{"iss/me", "iss", "you", false},
		{"*", "iss", "me", true},
		{"*", "iss", "", false},
		{"*/me", "iss", "me", true},
		{"*x/me", "https://x", "me", true},
		{"iss/*", "iss", "me", true},
		{"iss/m*", "iss", "me", true},
		{"https*", "https:", "me", true},
		{"*e", "iss", "me", true},
		{"me", "me", "", true}, // without a slash it is the issuer
	} {
		if got := istio.MatchTokenPrincipal(row.value, row.iss, row.sub); got != row.want {
			t.Errorf("%q takes %s of %s: %v, want %v", row.value, row.sub, row.iss, got, row.want)
		}
	}
}
