package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// egressPort is what is attached to one port of an EgressNetwork.
type egressPort struct {
	// routes are the ones that count, by kind and age, those of other namespaces than the network's among
	// them: those count for clients of their own namespace only.
	routes []*egressRoute
	gaps   []mesh.Gap // of all routes that name the port: one that is not understood may displace another
}

// egressClaim is what two routes compete for.
type egressClaim struct {
	network source.Ref
	port    uint16 // 0 for a parentRef without one, which is a claim of its own
}

// attach finds the routes that count for each port, and the conditions of all.
func (e *egress) attach(routes []*egressRoute) {
	first := map[egressClaim]egressKind{}
	for _, r := range routes {
		for _, p := range r.parents {
			k := egressClaim{p.network, p.port}
			if kind, ok := first[k]; !ok || r.kind < kind {
				first[k] = r.kind
			}
		}
	}
	for _, r := range routes {
		for i := range r.parents {
			e.conclude(r, &r.parents[i], first)
		}
	}
	for _, r := range routes {
		for _, p := range r.parents {
			e.attachTo(r, p)
		}
		e.noteNamesakes(r)
	}
	for _, n := range e.byRef {
		for _, p := range n.ports {
			slices.SortFunc(p.routes, compareEgressRoutes)
		}
		e.conditions[n.obj.Ref] = []Condition{n.condition()}
	}
}

// attachTo lets a route count for a port of an EgressNetwork. It counts where the policy controller
// accepted it for any parent of this name and port, whatever its namespace
// (policy-controller/k8s/index/src/outbound/index/tcp.rs route_accepted_by_resource_port), and never
// without a port (outbound/index.rs Namespace::apply_tcp_route). What a route's status says goes before what
// it should say.
func (e *egress) attachTo(r *egressRoute, p egressParent) {
	n := e.byRef[p.network]
	if n == nil || p.port == 0 {
		return
	}
	at := n.ports[p.port]
	if at == nil {
		at = &egressPort{}
		n.ports[p.port] = at
	}
	at.gaps = append(at.gaps, r.gaps...)
	accepted, known := r.reported(p.network.Name, p.port)
	accepted = accepted || !known && slices.ContainsFunc(r.parents, func(q egressParent) bool {
		return q.accepted && q.network.Name == p.network.Name && (q.port == p.port || q.port == 0)
	})
	if accepted && r.left == "" && !slices.Contains(at.routes, r) {
		at.routes = append(at.routes, r)
	}
}

// noteNamesakes finds EgressNetworks to which a route is lent that is meant for all ports of a Service of the
// same name and namespace: the policy controller looks such routes up by the name alone, and whether it takes
// them back depends on what it saw first (outbound/index.rs Namespace::apply_http_route and
// resource_routes_or_default).
func (e *egress) noteNamesakes(r *egressRoute) {
	for _, s := range r.services {
		n := e.byRef[source.Ref{Kind: kindEgressNetwork, Namespace: s.Namespace, Name: s.Name}]
		if n != nil && r.left == "" {
			n.namesakes = append(n.namesakes, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: r.obj.Ref, Loc: r.at("spec.parentRefs"),
				Detail: "the route is for a Service that has the EgressNetwork's name, and may count for the EgressNetwork too",
			})
		}
	}
}

// compareEgressRoutes orders routes as the policy controller lists them (policy-controller/grpc/src/outbound.rs
// to_proto and timestamp_then_name), and those that it does not order by namespace and group.
func compareEgressRoutes(a, b *egressRoute) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), compareAge(a.resource, b.resource), strings.Compare(a.obj.Ref.Kind.Group, b.obj.Ref.Kind.Group))
}

// seenBy are the port's routes for clients of a namespace, of the most specific kind among them: those of
// the network's namespace and those of the client's (outbound/index.rs ResourceRoutes::watch_for_ns_or_default).
func (p *egressPort) seenBy(client, network string, kinds ...egressKind) []*egressRoute {
	if p == nil {
		return nil
	}
	var seen []*egressRoute
	for _, r := range p.routes {
		ns := r.obj.Ref.Namespace
		if (ns != client && ns != network) || len(kinds) > 0 && !slices.Contains(kinds, r.kind) {
			continue
		}
		if len(seen) > 0 && seen[0].kind != r.kind {
			break
		}
		seen = append(seen, r)
	}
	return seen
}

// conclude finds the condition of a route for one parent (index.rs parent_condition_egress_network).
func (e *egress) conclude(r *egressRoute, p *egressParent, first map[egressClaim]egressKind) {
	n := e.byRef[p.network]
	cond := Condition{Parent: p.network, Accepted: truth.False}
	var detail string
	switch {
	case n == nil:
		cond.Reason, detail = reasonNoMatchingParent, "there is no such EgressNetwork"
	case !n.accepted():
		cond.Reason, detail = reasonNoMatchingParent, "the EgressNetwork is not accepted: it overlaps "+n.overlap
	case first[egressClaim{p.network, p.port}] < r.kind:
		cond.Reason, detail = reasonConflicted, "a route of a more specific kind names the same parent and port"
	default:
		p.accepted = true
		cond.Accepted, cond.Reason, detail = truth.True, reasonAccepted, "the EgressNetwork is there, and no route of a more specific kind names it at this port"
		if p.port == 0 {
			detail = "the EgressNetwork is there; without a port the route has no effect all the same"
		}
	}
	if len(r.gaps) > 0 || n != nil && len(n.gaps) > 0 {
		cond.Accepted = truth.Unknown
	}
	cond.Why = []mesh.Step{r.step(ruleEgressStatus, p.field, detail)}
	e.conditions[r.obj.Ref] = append(e.conditions[r.obj.Ref], cond)
}

// condition is that of the EgressNetwork itself (index.rs network_condition).
func (n *egressNetwork) condition() Condition {
	cond := Condition{Accepted: truth.True, Reason: reasonAccepted}
	step := n.step(ruleEgressStatus, "spec.networks", "the networks have no part of clusterNetworks")
	if !n.accepted() {
		cond = Condition{Accepted: truth.False, Reason: reasonNetworkOverlap}
		step.Loc = n.overlapLoc
		step.Detail = "the networks overlap " + n.overlap + " of clusterNetworks; the EgressNetwork counts all the same, and no route attaches to it"
	}
	if len(n.gaps) > 0 {
		cond.Accepted = truth.Unknown
	}
	cond.Why = []mesh.Step{step}
	return cond
}
