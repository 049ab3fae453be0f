package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Exits lists what the EgressNetworks let out: each that allows what no route takes, and each host and
// port that a route of one names; and the ports of Services that stand for those of other clusters.
func (l *Layer) Exits() []mesh.Exit { return append(slices.Clone(l.egress.exits), l.mirrorExits()...) }

// listExits works them out.
func (e *egress) listExits(cluster *mesh.Cluster) []mesh.Exit {
	var all []mesh.Exit
	for _, n := range e.byRef {
		clients := e.clientsOf(n, cluster)
		if n.deny != truth.True {
			all = append(all, n.exit(clients, n.step(ruleEgressNetwork, "spec.networks", "what no route takes may go to these networks")))
		}
		for port, at := range n.ports {
			for _, r := range at.routes {
				all = append(all, n.routeExits(r, port, clients)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b mesh.Exit) int {
		if c := a.Compare(b); c != 0 {
			return c
		}
		return strings.Compare(a.Why[0].Object.String(), b.Why[0].Object.String())
	})
	return all
}

func (n *egressNetwork) exit(clients []string, why mesh.Step) mesh.Exit {
	x := mesh.Exit{
		Mesh: Name, Object: n.obj.Ref, Loc: n.at("spec.networks"), Networks: n.cidrs(), Outside: truth.True, Clients: clients,
		Why: []mesh.Step{why}, Unknown: slices.Clip(n.gaps),
	}
	if len(n.gaps) > 0 {
		x.Outside = truth.Unknown
	}
	return x
}

// routeExits are the hosts of a route, or the networks for one without hosts.
func (n *egressNetwork) routeExits(r *egressRoute, port uint16, clients []string) []mesh.Exit {
	if ns := r.obj.Ref.Namespace; ns != n.obj.Ref.Namespace {
		if clients != nil && !slices.Contains(clients, ns) {
			return nil // the client's own EgressNetworks hide this one
		}
		clients = []string{ns}
	}
	why := r.step(ruleEgressRoute, "spec.parentRefs", "the route is attached to EgressNetwork "+n.name())
	x := n.exit(clients, why)
	x.Port, x.Protocol, x.Unknown = port, egressProtocols[r.kind], slices.Concat(n.gaps, r.gaps)
	if len(r.hosts) == 0 {
		return []mesh.Exit{x}
	}
	all := make([]mesh.Exit, len(r.hosts))
	for i, h := range r.hosts {
		all[i] = x
		all[i].Host, all[i].Loc = h, r.at(source.Index("spec.hostnames", i))
	}
	return all
}

// clientsOf are the namespaces for which an EgressNetwork counts, ordered; nil for all.
func (e *egress) clientsOf(n *egressNetwork, cluster *mesh.Cluster) []string {
	own := n.obj.Ref.Namespace
	if own != e.global {
		return []string{own}
	}
	if len(e.networks) == 1 {
		return nil
	}
	clients := []string{}
	for ns := range cluster.Namespaces() {
		if ns.Name == own || len(e.networks[ns.Name]) == 0 {
			clients = append(clients, ns.Name)
		}
	}
	return clients
}

// Depart says what leaves a client's proxy for an exit: for what an EgressNetwork has, the application's own
// bytes, because a proxy begins mutual TLS only with endpoints that the destination controller gives an
// identity.
func (l *Layer) Depart(client mesh.Party, e mesh.Exit) mesh.Departure {
	n := l.egress.byRef[e.Object]
	if n == nil {
		if d, ok := l.departMirror(client, e); ok {
			return d
		}
		return mesh.Departure{Unknown: []mesh.Gap{{Reason: source.ProblemDangling, Object: e.Object, Detail: "the exit is not one of Linkerd's"}}}
	}
	if gaps := slices.Concat(n.gaps, e.Unknown); len(gaps) > 0 {
		return mesh.Departure{Why: []mesh.Step{n.step(ruleEgressNetwork, "spec", "the EgressNetwork is not understood")}, Unknown: gaps}
	}
	if r := n.routeOf(e); r != nil && r.leadsInside() {
		return mesh.Departure{Why: e.Why, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.at("spec.rules"),
			Detail: "the route sends to a Service of the cluster, and what leaves for its pods is not followed",
		}}}
	}
	return mesh.Departure{Sends: mesh.WirePlaintext, Beyond: mesh.WirePlaintext, Why: []mesh.Step{
		n.step(ruleEgressPlain, "spec.networks", "the proxy begins no TLS towards an address that discovery gives no identity: the application's bytes leave as they are"),
	}}
}

// routeOf is the route that makes the exit; nil for none.
func (n *egressNetwork) routeOf(e mesh.Exit) *egressRoute {
	at := n.ports[e.Port]
	if at == nil || len(e.Why) == 0 {
		return nil
	}
	for _, r := range at.routes {
		if r.obj.Ref == e.Why[0].Object {
			return r
		}
	}
	return nil
}

// leadsInside reports whether a rule sends to a Service.
func (r *egressRoute) leadsInside() bool {
	return slices.ContainsFunc(r.rules, func(rule egressRule) bool {
		return slices.ContainsFunc(rule.backends, func(b kube.BackendRef) bool { return isCoreService(&b) })
	})
}
