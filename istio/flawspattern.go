package istio

import (
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// patternsBeyond reports patterns of namespaces that take in identities of other namespaces.
func (f *flawFinder) patternsBeyond(p *authzPolicy, at *standing) {
	var sites []*site
	for _, s := range at.sites {
		if s.envoy() {
			sites = append(sites, s)
		}
	}
	action := p.spec.GetAction()
	if len(sites) == 0 || action != actionAllow && action != actionDeny {
		return
	}
	for _, fields := range at.fields {
		for _, x := range fields {
			if x.identity() != "namespaces" {
				continue
			}
			for j, v := range x.values {
				f.patternBeyond(p, x, source.Index(x.path, j), v, sites)
			}
		}
	}
}

func (f *flawFinder) patternBeyond(p *authzPolicy, x policyField, path, v string, sites []*site) {
	if at := strings.Index(v, "*"); at < 0 || at == len(v)-1 {
		return // a wildcard at the end stays inside the namespace's name
	}
	m := sites[0].rev.readNamespace(v)
	if m.kind == peerUnsure {
		return
	}
	others := f.beyond(v, m)
	if len(others) == 0 {
		return
	}
	flaw := mesh.Flaw{Kind: mesh.FlawOpensMore, Rule: ruleNamespacePattern, Object: p.ref, Loc: p.obj.At(path)}
	if x.not == (p.spec.GetAction() == actionAllow) {
		flaw.Kind = mesh.FlawClosesMore
	}
	flaw.Detail = fmt.Sprintf("%q is matched against the whole identity, so it takes in %s of other namespaces, such as %s", v, counted(len(others), "workload"), others[0].ID())
	for _, w := range others[:min(len(others), 10)] {
		flaw.Why = append(flaw.Why, mesh.Step{Rule: ruleNamespacePattern, Object: w.Object(), Loc: w.At("metadata.name"), Detail: w.ID().String() + " is taken in"})
	}
	f.report(flaw, sites)
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// hostPorts reports hosts in rules that a request passes by a port in its authority, or without one:
// Envoy compares the whole authority.
func (f *flawFinder) hostPorts(p *authzPolicy, at *standing) {
	action := p.spec.GetAction()
	if action != actionAllow && action != actionDeny {
		return
	}
	for i := range at.fields {
		for _, x := range at.fields[i] {
			if x.name != "hosts" || x.not == (action == actionDeny) {
				continue
			}
			for j, v := range x.values {
				other, ok := otherAuthority(v, x.values)
				if !ok {
					continue
				}
				sites := httpSites(at.sites)
				if len(sites) == 0 {
					return
				}
				verb := "denies"
				if action == actionAllow {
					verb = "excepts"
				}
				f.report(mesh.Flaw{
					Kind: mesh.FlawOpensMore, Rule: ruleHostPort, Object: p.ref, Loc: p.obj.At(source.Index(x.path, j)),
					Detail: fmt.Sprintf("%s %s %q, and a request for %q passes: the whole authority is compared", ruleName(i), verb, v, other),
				}, sites)
			}
		}
	}
}

// otherAuthority is an authority for the same host as a value's, with a port or without one, that none of
// the values matches.
func otherAuthority(v string, values []string) (string, bool) {
	if v == "" || strings.HasSuffix(v, "*") {
		return "", false
	}
	host := v
	if after, wild := strings.CutPrefix(v, "*"); wild {
		host = "x" + after
	}
	other, _, ported := strings.Cut(host, ":")
	if !ported {
		other = host + ":80"
	}
	sample := textValue(other)
	for _, w := range values {
		m := hostMatcher(w)
		if m.matchText(sample.text) || m.kind == matchPresent {
			return "", false
		}
	}
	return other, true
}

// httpSites are those at which an Envoy looks into HTTP requests on some port.
func httpSites(all []*site) []*site {
	var found []*site
	for _, s := range all {
		if s.kind == siteGateway {
			found = append(found, s)
			continue
		}
		for _, d := range s.doors() {
			if s.envoy() && d.http() && d.captured == truth.True {
				found = append(found, s)
				break
			}
		}
	}
	return found
}
