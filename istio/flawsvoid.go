package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// voided reports an ALLOW policy beside one that allows everything: the rules of all ALLOW policies are
// taken together, so that it keeps nobody out. One without rules gives way to any other by design.
func (f *flawFinder) voided(p *authzPolicy, at *standing) {
	if p.spec.GetAction() != actionAllow || len(p.spec.GetRules()) == 0 || p.allowsAll() {
		return
	}
	by := map[*authzPolicy][]*site{}
	var order []*authzPolicy
	for _, s := range at.sites {
		for _, r := range s.bundle().http.allow {
			if r.policy == p || r.policy.spec == nil || !r.policy.allowsAll() {
				continue
			}
			if by[r.policy] == nil {
				order = append(order, r.policy)
			}
			by[r.policy] = append(by[r.policy], s)
			break
		}
	}
	slices.SortFunc(order, func(a, b *authzPolicy) int { return a.number - b.number })
	for _, other := range order {
		f.report(mesh.Flaw{
			Kind: mesh.FlawNoEffect, Rule: ruleVoided, Object: p.ref, Loc: p.obj.At("spec.rules"),
			Detail: other.String() + " allows everything there, and what one ALLOW policy allows no other refuses",
			Why:    []mesh.Step{{Rule: ruleAllowRule, Object: other.ref, Loc: other.obj.At("spec.rules"), Detail: other.String() + " has a rule without conditions"}},
		}, by[other])
	}
}

// allowsAll reports whether some rule asks nothing.
func (p *authzPolicy) allowsAll() bool {
	for i, r := range p.spec.GetRules() {
		if len(r.GetFrom())+len(r.GetTo())+len(r.GetWhen()) == 0 && len(p.gapsOfRule(i)) == 0 {
			return true
		}
	}
	return false
}

// refusesWaypoints reports an ALLOW policy by which ztunnel refuses what comes through a waypoint: behind
// one it sees the waypoint's identity and not the client's.
func (f *flawFinder) refusesWaypoints(p *authzPolicy, at *standing) {
	if p.spec.GetAction() != actionAllow || len(p.spec.GetRules()) == 0 {
		return
	}
	by := map[string][]*site{}
	for _, s := range at.sites {
		if s.kind != siteZtunnel {
			continue
		}
		for _, proxy := range f.waypointsBefore(s) {
			if f.refuses(s, proxy) {
				by[proxy] = append(by[proxy], s)
			}
		}
	}
	for _, proxy := range sortedKeys(by) {
		f.report(mesh.Flaw{
			Kind: mesh.FlawClosesMore, Rule: ruleWaypointRefused, Object: p.ref, Loc: p.obj.At("spec.rules"),
			Detail: "waypoint " + proxy + " sends under its own identity, " + f.waypointPeer(proxy).name + ", which no ALLOW policy lets in: what its clients send is refused",
		}, by[proxy])
	}
}

// waypointsBefore are the waypoints of the Services that send to a site.
func (f *flawFinder) waypointsBefore(s *site) []string {
	if len(f.waypoints.gateways) == 0 {
		return nil
	}
	var found []string
	for _, service := range f.services[s.workloads[0]] {
		if b, ok := f.Bind(service); ok && b.Proxy != "" && len(b.Unknown) == 0 && !slices.Contains(found, b.Proxy) {
			found = append(found, b.Proxy)
		}
	}
	return found
}

// refuses reports whether a site lets a waypoint in on none of the ports that Services bound to it send to.
func (f *flawFinder) refuses(s *site, proxy string) bool {
	who := f.waypointPeer(proxy)
	if who.seen != peerNamed {
		return false
	}
	set, ports := s.bundle().tcp, 0
	for _, service := range f.services[s.workloads[0]] {
		if b, _ := f.Bind(service); b.Proxy != proxy {
			continue
		}
		for _, sp := range service.Ports {
			port, ok := sp.Target(s.party.Pod)
			if !ok || sp.Protocol != "TCP" {
				continue
			}
			ports++
			d := set.decide(&openEvidence{who: who, port: port}, tokenNone)
			if d.allowed != truth.False || d.by != byNoMatch {
				return false
			}
		}
	}
	return ports > 0
}
