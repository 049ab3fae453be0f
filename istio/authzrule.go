package istio

import (
	"fmt"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// rule is a rule of a policy as a proxy has it: any of from, and any of to, and all of when.
type rule struct {
	policy *authzPolicy
	index  int
	name   string   // by which Envoy orders the rules of a filter
	from   []clause // empty for everybody
	to     []clause // empty for everything
	when   []clause
	// unread is why it is not known what the rule matches, or whether it applies at all.
	unread []mesh.Gap
	// unsure is what the rule may look at that cannot be told from the input.
	unsure []mesh.Gap

	id   mesh.Rule
	step mesh.Step // says that the rule matches
	some mesh.Step // says that it matches some requests
}

// clause is a source, an operation or a condition: all its tests hold.
type clause struct {
	tests []test
	never bool // it matches nothing
}

func (c *clause) holds(f evidence) truth.Value {
	if c.never {
		return truth.False
	}
	result := truth.True
	for i := range c.tests {
		switch c.tests[i].holds(f) {
		case truth.False:
			return truth.False
		case truth.Unknown:
			result = truth.Unknown
		default:
		}
	}
	return result
}

// holds evaluates the rule.
func (r *rule) holds(f evidence) truth.Value {
	if len(r.unread) > 0 {
		return truth.Unknown
	}
	result := anyClause(r.from, f)
	if result == truth.False {
		return result
	}
	result = result.And(anyClause(r.to, f))
	for i := range r.when {
		if result == truth.False {
			return result
		}
		result = result.And(r.when[i].holds(f))
	}
	return result
}

func anyClause(list []clause, f evidence) truth.Value {
	if len(list) == 0 {
		return truth.True
	}
	found := truth.False
	for i := 0; i < len(list) && found != truth.True; i++ {
		found = found.Or(list[i].holds(f))
	}
	return found
}

// clauses are all the rule's clauses.
func (r *rule) clauses(yield func(*clause)) {
	for _, list := range [][]clause{r.from, r.to, r.when} {
		for i := range list {
			yield(&list[i])
		}
	}
}

// newRule makes what all compilations of a rule have in common.
func newRule(p *authzPolicy, index int) *rule {
	r := &rule{policy: p, index: index, unread: p.gapsOfRule(index), id: p.rule(index)}
	r.name = "ns[" + p.ref.Namespace + "]-policy[" + p.ref.Name + "]-rule[" + fmt.Sprint(index) + "]"
	word, step := "allows", ruleAllowRule
	switch p.spec.GetAction() {
	case actionDeny:
		word, step = "denies", ruleDenyRule
	case actionAudit:
		word, step = "audits", ruleAuditRule
	case actionCustom:
		word, step = "asks "+quoted(p.spec.GetProvider().GetName())+" about", ruleCustomProvider
	default:
	}
	r.step = mesh.Step{Rule: step, Object: p.ref, Loc: r.id.Loc, Detail: fmt.Sprintf("rule %d of %s %s the request", index, p, word)}
	r.some = r.step
	r.some.Detail = strings.TrimSuffix(r.step.Detail, "the request") + "some requests"
	return r
}

// envoyRule compiles a rule for one kind of Envoy's filter chains, following
// pilot/pkg/security/authz/model/model.go New and Generate.
//
// What a TCP chain does not know (fields of HTTP), and values that are no ports or addresses, drop the
// whole rule of an ALLOW policy, so that it allows less; in other policies they are left out of the
// rule, so that it matches more. false means that the rule was dropped.
func envoyRule(p *authzPolicy, index int, rev *revision, tcp bool) (*rule, bool) {
	r := newRule(p, index)
	b := &ruleBuilder{rule: r, rev: rev, tcp: tcp, strict: p.spec.GetAction() == actionAllow}
	spec := p.spec.GetRules()[index]
	path := source.Index("spec.rules", index)
	for i, w := range spec.GetWhen() {
		b.path = source.Index(path+".when", i)
		if c := b.condition(w); len(c.tests) > 0 {
			r.when = append(r.when, c)
		}
	}
	for i, f := range spec.GetFrom() {
		b.path = source.Index(path+".from", i) + ".source"
		r.from = append(r.from, b.source(f.GetSource()))
	}
	for i, t := range spec.GetTo() {
		b.path = source.Index(path+".to", i) + ".operation"
		r.to = append(r.to, b.operation(t.GetOperation()))
	}
	return r, !b.dropped
}

// ruleBuilder compiles the fields of one rule.
type ruleBuilder struct {
	rule    *rule
	rev     *revision
	tcp     bool
	strict  bool // drop the rule rather than a part of it
	dropped bool
	path    string // of what is being compiled
}

// field compiles the values of one field.
func (b *ruleBuilder) field(c *clause, attr facet, values, not []string, read func(string) (matcher, bool)) {
	if len(values) == 0 && len(not) == 0 {
		return
	}
	if b.tcp && attr.layer7() {
		b.dropped = b.dropped || b.strict
		return
	}
	t := test{attr: attr, values: values, notValues: not, any: b.matchers(values, read), none: b.matchers(not, read)}
	if len(t.any) > 0 || len(t.none) > 0 {
		c.tests = append(c.tests, t)
	}
}

func (b *ruleBuilder) matchers(values []string, read func(string) (matcher, bool)) []matcher {
	var list []matcher
	for _, v := range values {
		m, ok := read(v)
		if !ok {
			b.dropped = b.dropped || b.strict
			continue
		}
		list = append(list, m)
	}
	return list
}

// sure wraps the readers of values that cannot be wrong.
func sure(read func(string) matcher) func(string) (matcher, bool) {
	return func(v string) (matcher, bool) { return read(v), true }
}

func (b *ruleBuilder) source(s *securityv1beta1.Source) clause {
	var c clause
	b.principals(&c, s.GetPrincipals(), s.GetNotPrincipals())
	b.field(&c, facet{kind: attrTokenPrincipal}, s.GetRequestPrincipals(), s.GetNotRequestPrincipals(), sure(principalMatcher))
	b.accounts(&c, s.GetServiceAccounts(), s.GetNotServiceAccounts())
	b.trustDomains(&c, s.GetTrustDomains(), s.GetNotTrustDomains())
	b.namespaces(&c, s.GetNamespaces(), s.GetNotNamespaces())
	b.field(&c, facet{kind: attrOrigin}, s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks(), cidrMatcher)
	b.field(&c, facet{kind: attrSource}, s.GetIpBlocks(), s.GetNotIpBlocks(), cidrMatcher)
	return c
}

func (b *ruleBuilder) operation(o *securityv1beta1.Operation) clause {
	var c clause
	b.field(&c, facet{kind: attrHost}, o.GetHosts(), o.GetNotHosts(), sure(hostMatcher))
	b.field(&c, facet{kind: attrMethod}, o.GetMethods(), o.GetNotMethods(), sure(headerMatcher))
	b.field(&c, facet{kind: attrPath}, o.GetPaths(), o.GetNotPaths(), b.pathMatcher)
	b.field(&c, facet{kind: attrPort}, o.GetPorts(), o.GetNotPorts(), portMatcher)
	return c
}

// condition compiles an entry of when. An attribute that Istio does not know makes it pass over the
// rule, whatever the action.
func (b *ruleBuilder) condition(w *securityv1beta1.Condition) clause {
	var c clause
	values, not := w.GetValues(), w.GetNotValues()
	simple := func(kind facetKind, read func(string) (matcher, bool)) {
		b.field(&c, facet{kind: kind}, values, not, read)
	}
	switch key := w.GetKey(); {
	case key == "source.principal":
		b.principals(&c, values, not)
	case key == "source.namespace":
		b.namespaces(&c, values, not)
	case key == "source.serviceAccount" && b.rev.since(25) != truth.False:
		b.accounts(&c, values, not)
	case key == "source.trustDomain" && b.rev.since(31) != truth.False:
		b.trustDomains(&c, values, not)
	case key == "source.ip":
		simple(attrSource, cidrMatcher)
	case key == "remote.ip":
		simple(attrOrigin, cidrMatcher)
	case key == "destination.ip":
		simple(attrDestination, cidrMatcher)
	case key == "destination.port":
		simple(attrPort, portMatcher)
	case key == "connection.sni":
		simple(attrSNI, sure(textMatcher))
	case key == "request.auth.principal":
		simple(attrTokenPrincipal, sure(principalMatcher))
	default:
		b.named(&c, key, values, not)
	}
	return c
}

// named compiles the conditions whose keys hold a name.
func (b *ruleBuilder) named(c *clause, key string, values, not []string) {
	header, isHeader := strings.CutPrefix(key, "request.headers")
	claims, isClaim := strings.CutPrefix(key, "request.auth.claims")
	switch {
	case key == "request.auth.audiences":
		b.field(c, claimFacet("aud"), values, not, sure(textMatcher))
	case key == "request.auth.presenter":
		b.field(c, claimFacet("azp"), values, not, sure(textMatcher))
	case isHeader:
		name, ok := bracketed(header)
		b.dropped = b.dropped || !ok && b.strict
		if ok || b.tcp {
			b.header(c, strings.ToLower(name), values, not)
		}
	case isClaim:
		names, ok := claimPath(claims)
		b.dropped = b.dropped || !ok && b.strict
		if ok || b.tcp {
			b.field(c, claimFacet(names...), values, not, sure(textMatcher))
		}
	case strings.HasPrefix(key, "experimental.envoy.filters."):
		b.unsure(c, facet{kind: attrMetadata}, "metadata of Envoy's filters ("+key+") is not in the input")
	default:
		b.dropped = true
	}
}

// header compiles a condition on a header. Envoy keeps the parts of the request line in headers of
// their own, and the header Host in ":authority".
func (b *ruleBuilder) header(c *clause, name string, values, not []string) {
	switch name {
	case ":method":
		b.field(c, facet{kind: attrMethod}, values, not, sure(headerMatcher))
	case "host":
		b.field(c, facet{kind: attrHeader, name: ":authority"}, values, not, sure(headerMatcher))
	default:
		b.field(c, facet{kind: attrHeader, name: name}, values, not, sure(headerMatcher))
	}
}

// unsure adds a test whose outcome cannot be told.
func (b *ruleBuilder) unsure(c *clause, attr facet, detail string) {
	c.tests = append(c.tests, test{attr: attr, any: []matcher{{kind: matchUnsure}}})
	b.doubt(source.ProblemUnsupported, detail)
}

func (b *ruleBuilder) doubt(code source.ProblemCode, detail string) {
	p := b.rule.policy
	b.rule.unsure = append(b.rule.unsure, mesh.Gap{Reason: code, Object: p.ref, Loc: p.obj.At(b.path), Detail: detail})
}

func (b *ruleBuilder) principals(c *clause, values, not []string) {
	b.field(c, facet{kind: attrIdentity}, b.rev.migrate(values), b.rev.migrate(not), b.identity(b.rev.readPrincipal))
}

func (b *ruleBuilder) namespaces(c *clause, values, not []string) {
	b.field(c, facet{kind: attrIdentity}, values, not, b.identity(b.rev.readNamespace))
}

// identity wraps a reader of values that old releases take for regular expressions.
func (b *ruleBuilder) identity(read func(string) matcher) func(string) (matcher, bool) {
	return sure(func(v string) matcher {
		m := read(v)
		if m.kind == peerUnsure {
			b.doubt(source.ProblemBadValue, quoted(v)+" is no regular expression, and Istio "+b.rev.version+" takes it for one")
		}
		return m
	})
}

func (b *ruleBuilder) accounts(c *clause, values, not []string) {
	if b.tooNew(25, "serviceAccounts", values, not) {
		return
	}
	ns := b.rule.policy.ref.Namespace
	b.field(c, facet{kind: attrIdentity}, values, not, b.identity(func(v string) matcher { return b.rev.readAccount(v, ns) }))
}

func (b *ruleBuilder) trustDomains(c *clause, values, not []string) {
	if b.tooNew(31, "trustDomains", values, not) {
		return
	}
	b.field(c, facet{kind: attrIdentity}, b.rev.expand(values), b.rev.expand(not), sure(sourceTrustDomain))
}

// tooNew reports whether a field is used that the control plane does not know. What becomes of the
// rule then depends on the custom resource definitions, which may be of another release.
func (b *ruleBuilder) tooNew(minor int, field string, values, not []string) bool {
	if len(values) == 0 && len(not) == 0 || b.rev.since(minor) != truth.False {
		return false
	}
	p := b.rule.policy
	b.rule.unread = append(b.rule.unread, mesh.Gap{
		Reason: source.ProblemUnsupported, Object: p.ref, Loc: p.obj.At(b.path),
		Detail: fmt.Sprintf("%s came with Istio 1.%d, and revision %s runs %s", field, minor, b.rev.name, b.rev.version),
	})
	return true
}

// pathMatcher reads a value of paths.
func (b *ruleBuilder) pathMatcher(v string) (matcher, bool) {
	if !isTemplate(v) {
		return textMatcher(v), true
	}
	t, ok := newURITemplate(v, b.rev.since(26))
	if !ok {
		b.doubt(source.ProblemBadValue, "Envoy does not take the path template "+quoted(v))
		return matcher{kind: matchUnsure}, true
	}
	return matcher{kind: matchTemplate, text: v, path: t}, true
}

func claimFacet(names ...string) facet {
	return facet{kind: attrClaim, name: strings.Join(names, claimSeparator)}
}

// bracketed reads "[name]" (pilot/pkg/security/authz/model/util.go extractNameInBrackets).
func bracketed(s string) (string, bool) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// claimPath reads "[a][b]"; what is not of that form counts as one name in brackets
// (util.go extractNameInNestedBrackets).
func claimPath(s string) ([]string, bool) {
	var names []string
	for rest := s; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.Contains(rest[1:end], "[") {
			name, ok := bracketed(s)
			return []string{name}, ok
		}
		names = append(names, rest[1:end])
		rest = rest[end+1:]
	}
	return names, true
}
