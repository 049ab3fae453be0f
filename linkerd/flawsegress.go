package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// egressFlaws looks at the EgressNetworks of each namespace, and at the routes for them.
func (f *flawFinder) egressFlaws() {
	for ns := range f.cluster.Namespaces() {
		if own := f.egress.networks[ns.Name]; len(own) > 0 && ns.Name != f.egress.global {
			f.hidesGlobal(ns.Name, own)
		}
	}
	var refs []source.Ref
	for ref := range f.egress.conditions {
		if ref.Kind != kindEgressNetwork {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, source.Ref.Compare)
	for _, ref := range refs {
		f.egressRouteFlaws(ref)
	}
}

// hidesGlobal reports EgressNetworks of a namespace that let through what those for all namespaces deny: a
// namespace with any of its own sees no others, whatever addresses they have
// (policy-controller/k8s/index/src/outbound/index/egress_network.rs resolve_egress_network).
func (f *flawFinder) hidesGlobal(ns string, own []*egressNetwork) {
	var sites []*site
	for _, s := range f.sites {
		if s.workload.ID().Namespace == ns && s.inside != truth.False {
			sites = append(sites, s)
		}
	}
	if len(sites) == 0 || slices.ContainsFunc(own, func(n *egressNetwork) bool { return len(n.gaps) > 0 }) {
		return
	}
	var hidden []string
	var why []mesh.Step
	for _, n := range f.egress.networks[f.egress.global] {
		if n.deny == truth.True && len(n.gaps) == 0 && f.uncovered(n, own) {
			hidden = append(hidden, n.name())
			why = append(why, n.step(ruleEgressNetwork, "spec.trafficPolicy", "EgressNetwork "+n.name()+" denies "+strings.Join(n.cidrs(), ", ")))
		}
	}
	if len(hidden) == 0 {
		return
	}
	first := slices.MinFunc(own, func(a, b *egressNetwork) int { return cmp.Compare(a.obj.Ref.Name, b.obj.Ref.Name) })
	flaw := first.flaw(mesh.FlawOpensMore, ruleHidesGlobal, "metadata.namespace",
		"clients of a namespace that has EgressNetworks see no others, so that what "+commaed(hidden)+" denies is let through where those of "+ns+" do not have the address")
	flaw.Why = why
	f.report(flaw, sites)
}

// uncovered reports whether an EgressNetwork has addresses that none of others has. Addresses of IPv6 count
// where proxies see them.
func (f *flawFinder) uncovered(n *egressNetwork, own []*egressNetwork) bool {
	ipv6 := f.settings.values.DisableIPv6 != nil && !*f.settings.values.DisableIPv6
	var ours networks
	for _, o := range own {
		for _, b := range o.blocks {
			ours = append(ours, b.network)
		}
	}
	return slices.ContainsFunc(n.blocks, func(b egressBlock) bool {
		return (ipv6 || b.cidr.Addr().Is4()) && !ours.coversAll(networks{b.network})
	})
}

// egressRouteFlaws reports what a route is not attached to.
func (f *flawFinder) egressRouteFlaws(ref source.Ref) {
	for _, c := range f.egress.conditions[ref] {
		if c.Accepted != truth.False || c.Parent.Kind != kindEgressNetwork || len(c.Why) == 0 {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawNoEffect, Rule: ruleRouteUnattached, Object: ref, Loc: c.Why[0].Loc, Detail: c.Why[0].Detail}
		if f.egress.byRef[c.Parent] == nil {
			flaw.Kind, flaw.Rule = mesh.FlawSelectsNothing, ruleSelectsNothing
			flaw.Detail = "there is no EgressNetwork " + c.Parent.Name + " in namespace " + c.Parent.Namespace
			flaw.Unknown = f.input.Absent(c.Parent.Namespace)
		}
		f.found = append(f.found, flaw)
	}
}
