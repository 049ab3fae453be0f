package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	policyapi "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// authzPolicy is an AuthorizationPolicy.
type authzPolicy struct {
	resource
	target source.Ref // of its own namespace; zero where it stands for none. A route's kind and name are in lower case
	grant  *grant     // nil when the policy grants nothing
	void   string     // why it does not
	field  string     // that makes it so
	absent source.Ref // the authentication that it names and that is not there
	asks   int        // how many authentications it requires
	named  []namedPeer
}

// authzPolicies reads the AuthorizationPolicies, in the order of their names.
func (c *compiler) authzPolicies(s *settings, authns map[source.Ref]*authentication) []*authzPolicy {
	var all []*authzPolicy
	for o := range c.in.Objects.Objects(kindAuthorizationPolicy) {
		v, r := decode(c, o, func(v *policyapi.AuthorizationPolicy) *kube.Meta { return &v.Meta })
		p := &authzPolicy{resource: r}
		if all = append(all, p); r.refused {
			p.void = unread
			continue
		}
		if p.target = targetOf(s, o.Ref, v.Spec.TargetRef); p.target.IsZero() {
			p.refuse("spec.targetRef", "it targets a "+strings.Trim(v.Spec.TargetRef.Kind+"."+v.Spec.TargetRef.Group, "."))
		}
		p.compile(s, v, authns)
	}
	return all
}

// refuse says why the policy controller does not take the policy in.
func (p *authzPolicy) refuse(field, why string) {
	if p.void == "" {
		p.void, p.field = why, field
	}
}

// targetOf is what a policy stands for: a Server or a route by name, or its namespace, whatever the name that
// it gives (policy-controller/k8s/index/src/inbound/authorization_policy.rs target).
func targetOf(s *settings, own source.Ref, t policyapi.PolicyTargetReference) source.Ref {
	is := func(k source.Kind) bool { return sameKind(t.Group, t.Kind, k) }
	ref := source.Ref{Namespace: own.Namespace, Name: t.Name}
	switch {
	case is(kindServer):
		ref.Kind = kindServer
	case is(kube.KindNamespace):
		ref.Kind, ref.Name = kube.KindNamespace, ""
	case is(kindPolicyHTTPRoute), is(kube.KindHTTPRoute), is(kube.KindGRPCRoute) && s.release.since(16):
		return routeTarget(source.Ref{Kind: source.Kind{Group: t.Group, Kind: t.Kind}, Namespace: own.Namespace, Name: t.Name})
	default:
		return source.Ref{}
	}
	return ref
}

// routeTarget is a route as policies name it: group, kind and name have no case.
func routeTarget(r source.Ref) source.Ref {
	r.Group, r.Kind.Kind, r.Name = lowerASCII(r.Group), lowerASCII(r.Kind.Kind), lowerASCII(r.Name)
	return r
}

// compile makes the policy's one grant of all that it requires. What the policy controller cannot resolve
// makes the whole policy void (policy-controller/k8s/index/src/inbound/index.rs policy_client_authz).
func (p *authzPolicy) compile(s *settings, v *policyapi.AuthorizationPolicy, authns map[source.Ref]*authentication) {
	g := &grant{gaps: p.doubts()}
	n := needs{s: s, policy: p, grant: g, authns: authns}
	p.asks = len(v.Spec.RequiredAuthenticationRefs)
	for i, ref := range v.Spec.RequiredAuthenticationRefs {
		n.require(source.Index("spec.requiredAuthenticationRefs", i), ref)
	}
	if p.void != "" {
		return
	}
	if !n.byNetwork {
		g.networks = everywhere()
	}
	g.rule = mesh.Rule{Policy: p.obj.Ref, Index: -1, Loc: p.at("metadata.name")}
	g.step = p.step(ruleAuthorized, "spec.requiredAuthenticationRefs", "the policy lets the client in")
	p.grant = g
}

// needs collects what a policy requires.
type needs struct {
	s                     *settings
	policy                *authzPolicy
	grant                 *grant
	authns                map[source.Ref]*authentication
	byNetwork, byIdentity bool
}

func (n *needs) require(at string, ref policyapi.PolicyTargetReference) {
	target := source.Ref{Namespace: orNamespace(ref.Namespace, n.policy.obj.Ref.Namespace), Name: ref.Name}
	switch {
	case sameKind(ref.Group, ref.Kind, kindMeshTLSAuthentication):
		target.Kind = kindMeshTLSAuthentication
		if a := n.find(at, target); a != nil && n.once(at, &n.byIdentity, "identities") {
			n.grant.who = a.ids
		}
	case sameKind(ref.Group, ref.Kind, kube.KindServiceAccount):
		if n.once(at, &n.byIdentity, "identities") {
			n.grant.who = identities{}
			id := n.s.identity(target.Name, target.Namespace)
			n.grant.who.add(id)
			n.policy.named = append(n.policy.named, namedPeer{at + ".name", id})
			n.grant.gaps = append(n.grant.gaps, n.s.gaps...)
		}
	case sameKind(ref.Group, ref.Kind, kindNetworkAuthentication):
		target.Kind = kindNetworkAuthentication
		if a := n.find(at, target); a != nil && n.once(at, &n.byNetwork, "networks") {
			n.grant.networks = a.networks
		}
	default:
		n.policy.refuse(at+".kind", "it requires a "+strings.Trim(ref.Kind+"."+ref.Group, ".")+", which authenticates nobody")
	}
}

// once notes that the policy requires one of a class; a second one makes it void.
func (n *needs) once(at string, had *bool, class string) bool {
	if *had {
		n.policy.refuse(at, "it requires "+class+" twice")
	}
	*had = true
	return n.policy.void == ""
}

// find is the authentication of that name; nil where there is none, or one that is not taken in.
func (n *needs) find(at string, ref source.Ref) *authentication {
	a := n.authns[ref]
	switch {
	case a != nil && a.void == "":
		n.grant.gaps = slices.Concat(n.grant.gaps, a.gaps)
		return a
	case n.policy.void == "":
		n.policy.void, n.policy.field, n.policy.absent = "it requires "+ref.String()+", which does not exist", at, ref
		if a != nil {
			n.policy.void = "it requires " + ref.String() + ", which is void: " + a.void
		}
	}
	return nil
}
