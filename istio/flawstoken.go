package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// untoldTokens reports rules about bearer tokens at proxies that no RequestAuthentication tells to look at
// tokens: no request has a principal there.
func (f *flawFinder) untoldTokens(p *authzPolicy, at *standing) {
	var blind []*site
	for i := range at.fields {
		about := where(at.fields[i], policyField.token)
		if len(about) == 0 {
			continue
		}
		if blind == nil {
			if blind = f.blindSites(at.sites); len(blind) == 0 {
				return
			}
		}
		flaw := mesh.Flaw{Kind: mesh.FlawNamesNobody, Rule: ruleNoTokens, Object: p.ref, Loc: p.obj.At(about[0].path)}
		flaw.Detail = ruleName(i) + " looks at bearer tokens, and no RequestAuthentication applies, without which no token is read" + effect(p)
		if about[0].not && p.spec.GetAction() == actionDeny {
			flaw.Kind = mesh.FlawClosesMore
			flaw.Detail = ruleName(i) + " denies requests without the right token, and no RequestAuthentication applies, without which no token is read: every request counts as one without"
		} else if about[0].not {
			continue
		}
		f.report(flaw, blind)
	}
}

// blindSites are the Envoys that look for no tokens on some port with HTTP.
func (f *flawFinder) blindSites(all []*site) []*site {
	var found []*site
	for _, s := range httpSites(all) {
		told := false
		tokens := f.authz.tokensFor(s.rev, s.proxied)
		for _, ra := range append(tokens.surely, tokens.perhaps...) {
			told = told || len(ra.spec.GetJwtRules()) > 0 || len(ra.gaps) > 0
		}
		if !told {
			found = append(found, s)
		}
	}
	return found
}

// requestFlaws looks at the RequestAuthentications.
func (f *flawFinder) requestFlaws() {
	for _, ra := range f.authz.tokens.all {
		at := f.tokens.of(ra)
		f.outside(ra.obj, &ra.attachment, at)
		f.atWaypoint(ra.obj, &ra.attachment, at.idle)
		f.tokensAtZtunnel(ra, at)
		f.tokensOnTCP(ra, at)
	}
}

// tokensAtZtunnel reports a RequestAuthentication that only ztunnel could read, and does not.
func (f *flawFinder) tokensAtZtunnel(ra *requestAuth, at *standing) {
	var ambient []*site
	for _, s := range at.idle {
		if s.kind == siteZtunnel {
			ambient = append(ambient, s)
		}
	}
	if len(ambient) == 0 || len(at.sites) > 0 && len(ra.labels) == 0 {
		return
	}
	f.report(mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleLayer7AtZtunnel, Object: ra.ref, Loc: ra.obj.At("spec"),
		Detail: "ztunnel sees no requests and no tokens in them; only a waypoint reads a RequestAuthentication, by targetRefs",
	}, ambient)
}

// tokensOnTCP reports a RequestAuthentication for workloads of which every port is declared to be TCP.
func (f *flawFinder) tokensOnTCP(ra *requestAuth, at *standing) {
	for _, s := range at.sites {
		if s.kind == siteGateway || len(s.doors()) == 0 {
			return
		}
		for _, d := range s.doors() {
			if d.http() || d.captured == truth.Unknown {
				return
			}
		}
	}
	if len(at.sites) == 0 || len(ra.labels) == 0 && len(ra.targets) == 0 {
		return
	}
	f.report(mesh.Flaw{
		Kind: mesh.FlawNoEffect, Rule: ruleTokensOnTCP, Object: ra.ref, Loc: ra.obj.At("spec"),
		Detail: "every port is declared to be TCP, where no requests and no tokens in them are seen",
	}, at.sites)
}
