package istio

import (
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/source"
)

// ztunnelRule compiles a rule as istiod converts it for ztunnel
// (pilot/pkg/serviceregistry/ambient/authorization.go handleRule) and as ztunnel evaluates the result
// (src/rbac.rs). Fields of HTTP drop a rule of an ALLOW policy. In a DENY policy they are left out,
// and a source, operation or condition of which nothing is left matches nothing. false means that the
// rule was dropped.
func ztunnelRule(p *authzPolicy, index int, rev *revision) (*rule, bool) {
	r := newRule(p, index)
	b := &ruleBuilder{rule: r, rev: rev}
	spec := p.spec.GetRules()[index]
	http := false
	for _, t := range spec.GetTo() {
		o := t.GetOperation()
		http = http || slices.Concat(o.GetHosts(), o.GetNotHosts(), o.GetMethods(), o.GetNotMethods(), o.GetPaths(), o.GetNotPaths()) != nil
		var c clause
		c.add(attrPort, o.GetPorts(), o.GetNotPorts(), portMatcher)
		r.to = append(r.to, c.orNever())
	}
	for i, f := range spec.GetFrom() {
		s := f.GetSource()
		b.path = source.Index(source.Index("spec.rules", index)+".from", i) + ".source"
		b.tooNew(25, "serviceAccounts", s.GetServiceAccounts(), s.GetNotServiceAccounts())
		http = http || slices.Concat(s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks(), s.GetRequestPrincipals(), s.GetNotRequestPrincipals()) != nil
		r.from = append(r.from, ztunnelSource(s, p.ref.Namespace))
	}
	for _, w := range spec.GetWhen() {
		c, known := ztunnelCondition(w)
		http = http || !known
		r.when = append(r.when, c)
	}
	return r, !http || p.spec.GetAction() != actionAllow
}

// ztunnelSource compiles a source; trustDomains are lost without a word.
func ztunnelSource(s *securityv1beta1.Source, namespace string) clause {
	var c clause
	c.add(attrSource, s.GetIpBlocks(), s.GetNotIpBlocks(), cidrMatcher)
	c.add(attrIdentity, s.GetServiceAccounts(), s.GetNotServiceAccounts(), sure(func(v string) matcher { return sourceAccount(v, namespace, peerNames) }))
	c.add(attrIdentity, s.GetPrincipals(), s.GetNotPrincipals(), sure(sourcePrincipal))
	c.add(attrIdentity, s.GetNamespaces(), s.GetNotNamespaces(), sure(ztunnelNamespace))
	return c.orNever()
}

// ztunnelCondition compiles an entry of when; false for a key that ztunnel does not know.
func ztunnelCondition(w *securityv1beta1.Condition) (clause, bool) {
	var c clause
	known := true
	switch w.GetKey() {
	case "source.ip":
		c.add(attrSource, w.GetValues(), w.GetNotValues(), cidrMatcher)
	case "source.namespace":
		c.add(attrIdentity, w.GetValues(), w.GetNotValues(), sure(ztunnelNamespace))
	case "source.principal":
		c.add(attrIdentity, w.GetValues(), w.GetNotValues(), sure(sourcePrincipal))
	case "destination.ip":
		c.add(attrDestination, w.GetValues(), w.GetNotValues(), cidrMatcher)
	case "destination.port":
		c.add(attrPort, w.GetValues(), w.GetNotValues(), portMatcher)
	default:
		known = false
	}
	return c.orNever(), known
}

// add compiles the values of one field; those that istiod cannot read are left out.
func (c *clause) add(kind facetKind, values, not []string, read func(string) (matcher, bool)) {
	t := test{attr: facet{kind: kind}, values: values, notValues: not}
	for _, v := range values {
		if m, ok := read(v); ok {
			t.any = append(t.any, m)
		}
	}
	for _, v := range not {
		if m, ok := read(v); ok {
			t.none = append(t.none, m)
		}
	}
	if len(t.any) > 0 || len(t.none) > 0 {
		c.tests = append(c.tests, t)
	}
}

func (c clause) orNever() clause {
	c.never = len(c.tests) == 0
	return c
}

// ztunnelNamespace compares the namespace alone, with one wildcard at an end.
func ztunnelNamespace(v string) matcher {
	m := textMatcher(v)
	return matcher{kind: peerNamespace, sub: &m}
}
