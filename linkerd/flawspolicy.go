package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// policyFlaws looks at one AuthorizationPolicy.
func (f *flawFinder) policyFlaws(a *authzPolicy) {
	if a.void == unread || len(a.doubts()) > 0 {
		return // its problems say why
	}
	f.deadPeers(&a.resource, a.named)
	if !a.target.IsZero() && f.deadTarget(a) {
		return
	}
	servers := f.serversOf(a)
	if a.void != "" {
		f.voidPolicy(a, servers)
		return
	}
	if a.asks == 0 && !f.onlyProbes(a) {
		f.report(a.flaw(mesh.FlawOpensMore, ruleAsksNothing, "spec.requiredAuthenticationRefs",
			"an empty list asks nothing of clients, so that the policy lets everybody in"), f.guarded(servers))
	}
	f.covered(a.resource, a.grant, f.ways(a))
}

// serversOf are the Servers at which a policy counts: its own, all of the namespace, or those to which its
// route is attached.
func (f *flawFinder) serversOf(a *authzPolicy) []*server {
	switch a.target.Kind {
	case source.Kind{}:
		return nil
	case kindServer:
		if srv := f.policy.servers[a.target]; srv != nil {
			return []*server{srv}
		}
		return nil
	case kube.KindNamespace:
		return f.servers[a.obj.Ref.Namespace]
	default:
		var all []*server
		for _, r := range f.targets[a.target] {
			all = append(all, f.attached[r]...)
		}
		return all
	}
}

// deadTarget reports a policy whose target is not there, or is nothing that requests go by.
func (f *flawFinder) deadTarget(a *authzPolicy) bool {
	ns := a.obj.Ref.Namespace
	missing := func(kind, name, more string) bool {
		flaw := a.flaw(mesh.FlawSelectsNothing, ruleSelectsNothing, "spec.targetRef.name", "there is no "+kind+" "+name+" in namespace "+ns+more)
		flaw.Unknown = f.input.Absent(ns)
		f.report(flaw, nil)
		return true
	}
	switch a.target.Kind {
	case kindServer:
		if f.policy.servers[a.target] == nil {
			return missing("Server", a.target.Name, "")
		}
	case kube.KindNamespace:
		if len(f.servers[ns]) == 0 {
			flaw := a.flaw(mesh.FlawNoEffect, ruleNoServers, "spec.targetRef",
				"policies for a namespace reach the Servers in it, and namespace "+ns+" has none: the default policies of the pods count")
			flaw.Unknown = f.input.Absent(ns)
			f.report(flaw, nil)
			return true
		}
	default:
		routes := f.targets[a.target]
		if len(routes) == 0 {
			return missing(a.target.Kind.Kind+"."+a.target.Group, a.target.Name, f.sameName(a.target))
		}
		if len(f.serversOf(a)) == 0 {
			f.report(a.flaw(mesh.FlawNoEffect, ruleRouteUnattached, "spec.targetRef.name",
				routes[0].obj.Ref.String()+" is attached to no Server, so that no request goes by it"), nil)
			return true
		}
	}
	return false
}

// sameName tells of a route of another group that the policy does not mean, because groups are compared
// (policy-controller/k8s/index/src/inbound/index.rs client_authzs for routes).
func (f *flawFinder) sameName(t source.Ref) string {
	for _, k := range routeKinds {
		t.Kind = source.Kind{Group: k.Group, Kind: lowerASCII(k.Kind)}
		if routes := f.targets[t]; len(routes) > 0 {
			return ", but one of group " + k.Group + ", which targetRef must name then"
		}
	}
	return ""
}

// voidPolicy reports a policy of which the policy controller makes no grant.
func (f *flawFinder) voidPolicy(a *authzPolicy, servers []*server) {
	flaw := a.flaw(mesh.FlawClosesMore, ruleGrantsNobody, a.field, "the policy grants nobody anything: "+a.void)
	if a.absent.Namespace != a.obj.Ref.Namespace {
		if a.absent.Name != "" && f.policy.authns[a.absent] == nil {
			flaw.Unknown = f.input.Absent(a.absent.Namespace)
		}
	}
	f.follows(flaw, f.guarded(servers))
}

// authenticationFlaws looks at the authentications, in the order of their names.
func (f *flawFinder) authenticationFlaws() {
	var all []*authentication
	for _, a := range f.policy.authns {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *authentication) int { return a.obj.Ref.Compare(b.obj.Ref) })
	for _, a := range all {
		switch {
		case a.void == unread || len(a.doubts()) > 0:
		case a.void != "":
			f.follows(a.flaw(mesh.FlawClosesMore, ruleGrantsNobody, a.field, a.void+", and policies that require it grant nothing"), nil)
		default:
			f.deadPeers(&a.resource, a.named)
		}
	}
}

// serverAuthzFlaws looks at one ServerAuthorization.
func (f *flawFinder) serverAuthzFlaws(z *serverAuthz) {
	if z.void == unread || len(z.doubts()) > 0 {
		return
	}
	f.deadPeers(&z.resource, z.named)
	var servers []*server
	var ways []way
	for _, srv := range f.servers[z.obj.Ref.Namespace] {
		if z.stands(srv.obj.Ref.Name, srv.meta.Labels) {
			servers, ways = append(servers, srv), append(ways, way{srv, -1})
		}
	}
	switch {
	case len(servers) == 0:
		f.deadServerSelector(z)
	case z.void != "":
		f.report(z.flaw(mesh.FlawClosesMore, ruleGrantsNobody, "spec.client", "the policy grants nobody anything: "+z.void), f.guarded(servers))
	default:
		f.covered(z.resource, z.grant, ways)
	}
}

func (f *flawFinder) deadServerSelector(z *serverAuthz) {
	ns := z.obj.Ref.Namespace
	flaw := z.flaw(mesh.FlawSelectsNothing, ruleSelectsNothing, "spec.server.selector", "no Server of namespace "+ns+" has labels that it selects")
	if z.server != "" {
		flaw.Loc, flaw.Detail = z.at("spec.server.name"), "there is no Server "+z.server+" in namespace "+ns
	}
	flaw.Unknown = f.input.Absent(ns)
	f.report(flaw, nil)
}

// onlyProbes reports whether a policy is for a route of nothing but paths that probes ask for, which
// everybody may be meant to get.
func (f *flawFinder) onlyProbes(a *authzPolicy) bool {
	routes := f.targets[a.target]
	if len(routes) == 0 || a.target.Kind == kindServer || a.target.Kind == kube.KindNamespace {
		return false
	}
	for _, r := range routes {
		paths := f.probesAt(f.attached[r])
		for _, rule := range r.rules {
			if len(rule.matches) == 0 || slices.ContainsFunc(rule.matches, func(m requestMatch) bool {
				return m.path.kind != pathExact || !slices.Contains(paths, m.path.text)
			}) {
				return false
			}
		}
	}
	return true
}

// probesAt are the paths of probes at the ports of Servers.
func (f *flawFinder) probesAt(servers []*server) []string {
	var paths []string
	for _, srv := range servers {
		for _, p := range f.stands[srv].places {
			paths = append(paths, probePaths(p.party.Pod, f.policy.coming, p.port, true)...)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// commaed writes names for a sentence.
func commaed(names []string) string { return strings.Join(names, ", ") }
