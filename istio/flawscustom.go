package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// withoutRules reports policies that match nothing for want of rules. An ALLOW policy without rules says
// that it allows nothing, and does.
func (f *flawFinder) withoutRules(p *authzPolicy, at *standing) {
	action := p.spec.GetAction()
	if len(p.spec.GetRules()) > 0 || action == actionAllow || len(p.gaps) > 0 {
		return
	}
	f.report(mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleWithoutRules, Object: p.ref, Loc: p.obj.At("spec"),
		Detail: "a policy with action " + action.String() + " and without rules matches nothing",
	}, at.sites)
}

// authorizers reports CUSTOM policies whose external authorizer cannot be asked.
func (f *flawFinder) authorizers(p *authzPolicy, at *standing) {
	if p.spec.GetAction() != actionCustom {
		return
	}
	name := p.spec.GetProvider().GetName()
	loc := p.obj.At("spec.provider.name")
	var several, bad []*site
	reason := ""
	for _, s := range at.sites {
		if !s.envoy() {
			continue
		}
		for _, c := range s.bundle().http.custom {
			switch {
			case c.provider != name || c.state != providerBad:
			case len(s.bundle().http.custom) > 1:
				several = append(several, s)
			default:
				bad, reason = append(bad, s), c.reason
			}
		}
	}
	if len(several) > 0 {
		f.report(mesh.Flaw{
			Kind: mesh.FlawClosesMore, Rule: ruleSeveralProviders, Object: p.ref, Loc: loc,
			Detail: "policies with different external authorizers apply, of which istiod takes none: what the rules match is refused",
		}, several)
	}
	f.unknownProvider(p, at, name)
	if len(bad) > 0 {
		f.report(mesh.Flaw{
			Kind: mesh.FlawClosesMore, Rule: ruleUnknownProvider, Object: p.ref, Loc: loc,
			Detail: reason + ": what the rules match is refused",
		}, bad)
	}
	f.authorizerOnTCP(p, at)
}

// unknownProvider reports an authorizer that the mesh configuration lacks.
func (f *flawFinder) unknownProvider(p *authzPolicy, at *standing, name string) {
	rev := f.named("")
	if len(at.sites) > 0 {
		rev = at.sites[0].rev
	}
	found := rev.provider(name, f.authz.hosts)
	if found.state != providerBad && found.state != providerUnsure {
		return
	}
	flaw := mesh.Flaw{
		Kind: mesh.FlawNamesNobody, Rule: ruleUnknownProvider, Object: p.ref, Loc: p.obj.At("spec.provider.name"),
		Detail: found.reason, Unknown: found.gaps,
	}
	if found.state == providerUnsure {
		flaw.Detail = "it asks the external authorizer " + quoted(name)
	}
	f.report(flaw, at.sites)
}

// authorizerOnTCP reports rules that an authorizer which speaks HTTP does not judge on TCP ports.
func (f *flawFinder) authorizerOnTCP(p *authzPolicy, at *standing) {
	for i, fields := range at.fields {
		r := ruleFields{p, i, fields}
		http := len(where(fields, policyField.http)) > 0
		ports := atTCP(at.sites, func(s *site, port uint16) bool {
			made, _ := envoyRule(p, i, s.rev, true)
			return s.passes(p) && made.holds(portEvidence(port)) != truth.False && (!http || r.namesPort(port))
		})
		if len(ports.sites) > 0 {
			f.report(mesh.Flaw{
				Kind: mesh.FlawNoEffect, Rule: ruleAuthorizerOnTCP, Object: p.ref, Loc: p.rule(i).Loc,
				Detail: "the external authorizer speaks HTTP, so " + ruleName(i) + " asks it about nothing on " + ports.String() + ", which is TCP",
			}, ports.sites)
		}
	}
}

// passes reports whether the authorizer of a policy is not asked about TCP.
func (s *site) passes(p *authzPolicy) bool {
	for _, c := range s.bundle().tcp.custom {
		if c.provider == p.spec.GetProvider().GetName() {
			return c.state == providerPassed
		}
	}
	return false
}
