package linkerd

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// world makes random gates.
type gateMaker struct{ *rand.Rand }

func pick[T any](r gateMaker, from ...T) T { return from[r.IntN(len(from))] }

func (r gateMaker) path() pathMatch {
	text := pick(r, "/", "/a", "/a/b", "/a/b/c", "/b", "/ab")
	switch r.IntN(6) {
	case 0, 1:
		return pathMatch{kind: pathExact, text: text}
	case 2, 3, 4:
		return prefixOf(text + pick(r, "", "/"))
	default:
		p, _ := parsePattern(pick(r, "/a/.*", "/[ab]", "/b|/ba"))
		return pathMatch{kind: pathPattern, pattern: p}
	}
}

func (r gateMaker) match(grpc bool) requestMatch {
	var m requestMatch
	if grpc {
		m.rpc = &rpcMatch{pick(r, "", "s", "t"), pick(r, "", "m", "n")}
	} else {
		m.path, m.method = r.path(), pick(r, "", "", "GET", "POST")
		if r.IntN(5) == 0 {
			m.query = []textMatch{{name: "q", value: pick(r, "1", "2")}}
		}
	}
	if r.IntN(5) == 0 {
		m.headers = []textMatch{{name: pick(r, "x-a", "X-A", "x-b"), value: pick(r, "1", "2")}}
	}
	return m
}

func (r gateMaker) route(i int, grpc bool) *route {
	rt := &route{grpc: grpc}
	rt.obj.Ref.Name, rt.obj.Ref.Kind = fmt.Sprint("r", i), kindPolicyHTTPRoute
	if r.IntN(4) == 0 {
		rt.hosts = []hostMatch{parseHost(pick(r, "x.io", "*.x.io", "y.x.io"))}
	}
	for range 1 + r.IntN(2) {
		var rule routeRule
		for range r.IntN(3) {
			rule.matches = append(rule.matches, r.match(grpc))
		}
		rt.rules = append(rt.rules, rule)
	}
	return rt
}

func (r gateMaker) grant(i int) *grant {
	g := &grant{rule: mesh.Rule{Index: -1}, networks: everywhere()}
	g.rule.Policy.Name = fmt.Sprint("g", i)
	if r.IntN(3) == 0 {
		g.networks = networks{{cidr: netip.MustParsePrefix(pick(r, "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"))}}
		if r.IntN(3) == 0 {
			g.networks[0].except = []netip.Prefix{netip.MustParsePrefix("10.1.1.0/24")}
		}
	}
	switch r.IntN(4) {
	case 0:
	case 1:
		g.who = anyIdentity()
	case 2:
		g.who.add("a.ns")
	default:
		g.who.add("nobody.ns")
	}
	return g
}

func (r gateMaker) grants(most, from int) []*grant {
	var all []*grant
	for i := range r.IntN(most + 1) {
		all = append(all, r.grant(from+i))
	}
	return all
}

func (r gateMaker) gate() *gate {
	g := &gate{
		policy:   &policy{settings: &settings{release: release{minor: 20}}, probe: &grant{networks: everywhere()}, localhost: localhostGrant()},
		protocol: pick(r, protocolDetect, protocolDetect, protocolHTTP1, protocolGRPC, protocolOpaque),
		grants:   r.grants(2, 0), local: true, crowds: &crowdMemo{},
	}
	if !g.protocol.blind() {
		for i := range r.IntN(4) {
			g.routes = append(g.routes, r.route(i, g.protocol == protocolGRPC))
			g.own = append(g.own, r.grants(2, 10*i+10))
		}
	}
	if r.IntN(2) == 0 {
		g.probes = []string{"/a", "/live"}
	}
	g.completeRoutes()
	return g
}

func (r gateMaker) visitor() visitor {
	v := visitor{tls: truth.True, named: truth.True, identity: "a.ns", outside: true}
	if r.IntN(3) == 0 {
		v = visitor{tls: truth.False, named: truth.False, outside: true}
	}
	if r.IntN(2) == 0 {
		v.addrs = []netip.Addr{r.addr()}
	}
	return v
}

func (r gateMaker) addr() netip.Addr {
	return netip.MustParseAddr(pick(r, "10.1.1.1", "10.1.2.1", "10.2.0.1", "192.0.2.1", "2001:db8::1"))
}

func (r gateMaker) request() *asked {
	q := newAsked(&mesh.HTTP{
		Method: pick(r, "GET", "POST", "PUT"), Host: pick(r, "", "x.io", "y.x.io", "z.x.io:80", "other"),
		Path:   pick(r, "/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/c/d", "/ab", "/b", "/ba", "/live", "/s/m", "/s/n", "/t/m", "/s/m/x", "/u/v") + pick(r, "", "", "?q=1", "?q=2&q=1", "?x=1"),
		Header: pick(r, nil, map[string][]string{"X-a": {"1"}}, map[string][]string{"x-a": {"2", "1"}}, map[string][]string{"x-b": {"1"}}),
	}, false)
	return &q
}

// What is said of all requests of a client holds for each: none is refused where all get through, none gets
// through where none does, and where some do, those for which the terms hold.
func TestAdmissionAgreesWithRequests(t *testing.T) {
	t.Parallel()
	seen := map[mesh.Access]int{}
	for seed := range uint64(2000) {
		r := gateMaker{rand.New(rand.NewPCG(seed, 7))}
		g, v := r.gate(), r.visitor()
		a := g.admission(&v, true)
		seen[a.Access]++
		for range 60 {
			one := v
			if len(v.addrs) == 0 {
				one.addrs = []netip.Addr{r.addr()}
			}
			var q *asked
			if !g.protocol.looksInto() && r.IntN(4) == 0 || g.protocol.blind() {
				q = nil
			} else {
				q = r.request()
			}
			got := g.judge(&one, q).allowed
			if want := fulfils(a, q, one.addrs[0]); want != truth.Unknown && got != want {
				t.Fatalf("seed %d: %v; of %+v from %v the terms say %v, and it is %v\n%s", seed, a, q, one.addrs, want, got, g.describe())
			}
		}
	}
	for _, access := range []mesh.Access{mesh.AccessAlways, mesh.AccessNever, mesh.AccessSometimes} {
		if seen[access] < 100 {
			t.Errorf("%v was said %d times only: %v", access, seen[access], seen)
		}
	}
	if seen[mesh.AccessUndecided] > 400 {
		t.Errorf("too much is undecided: %v", seen)
	}
}

// describe writes the routes and grants of a gate.
func (g *gate) describe() string {
	var b strings.Builder
	fmt.Fprintln(&b, "protocol", g.protocol, "probes", g.probes)
	for _, one := range g.grants {
		fmt.Fprintln(&b, one.rule.Policy.Name, one.who, one.networks)
	}
	for i, r := range g.routes {
		fmt.Fprintln(&b, r.obj.Ref, r.hosts)
		for _, rule := range r.rules {
			for _, m := range rule.matches {
				fmt.Fprintf(&b, "   %+v\n", m)
			}
		}
		for _, one := range g.own[i] {
			fmt.Fprintln(&b, "  ", one.rule.Policy.Name, one.who, one.networks)
		}
	}
	return b.String()
}

// fulfils says whether an admission lets a request through, by its words alone.
func fulfils(a mesh.Admission, q *asked, addr netip.Addr) truth.Value {
	switch a.Access {
	case mesh.AccessAlways:
		return truth.True
	case mesh.AccessNever:
		return truth.False
	case mesh.AccessUndecided:
		return truth.Unknown
	default:
	}
	holds := func(c mesh.Clause) bool {
		return !slices.ContainsFunc(c.Conditions, func(c mesh.Condition) bool { return tests(c, q, addr) == c.Not })
	}
	all := truth.True
	for _, t := range a.Terms {
		ok := (len(t.When) == 0 || slices.ContainsFunc(t.When, holds)) && !slices.ContainsFunc(t.Unless, holds)
		all = all.And(truth.Of(ok))
	}
	return all
}

// tests reports whether one of the condition's values is the request's.
func tests(c mesh.Condition, q *asked, addr netip.Addr) bool {
	if c.Attribute == "source.address" {
		return slices.ContainsFunc(c.Values, func(text string) bool {
			in, holes, _ := strings.Cut(text, " without ")
			return netip.MustParsePrefix(in).Contains(addr) && (holes == "" || !netip.MustParsePrefix(holes).Contains(addr))
		})
	}
	if c.Attribute == "protocol" {
		return slices.Contains(c.Values, map[bool]string{true: "tcp", false: "http"}[q == nil])
	}
	if q == nil {
		return false
	}
	var have []string
	name := strings.TrimSuffix(c.Attribute[strings.IndexByte(c.Attribute, '[')+1:], "]")
	switch {
	case c.Attribute == "method":
		have = []string{q.method}
	case c.Attribute == "path":
		have = []string{q.path}
	case c.Attribute == "host":
		have = []string{q.host}
	case strings.HasPrefix(c.Attribute, "header["):
		have = slices.Collect(q.values(name))
	case strings.HasPrefix(c.Attribute, "query["):
		for k, v := range q.parameters() {
			if k == name {
				have = append(have, v)
			}
		}
	}
	return slices.ContainsFunc(have, func(v string) bool {
		return slices.ContainsFunc(c.Values, func(want string) bool { return wordFits(want, v) })
	})
}

func wordFits(want, v string) bool {
	if re, ok := strings.CutPrefix(want, "~"); ok {
		p, _ := parsePattern(re)
		return p.spans(v, &asked{})
	}
	if rest, ok := strings.CutPrefix(want, "*."); ok {
		return strings.HasSuffix(v, "."+rest)
	}
	text := regexp.QuoteMeta(want)
	text = strings.ReplaceAll(text, `/\*/`, `/[^/]*/`)
	if strings.HasSuffix(text, `/\*`) {
		text = strings.TrimSuffix(text, `\*`) + ".*"
	}
	return regexp.MustCompile("^" + text + "$").MatchString(v)
}
