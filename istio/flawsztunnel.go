package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// atZtunnel reports what ztunnel makes of a policy otherwise than it says: it knows neither requests nor
// the actions CUSTOM and AUDIT. pilot/pkg/serviceregistry/ambient/authorization.go, ztunnel src/rbac.rs.
func (f *flawFinder) atZtunnel(p *authzPolicy, at *standing) {
	var sites []*site
	for _, s := range at.sites {
		if s.kind == siteZtunnel {
			sites = append(sites, s)
		}
	}
	if len(sites) == 0 {
		return
	}
	switch action := p.spec.GetAction(); action {
	case actionAllow, actionDeny:
		for i, fields := range at.fields {
			f.ruleAtZtunnel(ruleFields{p, i, fields}, sites)
		}
	default:
		f.report(mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleActionAtZtunnel, Object: p.ref, Loc: p.obj.At("spec.action"),
			Detail: "ztunnel knows no action " + action.String(),
		}, sites)
	}
}

func (f *flawFinder) ruleAtZtunnel(of ruleFields, sites []*site) {
	p, i := of.policy, of.index
	lost := where(of.fields, func(x policyField) bool { return !x.ztunnel() })
	if len(lost) == 0 || len(p.gapsOfRule(i)) > 0 {
		return
	}
	flaw := mesh.Flaw{Kind: mesh.FlawClosesMore, Rule: ruleLayer7AtZtunnel, Object: p.ref, Loc: p.obj.At(lost[0].path)}
	r, kept := ztunnelRule(p, i, sites[0].rev)
	loud := where(lost, func(x policyField) bool { return x.name != "trustDomains" })
	if len(loud) == 0 {
		loud = lost
	}
	switch dead := r.never(); {
	case !kept:
		flaw.Loc = p.obj.At(loud[0].path)
		flaw.Detail = "ztunnel does not see " + listed(loud) + " and leaves " + ruleName(i) + " out"
		if p.droppedByZtunnel(sites[0].rev) {
			flaw.Detail += ": the policy then allows nobody"
		}
	case dead && p.spec.GetAction() == actionDeny:
		flaw.Kind = mesh.FlawNoEffect
		flaw.Detail = "ztunnel does not see " + listed(lost) + ", and " + ruleName(i) + " denies nothing there"
	case dead:
		flaw.Detail = "ztunnel leaves " + listed(lost) + " out, and " + ruleName(i) + " then allows nobody"
	default:
		f.partAtZtunnel(flaw, p, r, lost, sites)
		return
	}
	f.report(flaw, sites)
}

// never reports whether a rule matches nothing because some part of it has no entry that does.
func (r *rule) never() bool {
	none := func(list []clause) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(c clause) bool { return !c.never })
	}
	return none(r.from) || none(r.to) || slices.ContainsFunc(r.when, func(c clause) bool { return c.never })
}

// droppedByZtunnel reports whether ztunnel gets no rule of an ALLOW policy.
func (p *authzPolicy) droppedByZtunnel(rev *revision) bool {
	for i := range p.spec.GetRules() {
		if _, kept := ztunnelRule(p, i, rev); kept {
			return false
		}
	}
	return true
}

// partAtZtunnel reports the entries of a rule that ztunnel does not read whole while the rule as such
// stays: entries without anything left match nothing, others match more.
func (f *flawFinder) partAtZtunnel(flaw mesh.Flaw, p *authzPolicy, r *rule, lost []policyField, sites []*site) {
	deny := p.spec.GetAction() == actionDeny
	dead := where(lost, func(x policyField) bool { return r.part(x.part)[x.entry].never })
	wider := where(lost, func(x policyField) bool {
		return !r.part(x.part)[x.entry].never && (x.name != "trustDomains" || f.excludesOwn(x, sites[0].rev))
	})
	if len(dead) > 0 {
		one := flaw
		one.Loc = p.obj.At(dead[0].path)
		one.Detail = "ztunnel does not see " + listed(dead) + ", and this part of " + ruleName(r.index) + " matches nothing there"
		if deny {
			one.Kind = mesh.FlawNoEffect
		}
		f.report(one, sites)
	}
	if len(wider) > 0 {
		flaw.Loc = p.obj.At(wider[0].path)
		flaw.Detail = "ztunnel does not see " + listed(wider) + ", and " + ruleName(r.index) + " denies by the rest alone"
		if !deny {
			flaw.Kind, flaw.Rule = mesh.FlawOpensMore, ruleTrustDomainsLost
			flaw.Detail = "ztunnel leaves " + listed(wider) + " out, and " + ruleName(r.index) + " allows by the rest alone"
		}
		f.report(flaw, sites)
	}
}

func (r *rule) part(p fieldPart) []clause {
	switch p {
	case partFrom:
		return r.from
	case partTo:
		return r.to
	default:
		return r.when
	}
}

// excludesOwn reports whether a field about trust domains excludes the mesh's own, which is the only one
// whose clients ztunnel accepts: elsewhere the field would change nothing.
func (f *flawFinder) excludesOwn(x policyField, rev *revision) bool {
	own := rev.trustDomains()[0]
	takes := slices.ContainsFunc(rev.expand(x.values), func(v string) bool {
		m := sourceTrustDomain(v)
		return m.matchName(spiffeScheme + own + "/ns/a/sa/b")
	})
	return takes == x.not
}
