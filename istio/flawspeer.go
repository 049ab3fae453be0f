package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// namesNobody reports the values of a policy's positive fields that no identity of the cluster fulfils.
func (f *flawFinder) namesNobody(p *authzPolicy, at *standing) {
	if len(at.sites) == 0 && len(at.idle) > 0 && !slices.ContainsFunc(at.idle, func(s *site) bool { return s.kind == siteUnsure }) {
		return // nobody enforces it, which is said of the policy itself
	}
	for i := range p.spec.GetRules() {
		if len(p.gapsOfRule(i)) > 0 {
			continue
		}
		for _, field := range at.fields[i] {
			if field.identity() == "" || field.not {
				continue
			}
			for j, v := range field.values {
				f.deadPeer(p, at, peerField{field, source.Index(field.path, j), v})
			}
		}
	}
}

// peerField is one value of a field about identities.
type peerField struct {
	policyField
	at    string
	value string
}

// deadPeer reports a value when no proxy that gets the policy can meet somebody who fulfils it.
func (f *flawFinder) deadPeer(p *authzPolicy, at *standing, v peerField) {
	flaw := mesh.Flaw{Kind: mesh.FlawNamesNobody, Rule: ruleNamesNobody, Object: p.ref, Loc: p.obj.At(v.at)}
	if v.identity() == "principals" && strings.HasPrefix(v.value, spiffeScheme) {
		flaw.Rule = rulePrincipalScheme
		flaw.Detail = quoted(v.value) + " begins with the scheme, which Istio puts before the value itself" + effect(p)
		f.report(flaw, at.sites)
		return
	}
	engines := []bool{false}
	rev := f.named("")
	if len(at.sites) > 0 {
		engines, rev = enginesOf(at.sites), at.sites[0].rev
	}
	var all []matcher
	for _, ztunnel := range engines {
		list, odd := p.readPeer(v.identity(), v.value, rev, ztunnel)
		if odd {
			return
		}
		for i := range list {
			if f.bearers.among(&list[i]) {
				return
			}
		}
		all = append(all, list...)
	}
	for i := range all {
		flaw.Unknown = append(flaw.Unknown, f.bearers.doubts(&all[i])...)
	}
	f.whyNobody(&flaw, v, rev, engines)
	flaw.Detail += effect(p)
	flaw.Unknown = gap.Once(flaw.Unknown)
	f.report(flaw, at.sites)
}

// enginesOf tells whether sites have Envoys (false) and ztunnels (true).
func enginesOf(sites []*site) []bool {
	var seen [2]bool
	for _, s := range sites {
		seen[btoi(s.kind == siteZtunnel)] = true
	}
	var all []bool
	if seen[0] {
		all = append(all, false)
	}
	if seen[1] {
		all = append(all, true)
	}
	return all
}

// effect says what follows for a policy from a value that names nobody.
func effect(p *authzPolicy) string {
	switch p.spec.GetAction() {
	case actionDeny:
		return ": nobody is kept out by it"
	case actionAudit:
		return ": nobody is audited by it"
	default:
		return ": nobody gets in by it"
	}
}

// whyNobody says why nobody fulfils a value, and why the input may not tell.
func (f *flawFinder) whyNobody(flaw *mesh.Flaw, v peerField, rev *revision, engines []bool) {
	switch v.identity() {
	case "principals":
		f.whyNoPrincipal(flaw, v.value, rev, engines)
	case "namespaces":
		if at := strings.Index(v.value[:max(0, len(v.value)-1)], "*"); engines[0] && at > 0 {
			flaw.Detail = quoted(v.value) + " is no pattern for ztunnel, which knows a wildcard at one end only"
			return
		}
		if strings.Contains(v.value, "*") {
			flaw.Detail = "no identity is of a namespace like " + quoted(v.value)
			flaw.Unknown = append(flaw.Unknown, f.input.AbsentAnywhere()...)
			return
		}
		f.whyNoneOf(flaw, v.value)
	case "serviceAccounts":
		ns, sa, ok := strings.Cut(v.value, "/")
		if !ok {
			ns, sa = flaw.Object.Namespace, v.value
		}
		f.whyNoAccount(flaw, ns, sa)
	default:
		flaw.Rule = ruleForeignDomain
		flaw.Detail = "no identity is of trust domain " + quoted(v.value)
		f.foreign(flaw, rev, v.value, engines)
	}
}

// whyNoneOf is for a namespace.
func (f *flawFinder) whyNoneOf(flaw *mesh.Flaw, namespace string) {
	flaw.Unknown = append(flaw.Unknown, f.input.Absent(namespace)...)
	switch {
	case f.input.Populated(namespace):
		flaw.Detail = "no workload of namespace " + namespace + " has an identity of the mesh"
	case f.cluster.Namespace(namespace) == nil:
		flaw.Detail = "there is no namespace " + namespace
	default:
		flaw.Detail = "no workload runs in namespace " + namespace
	}
}

// whyNoAccount is for a ServiceAccount.
func (f *flawFinder) whyNoAccount(flaw *mesh.Flaw, namespace, account string) {
	flaw.Unknown = append(flaw.Unknown, f.input.Absent(namespace)...)
	switch list := f.bearers.runs[namespace+"/"+account]; {
	case len(list) > 0 && len(flaw.Unknown) > 0:
		flaw.Detail = list[0].ID().String() + ", which runs as ServiceAccount " + namespace + "/" + account + ", may have no identity of the mesh"
	case len(list) > 0:
		flaw.Detail = list[0].ID().String() + ", which runs as ServiceAccount " + namespace + "/" + account + ", is outside the mesh and has no identity"
	case f.cluster.Namespace(namespace) == nil:
		flaw.Detail = "there is no namespace " + namespace
	default:
		flaw.Detail = "no workload runs as ServiceAccount " + namespace + "/" + account
	}
}

// whyNoPrincipal is for a principal.
func (f *flawFinder) whyNoPrincipal(flaw *mesh.Flaw, value string, rev *revision, engines []bool) {
	domain, _, _ := strings.Cut(value, "/")
	ns, sa, whole := namesIn(value)
	wild := strings.Contains(value, "*")
	switch own := rev.trustDomains(); {
	case domain == "cluster.local" && own[0] != domain && (wild || !whole || engines[len(engines)-1]):
		flaw.Detail = quoted(value) + ": the mesh's trust domain is " + own[0] + ", and it is put in the place of cluster.local in whole principals at Envoys only"
	case wild:
		flaw.Detail = "no identity is like " + quoted(value)
		flaw.Unknown = append(flaw.Unknown, f.input.AbsentAnywhere()...)
		flaw.Unknown = append(flaw.Unknown, rev.remote()...)
	case !whole:
		flaw.Detail = quoted(value) + " has not the form of an identity, which is domain/ns/namespace/sa/account"
	case domain != own[0] && domain != "cluster.local":
		flaw.Rule = ruleForeignDomain
		flaw.Detail = "no identity is of trust domain " + quoted(domain)
		f.foreign(flaw, rev, domain, engines)
	default:
		f.whyNoAccount(flaw, ns, sa)
	}
}

// foreign says whether the proxies refuse a trust domain already when the connection is made.
func (f *flawFinder) foreign(flaw *mesh.Flaw, rev *revision, domain string, engines []bool) {
	if rev == nil || !rev.mesh.read && !f.authz.hosts.defaults {
		flaw.Unknown = append(flaw.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete,
			Detail: "the mesh configuration is not in the input, so the mesh's trust domains are not known",
		})
		return
	}
	if len(rev.mesh.why) > 0 {
		flaw.Why = append(flaw.Why, rev.trustStep(domain))
	}
	for _, ztunnel := range engines {
		if strings.Contains(domain, "*") || rev.accepts(domain, ztunnel) != truth.False {
			flaw.Unknown = append(flaw.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete,
				Detail: "the mesh accepts trust domain " + domain + ", whose identities are not in the input",
			})
			return
		}
	}
	flaw.Detail += ", which the proxies refuse whatever the policy says"
}
