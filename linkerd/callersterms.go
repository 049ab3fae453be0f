package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// The attributes of requests that terms name.
const (
	attrProtocol  = "protocol"
	attrTransport = "transport"
	attrAddress   = "source.address"
	attrMethod    = "method"
	attrPath      = "path"
	attrHost      = "host"
)

// term is a condition on what is sent, as one rule of a route and one grant put it.
type term struct {
	tcp   bool // connections, and no requests
	route *route
	match *requestMatch // nil takes every request of the route
	nets  networks      // nil takes every address
	rule  mesh.Rule
	but   []term // and none of these
}

// holds reports whether a sample fulfils the condition.
func (t *term) holds(s *sample) bool {
	if t.nets != nil && !t.nets.has(s.addr) {
		return false
	}
	if s.q == nil || t.tcp {
		return (s.q == nil) == t.tcp
	}
	if t.route != nil {
		if _, ok := t.route.host(s.q); !ok {
			return false
		}
	}
	if t.match != nil {
		if _, ok := t.match.meet(s.q); !ok {
			return false
		}
	}
	return !meetsAny(t.but, s)
}

// terms puts what gets through into words, and reports whether they say of every sample what became of it.
// Where a request that is refused would be let in by the words for others, it is excepted from all of them,
// or else from each.
func (e *exploration) terms() (mesh.Terms, bool) {
	if e.partial != "" {
		return e.plainTerms()
	}
	when := e.granted()
	unless, ok := e.exceptions(when)
	switch {
	case !ok:
		return mesh.Terms{}, false
	case !e.verified(when, unless):
		if when, ok = e.exceptEach(when, unless); !ok || !e.verified(when, nil) {
			return mesh.Terms{}, false
		}
		unless = nil
	}
	out := mesh.Terms{Mesh: Name, Kind: mesh.PointServer}
	for i := range when {
		out.When = append(out.When, when[i].clause(e))
	}
	if out.When = whateverProtocol(out.When); slices.ContainsFunc(out.When, func(c mesh.Clause) bool { return len(c.Conditions) == 0 }) {
		out.When = nil // it asks nothing
	}
	for i := range unless {
		out.Unless = append(out.Unless, unless[i].clause(e))
	}
	return out, true
}

// whateverProtocol puts conditions together that are the same for both protocols.
func whateverProtocol(clauses []mesh.Clause) []mesh.Clause {
	var all []mesh.Clause
	for _, c := range clauses {
		rest, protocol := withoutProtocol(c)
		twin := slices.IndexFunc(all, func(d mesh.Clause) bool {
			other, its := withoutProtocol(d)
			return protocol != "" && its != "" && its != protocol && c.Rule == d.Rule && slices.EqualFunc(rest, other, sameCondition)
		})
		if twin >= 0 {
			all[twin].Conditions = rest
			continue
		}
		all = append(all, c)
	}
	return all
}

// withoutProtocol takes a condition on the protocol off, which is the first one.
func withoutProtocol(c mesh.Clause) (rest []mesh.Condition, protocol string) {
	if len(c.Conditions) > 0 && c.Conditions[0].Attribute == attrProtocol && !c.Conditions[0].Not {
		return c.Conditions[1:], c.Conditions[0].Values[0]
	}
	return c.Conditions, ""
}

func sameCondition(a, b mesh.Condition) bool {
	return a.Attribute == b.Attribute && a.Not == b.Not && slices.Equal(a.Values, b.Values)
}

// plainTerms are the words where samples do not stand for all requests: those of all routes, where whatever a
// route takes gets through. It returns false where some of it does not.
func (e *exploration) plainTerms() (mesh.Terms, bool) {
	out := mesh.Terms{Mesh: Name, Kind: mesh.PointServer}
	add := func(t term) { out.When = append(out.When, t.clause(e)) }
	if e.tcp {
		j := e.gate.judge(&e.v, nil)
		if j.allowed == truth.Unknown {
			return out, false
		}
		if j.allowed == truth.True {
			add(term{tcp: true, rule: j.by.rule})
		}
	}
	for i, r := range e.gate.routes {
		j := ruling{route: i}
		if e.gate.weigh(&j, &e.v); j.allowed != truth.True {
			return out, false
		}
		for k := range r.rules {
			rule := &r.rules[k]
			if rule.redirect != nil {
				return out, false
			}
			if len(rule.matches) == 0 {
				add(term{route: r, rule: j.by.rule})
			}
			for m := range rule.matches {
				add(term{route: r, match: &rule.matches[m], rule: j.by.rule})
			}
		}
	}
	return out, true
}

// exceptions are the conditions under which samples are refused that others let in; false where one has none.
func (e *exploration) exceptions(when []term) ([]term, bool) {
	var unless []term
	for i := range e.samples {
		s := &e.samples[i]
		if s.result.allowed != truth.False || !meetsAny(when, s) {
			continue
		}
		if s.q == nil || !s.result.chosen.ok() {
			return nil, false
		}
		unless = addTerm(unless, e.termOf(s))
	}
	return unless, true
}

// exceptEach excepts from each condition those that take requests from it; false where one of these is not a
// single test, whose opposite could be said.
func (e *exploration) exceptEach(when, unless []term) ([]term, bool) {
	var all []term
	for _, t := range when {
		for i := range unless {
			if !e.takesFrom(&t, &unless[i]) {
				continue
			}
			if len(unless[i].clause(e).Conditions) != 1 {
				return nil, false
			}
			t.but = append(t.but, unless[i])
		}
		all = append(all, t)
	}
	return all, true
}

// takesFrom reports whether a sample for which both hold was refused by the second.
func (e *exploration) takesFrom(t, u *term) bool {
	return slices.ContainsFunc(e.samples, func(s sample) bool {
		return s.result.allowed == truth.False && s.result.chosen.route == u.route && t.holds(&s) && u.holds(&s)
	})
}

// verified reports whether the words say of every sample what became of it.
func (e *exploration) verified(when, unless []term) bool {
	for i := range e.samples {
		s := &e.samples[i]
		if (meetsAny(when, s) && !meetsAny(unless, s)) != (s.result.allowed == truth.True) {
			return false
		}
	}
	return true
}

func meetsAny(terms []term, s *sample) bool {
	return slices.ContainsFunc(terms, func(t term) bool { return t.holds(s) })
}

// granted are the conditions under which samples got through, each once.
func (e *exploration) granted() []term {
	var all []term
	for i := range e.samples {
		s := &e.samples[i]
		if s.result.allowed != truth.True || meetsAny(all, s) {
			continue
		}
		t := e.termOf(s)
		t.rule = s.result.by.rule
		if s.addr.IsValid() && !s.result.by.networks.all() && s.result.by.networks.hasAll(e.v.addrs) != truth.True {
			t.nets = s.result.by.networks
		}
		all = addTerm(all, t)
	}
	return all
}

// termOf is the condition that took the sample where it went.
func (e *exploration) termOf(s *sample) term {
	if s.q == nil {
		return term{tcp: true}
	}
	t := term{route: s.result.chosen.route}
	if rule := &t.route.rules[s.result.chosen.rule]; s.result.chosen.match >= 0 {
		t.match = &rule.matches[s.result.chosen.match]
	}
	return t
}

func addTerm(all []term, t term) []term {
	same := func(u term) bool {
		return u.tcp == t.tcp && u.route == t.route && u.match == t.match && u.rule == t.rule && (u.nets == nil) == (t.nets == nil) &&
			slices.Equal(u.nets.texts(), t.nets.texts())
	}
	if slices.ContainsFunc(all, same) {
		return all
	}
	return append(all, t)
}

// clause is the condition in words.
func (t *term) clause(e *exploration) mesh.Clause {
	c := mesh.Clause{Rule: t.rule}
	add := func(attribute string, values ...string) {
		c.Conditions = append(c.Conditions, mesh.Condition{Attribute: attribute, Values: values})
	}
	if t.tcp && e.http {
		add(attrProtocol, "tcp")
	}
	if t.route != nil {
		t.describe(add)
	}
	if t.route != nil && len(c.Conditions) == 0 && e.tcp {
		add(attrProtocol, "http")
	}
	if t.nets != nil {
		add(attrAddress, t.nets.texts()...)
	}
	for i := range t.but {
		for _, not := range t.but[i].clause(e).Conditions {
			not.Not = !not.Not
			c.Conditions = append(c.Conditions, not)
		}
	}
	return c
}

// describe adds what the route and the match ask of a request.
func (t *term) describe(add func(attribute string, values ...string)) {
	if m := t.match; m != nil {
		method := m.method
		if m.rpc != nil {
			method = "POST"
		}
		if method != "" {
			add(attrMethod, method)
		}
		if paths := m.pathWords(); len(paths) > 0 {
			add(attrPath, paths...)
		}
		for i := range m.headers {
			add("header["+lowerASCII(m.headers[i].name)+"]", m.headers[i].word())
		}
		for i := range m.query {
			add("query["+m.query[i].name+"]", m.query[i].word())
		}
	}
	var hosts []string
	for _, h := range t.route.hosts {
		hosts = append(hosts, h.String())
	}
	if len(hosts) > 0 {
		add(attrHost, hosts...)
	}
}

// pathWords are the paths that the match takes; none for all.
func (m *requestMatch) pathWords() []string {
	if m.rpc != nil {
		service, method := m.rpc.service, m.rpc.method
		if service == "" {
			service = "*"
		}
		if method == "" {
			return []string{"/" + service + "/*"}
		}
		return []string{"/" + service + "/" + method, "/" + service + "/" + method + "/*"}
	}
	switch m.path.kind {
	case pathExact:
		return []string{m.path.text}
	case pathPrefix:
		return []string{m.path.text, m.path.text + "/*"}
	case pathPattern:
		return []string{m.path.pattern.word()}
	default:
		return nil
	}
}

func (p *pattern) word() string { return "~" + strings.TrimSpace(p.text) }

func (t *textMatch) word() string {
	if t.pattern != nil {
		return t.pattern.word()
	}
	return t.value
}
