package istio

import (
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// uncaptured reports a policy for workloads with ports that connections reach past the proxy: rules that
// list no other ports, and the policy as a whole where a port is in use as far as the input shows.
func (f *flawFinder) uncaptured(p *authzPolicy, at *standing) {
	for i, fields := range at.fields {
		for _, x := range fields {
			if x.name == "ports" && !x.not {
				f.listsUncaptured(p, i, x, at.sites)
			}
		}
	}
	if a := p.spec.GetAction(); a == actionAudit || a == actionAllow && p.allowsAll() {
		return
	}
	var around atDoors
	for _, s := range at.sites {
		for _, d := range s.doors() {
			if d.served && d.captured == truth.False && p.concerns(d.port, at.fields) {
				around.add(s, d.port)
			}
		}
	}
	if len(around.sites) > 0 {
		f.report(mesh.Flaw{
			Kind: mesh.FlawOpensMore, Rule: ruleNotCaptured, Object: p.ref, Loc: p.obj.At("spec"),
			Detail: "connections to " + around.String() + " do not pass through the proxy that enforces the policy",
		}, around.sites)
	}
}

// concerns reports whether the policy says something of a port without listing it: ALLOW says who may call
// all ports.
func (p *authzPolicy) concerns(port uint16, fields [][]policyField) bool {
	all := p.spec.GetAction() == actionAllow
	for i := range fields {
		if (ruleFields{p, i, fields[i]}).namesPort(port) {
			return false
		}
		ports := where(fields[i], func(x policyField) bool { return x.name == "ports" || x.name == "destination.port" })
		all = all || len(ports) == 0
	}
	return all
}

// listsUncaptured reports a list of ports of which none passes through a proxy.
func (f *flawFinder) listsUncaptured(p *authzPolicy, i int, x policyField, sites []*site) {
	var around atDoors
	for _, s := range sites {
		if s.kind != siteSidecar && s.kind != siteZtunnel {
			return
		}
		for _, d := range s.doors() {
			switch named := slices.Contains(x.values, strconv.Itoa(int(d.port))); {
			case !named:
			case d.captured == truth.False:
				around.add(s, d.port)
			default:
				return
			}
		}
	}
	if len(around.sites) > 0 {
		f.report(mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleNotCaptured, Object: p.ref, Loc: p.obj.At(x.path),
			Detail: "connections to " + around.String() + " do not pass through a proxy, so " + ruleName(i) + " judges none",
		}, around.sites)
	}
}
