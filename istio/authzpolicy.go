package istio

import (
	"strconv"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const actionAudit = securityv1beta1.AuthorizationPolicy_AUDIT

// authzPolicy is an AuthorizationPolicy.
type authzPolicy struct {
	resource
	attachment
	spec   *securityv1beta1.AuthorizationPolicy
	dryRun bool
	// unread is why it is not known what the policy does at all: its action, or the list of its rules.
	unread []mesh.Gap
}

// authzPolicy decodes a policy; false when Istio refuses it.
func (c *compiler) authzPolicy(o source.Object) (*authzPolicy, bool) {
	p := &authzPolicy{spec: &securityv1beta1.AuthorizationPolicy{}}
	p.resource = c.decode(o, p.spec)
	p.attachment = newAttachment(p.resource, p.spec)
	// A value that cannot be parsed leaves the policy enforced
	// (pilot/pkg/security/authz/builder/builder.go isDryRun).
	p.dryRun, _ = strconv.ParseBool(p.meta.Annotations[annotationDryRun])
	for _, g := range p.gaps {
		if unreadPolicy(g) {
			p.unread = append(p.unread, g)
		}
	}
	if _, known := securityv1beta1.AuthorizationPolicy_Action_name[int32(p.spec.GetAction())]; !known {
		p.unread = append(p.unread, c.report(source.ProblemBadValue, o, "spec.action", "no action that Istio knows"))
	}
	return p, c.acceptsAuthorizationPolicy(p.resource, p.spec) || c.opts.KeepInvalid
}

// unreadPolicy reports whether a gap leaves open what the policy as a whole does: it is neither in a
// rule that can be named nor in the attachment.
func unreadPolicy(g mesh.Gap) bool {
	f := g.Loc.Field()
	return !strings.HasPrefix(f, "spec.rules[") && !touches(g, "spec.selector", "spec.targetRef", "metadata") ||
		f == "" || f == "spec"
}

// gapsOfRule are the gaps inside one rule.
func (p *authzPolicy) gapsOfRule(index int) []mesh.Gap {
	prefix := source.Index("spec.rules", index)
	var gaps []mesh.Gap
	for _, g := range p.gaps {
		if strings.HasPrefix(g.Loc.Field(), prefix) {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// String returns the name that steps give the policy.
func (p *authzPolicy) String() string {
	return "AuthorizationPolicy " + p.ref.Namespace + "/" + p.ref.Name
}

// rule is the place of one of the policy's rules; of the policy as a whole for -1.
func (p *authzPolicy) rule(index int) mesh.Rule {
	r := mesh.Rule{Policy: p.ref, Index: index, Loc: p.obj.At("spec")}
	if index >= 0 {
		r.Loc = p.obj.At(source.Index("spec.rules", index))
	}
	return r
}
