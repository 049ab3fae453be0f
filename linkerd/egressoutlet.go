package linkerd

import (
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// egressOutlet is what the EgressNetworks say of clients of a namespace.
type egressOutlet struct {
	mesh.Outlet      // of what the proxy sees over IPv4
	leavesIPv6  bool // whether an IPv6 address outside of the cluster is in none of them
}

// Outlet says whether connections get out to addresses outside of the cluster that no route names. Whatever
// the EgressNetworks say, what goes around the proxy gets out: they are policy for clients that cooperate.
func (l *Layer) Outlet(client mesh.Party) (mesh.Outlet, bool) {
	if client.Pod == nil || client.Enrolment.Mesh != Name || client.Enrolment.Mode.Inside() != truth.True {
		return mesh.Outlet{Passes: truth.Unknown}, false
	}
	if gaps := l.otherProxy(client); len(gaps) > 0 {
		return mesh.Outlet{Unknown: gaps}, true
	}
	ns := client.Pod.Namespace.Name
	known := l.egress.outlets.Of(ns, func() egressOutlet {
		return egressOutlet{l.outletOf(ns), !networksOf(l.egress.seen(ns)).reachAll(l.settings.networks, netip.IPv6Unspecified())}
	})
	o := known.Outlet
	if o.Passes == truth.True {
		return o, true
	}
	o.Why, o.Unknown = slices.Clip(o.Why), slices.Clip(o.Unknown)
	cfg := l.config(client.Pod)
	if len(cfg.skipOutbound) > 0 {
		o.Passes, o.Why = truth.True, append(o.Why, l.skipStep(client.Pod, "connections to ports "+cfg.skipOutbound.String()+" go around the proxy"))
	} else if len(cfg.gaps) > 0 {
		o.Passes, o.Unknown = truth.Unknown, append(o.Unknown, cfg.gaps...)
	}
	known.Outlet = o
	return l.overIPv6(known, client), true
}

// overIPv6 takes in that connections over IPv6 may go around the proxy or be outside of all EgressNetworks.
func (l *Layer) overIPv6(known egressOutlet, client mesh.Party) mesh.Outlet {
	o, has := known.Outlet, hasIPv6(client)
	step, around := l.ipv6Step(client.Pod)
	if around == truth.False && !known.leavesIPv6 || has == truth.False || o.Passes == truth.True {
		return o
	}
	if around == truth.False {
		step, around = podStep(client.Pod, ruleNoEgressNetwork, "the EgressNetworks do not have every IPv6 address outside of the cluster"), truth.True
	}
	o.Passes, o.Why = o.Passes.Or(has.And(around)), append(o.Why, step)
	if o.Passes == truth.Unknown {
		o.Unknown = append(o.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Object: client.Pod.Object(), Detail: "whether the pod sends over IPv6, and past the proxy, is not known"})
	}
	return o
}

// hasIPv6 reports whether the pods have IPv6 addresses; Unknown where their addresses are not known.
func hasIPv6(client mesh.Party) truth.Value {
	if len(client.Addrs) == 0 {
		return truth.Unknown
	}
	return truth.Of(slices.ContainsFunc(client.Addrs, func(a netip.Addr) bool { return a.Unmap().Is6() }))
}

// outletOf is what the EgressNetworks say of clients of a namespace.
func (l *Layer) outletOf(namespace string) mesh.Outlet {
	seen := l.egress.seen(namespace)
	if len(seen) == 0 {
		return mesh.Outlet{Passes: truth.True, Why: l.unmatched(namespace, netip.Addr{})}
	}
	if gaps := l.egressGaps(namespace); len(gaps) > 0 {
		return mesh.Outlet{Unknown: gaps, Why: []mesh.Step{seen[0].step(mesh.RuleNotUnderstood, "spec", "which EgressNetworks count is not known")}}
	}
	return l.outletThrough(seen, namespace)
}

// outletThrough is False where the networks that deny have every address outside, and nothing of them is
// let through by a route.
func (l *Layer) outletThrough(seen []*egressNetwork, namespace string) mesh.Outlet {
	o := mesh.Outlet{Passes: truth.False}
	for _, n := range seen {
		if n.deny == truth.False {
			return mesh.Outlet{Passes: truth.True, Why: []mesh.Step{n.step(ruleEgressAllow, "spec.trafficPolicy", "the EgressNetwork allows what no route takes")}}
		}
		o.Why = append(o.Why, n.step(ruleEgressDeny, "spec.trafficPolicy", "the EgressNetwork denies what no route takes"))
	}
	if !networksOf(seen).reachAll(l.settings.networks, netip.IPv4Unspecified()) {
		o.Passes = truth.True
		o.Why = append(o.Why, mesh.Step{Rule: ruleNoEgressNetwork, Object: seen[0].obj.Ref, Loc: seen[0].at("spec.networks"), Detail: "the EgressNetworks do not have every address outside of the cluster: what goes to others gets out"})
		return o
	}
	for _, n := range seen {
		if len(n.namesakes) > 0 {
			o.Passes, o.Unknown = truth.Unknown, append(o.Unknown, n.namesakes...)
		}
		for _, r := range n.opening(namespace) {
			o.Passes = truth.Unknown
			o.Unknown = append(o.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: r.obj.Ref, Loc: r.at("spec"),
				Detail: "the route lets a part of what is sent to EgressNetwork " + n.name() + " out; to which addresses depends on what is sent",
			})
		}
	}
	return o
}

// opening are the routes that count for clients of a namespace, ordered.
func (n *egressNetwork) opening(namespace string) []*egressRoute {
	var all []*egressRoute
	for _, at := range n.ports {
		for _, r := range at.routes {
			if ns := r.obj.Ref.Namespace; (ns == namespace || ns == n.obj.Ref.Namespace) && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, compareEgressRoutes)
	return all
}

func networksOf(all []*egressNetwork) networks {
	var ns networks
	for _, n := range all {
		for _, b := range n.blocks {
			ns = append(ns, b.network)
		}
	}
	return ns
}

// reachAll reports whether every address of a family, of which first is the first, is in the networks or in
// those of the cluster. What an address is in changes only where a network or an exception begins or ends.
func (ns networks) reachAll(cluster networks, first netip.Addr) bool {
	points := []netip.Addr{first}
	for _, n := range slices.Concat(ns, cluster) {
		for _, p := range append([]netip.Prefix{n.cidr}, n.except...) {
			if p.Addr().BitLen() == first.BitLen() {
				points = append(points, p.Addr(), beyond(p))
			}
		}
	}
	slices.SortFunc(points, netip.Addr.Compare)
	for _, a := range slices.Compact(points) {
		if a.IsValid() && !ns.has(a) && !cluster.has(a) {
			return false
		}
	}
	return true
}

// beyond is the first address after a network; the zero Addr where there is none.
func beyond(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last.Next()
}
