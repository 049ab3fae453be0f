package linkerd

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
)

func TestHostMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		match, authority string
		fold             bool
		want             bool
	}{
		{"example.com", "example.com", false, true},
		{"example.com", "example.com:8080", false, true},
		{"example.com", "user@example.com.", false, true}, // a dot at the end of the host does not count
		{"example.com.", "example.com", false, false},     // but where the route has one
		{"example.com", "Example.com", false, false},
		{"example.com", "Example.com", true, true},
		{"*.example.com", "a.b.example.com", false, true},
		{"*.example.com", "example.com", false, false},
		{"*.example.com", "notexample.com", false, false},
		{"*.Example.com", "a.eXample.com", true, true},
		{"example.com", "", false, false},
		{"example.com", "[2001:db8::1]:80", false, false},
	}
	for _, tt := range tests {
		if _, got := parseHost(tt.match).meet(hostOf(tt.authority), tt.fold); got != tt.want {
			t.Errorf("%s meets %q: %v, want %v (case ignored: %v)", tt.authority, tt.match, got, tt.want, tt.fold)
		}
	}
}

func TestPathMatch(t *testing.T) {
	t.Parallel()
	pattern := func(text string) pathMatch {
		p, ok := parsePattern(text)
		if !ok {
			t.Fatalf("%q is not read", text)
		}
		return pathMatch{kind: pathPattern, pattern: p}
	}
	tests := []struct {
		match pathMatch
		path  string
		want  int // characters; -1 for none
	}{
		{prefixOf("/"), "/anything", 1},
		{prefixOf("/a"), "/a", 2},
		{prefixOf("/a/"), "/a", 2},
		{prefixOf("/a"), "/a/", 2},
		{prefixOf("/a"), "/a/b", 2},
		{prefixOf("/a"), "/ab", -1},
		{prefixOf("//"), "/a", 0},
		{pathMatch{kind: pathExact, text: "/a"}, "/a", 2},
		{pathMatch{kind: pathExact, text: "/a"}, "/a/", -1},
		{pattern("/a|/ab"), "/ab", -1}, // the first alternative is taken, and it does not span the path
		{pattern("/ab|/a"), "/ab", 3},
		{pattern("/[a-c]+"), "/abc", 4},
		{pattern("/a"), "/x/a", -1},
	}
	for _, tt := range tests {
		got, ok := tt.match.meet(&asked{path: tt.path})
		if !ok {
			got = -1
		}
		if got != tt.want {
			t.Errorf("%+v meets %s with %d characters, want %d", tt.match, tt.path, got, tt.want)
		}
	}
}

// Patterns that Go and the regex crate read in different ways are not read at all.
func TestPatternSyntax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`/a/.*`: true, `^/v[0-9]+/x$`: true, `\d{2,3}`: true, `(?:a|b)`: true, `(?i)abc`: true, `a\.b`: true, `[^/]+`: true,
		`[a&&b]`: false, `[[:alpha:]]`: false, `\Qa.b\E`: false, `\123`: false, `a{`: false, `{1}`: false, `(?P<n>a)`: false,
		`(?x) a`: false, `[]a]`: false, `[`: false, `a**`: false, `é`: false, `\p{L}`: false,
	} {
		if _, got := parsePattern(text); got != want {
			t.Errorf("%q is read: %v, want %v", text, got, want)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	q := newAsked(&mesh.HTTP{Path: "/p?a=1&b+c=%20x&&d&e=%zz%4&a=2#f"}, false)
	var got []string
	for k, v := range q.parameters() {
		got = append(got, k+"="+v)
	}
	if diff := cmp.Diff([]string{"a=1", "b c= x", "d=", "e=%zz%4", "a=2"}, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
	if q.path != "/p" {
		t.Errorf("the path is %q", q.path)
	}
}

// routeNamed is a route of one rule.
func routeNamed(name string, created int, matches ...requestMatch) *route {
	r := &route{rules: []routeRule{{matches: matches}}}
	r.obj.Ref.Name = name
	if created > 0 {
		r.meta.CreationTimestamp = time.Unix(int64(created), 0)
	}
	return r
}

// What decides between routes, from the most to the least important.
func TestRoutePrecedence(t *testing.T) {
	t.Parallel()
	exact := func(text string) pathMatch { return pathMatch{kind: pathExact, text: text} }
	header := []textMatch{{name: "x", value: "1"}}
	query := []textMatch{{name: "q", value: "1"}}
	hosted := func(r *route, host string) *route {
		r.hosts = []hostMatch{parseHost(host)}
		return r
	}
	tests := map[string]struct {
		routes []*route // the first one should be taken
		grpc   bool
	}{
		"an exact host before a longer path":        {routes: []*route{hosted(routeNamed("b", 1, requestMatch{}), "h.io"), routeNamed("a", 1, requestMatch{path: exact("/s/m")})}},
		"an exact host before a suffix":             {routes: []*route{hosted(routeNamed("b", 1, requestMatch{}), "h.io"), hosted(routeNamed("a", 1, requestMatch{}), "*.io")}},
		"a longer path":                             {routes: []*route{routeNamed("b", 1, requestMatch{path: prefixOf("/s")}), routeNamed("a", 1, requestMatch{headers: header})}},
		"more headers before more parameters":       {routes: []*route{routeNamed("b", 1, requestMatch{headers: header}), routeNamed("a", 1, requestMatch{query: query, method: "POST"})}},
		"more parameters before a method":           {routes: []*route{routeNamed("b", 1, requestMatch{query: query}), routeNamed("a", 1, requestMatch{method: "POST"})}},
		"a method":                                  {routes: []*route{routeNamed("b", 1, requestMatch{method: "POST"}), routeNamed("a", 1, requestMatch{})}},
		"an exact path is not better than a prefix": {routes: []*route{routeNamed("b", 1, requestMatch{path: prefixOf("/s/m")}), routeNamed("a", 2, requestMatch{path: exact("/s/m")})}},
		"the older of equals":                       {routes: []*route{routeNamed("b", 1, requestMatch{}), routeNamed("a", 2, requestMatch{})}},
		"one with a time before one without":        {routes: []*route{routeNamed("b", 9, requestMatch{}), routeNamed("a", 0, requestMatch{})}},
		"then by name":                              {routes: []*route{routeNamed("a", 1, requestMatch{}), routeNamed("b", 1, requestMatch{})}},
		"a service before a method and headers": {routes: []*route{
			routeNamed("b", 1, requestMatch{rpc: &rpcMatch{service: "s"}}), routeNamed("a", 1, requestMatch{rpc: &rpcMatch{method: "m"}, headers: header}),
		}, grpc: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newAsked(&mesh.HTTP{Method: "POST", Path: "/s/m?q=1", Host: "h.io", Header: map[string][]string{"X": {"1"}}}, false)
			for _, routes := range [][]*route{{tt.routes[0], tt.routes[1]}, {tt.routes[1], tt.routes[0]}} {
				for _, r := range routes {
					r.grpc = tt.grpc
				}
				slices.SortFunc(routes, compareRoutes)
				if got := findRoute(routes, &q); got.route != tt.routes[0] {
					t.Errorf("the request goes by %+v", got.route)
				}
			}
		})
	}
}

// A pattern spans a text if and only if Go's first match does, and what stands for it is spanned.
func FuzzPattern(f *testing.F) {
	f.Add("/a|/ab", "/ab")
	f.Add(`^/v\d+/[^/]*$`, "/v1/x")
	f.Add("(a|b){2,3}c?", "abc")
	f.Fuzz(func(t *testing.T, text, on string) {
		p, ok := parsePattern(text)
		if !ok {
			return
		}
		re := regexp.MustCompile(text)
		at := re.FindStringIndex(on)
		if got, want := p.spans(on, &asked{}), at != nil && at[0] == 0 && at[1] == len(on); got != want {
			t.Errorf("%q spans %q: %v", text, on, got)
		}
		if like := p.example(); like != "" && !p.spans(like, &asked{}) {
			t.Errorf("%q does not span its example %q", text, like)
		}
	})
}

// A request is taken apart without loss, and finding its route never fails, whatever stands in it.
func FuzzFindRoute(f *testing.F) {
	f.Add("/a/b?q=1", "Host.io:80", "x-a", "/a", "host.io")
	f.Add("", "[::1", "", "//", "*.")
	f.Fuzz(func(t *testing.T, path, host, header, prefix, name string) {
		q := newAsked(&mesh.HTTP{Method: "GET", Path: path, Host: host, Header: map[string][]string{header: {path}}}, true)
		if !strings.HasPrefix(path, q.path) && path != "" && q.path != "/" {
			t.Errorf("%q has the path %q", path, q.path)
		}
		one := routeNamed("a", 1, requestMatch{path: prefixOf("/" + prefix), headers: []textMatch{{name: header, value: path}}})
		one.hosts = []hostMatch{parseHost(name)}
		every := routeNamed("z", 2, requestMatch{})
		routes := []*route{one, every}
		got := findRoute(routes, &q)
		_, byHost := one.host(&q)
		_, byPath := one.rules[0].matches[0].meet(&q)
		if want := byHost && byPath; (got.route == one) != want {
			t.Errorf("the first route takes %q of %q: %v, and the request goes by %s", path, host, want, got.route.obj.Ref.Name)
		}
	})
}
