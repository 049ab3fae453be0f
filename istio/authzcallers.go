package istio

import (
	"slices"
	"sync"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// splitting parts all workloads with an identity by how the policies of a proxy treat it.
type splitting struct{ parts []bloc }

// bloc is a set of workloads whose identities the policies do not tell apart.
type bloc struct {
	clients mesh.Set
	who     peer // one of them
}

// split parts the workloads with an identity by the tests of identities in the bundles' rules.
func (n *nameIndex) split(bundles []*bundle) *splitting {
	parts := []mesh.Set{n.named}
	seen := map[*test]bool{}
	for _, b := range bundles {
		for _, s := range []*ruleset{b.http, b.tcp} {
			for _, r := range s.enforced() {
				r.clauses(func(c *clause) {
					for i := range c.tests {
						if t := &c.tests[i]; t.attr.kind == attrIdentity && !seen[t] {
							seen[t] = true
							parts = splitBy(parts, n.members(t))
						}
					}
				})
			}
		}
	}
	sp := &splitting{}
	for _, clients := range parts {
		for w := range clients.All() {
			id, _ := soleIdentity(w)
			sp.parts = append(sp.parts, bloc{clients, named(id)})
			break
		}
	}
	return sp
}

// splitBy parts sets by whether their workloads are members.
func splitBy(parts []mesh.Set, members mesh.Set) []mesh.Set {
	var all []mesh.Set
	for _, p := range parts {
		in := p.And(members)
		switch in.Len() {
		case 0:
			all = append(all, p)
		case p.Len():
			all = append(all, p)
		default:
			all = append(all, in, p.Without(members))
		}
	}
	return all
}

// Callers judges the clients of a target by the policies at the points on the path.
func (l *Layer) Callers(t mesh.Target, from []mesh.ConnectionGroup) []mesh.Group {
	server := l.targetGate(t)
	var all []mesh.Group
	for _, c := range from {
		all = l.judgeGroup(all, t, c, server)
	}
	return all
}

// judgeGroup parts clients that send alike by how the policies treat them.
func (l *Layer) judgeGroup(all []mesh.Group, t mesh.Target, c mesh.ConnectionGroup, server *gate) []mesh.Group {
	first, rest := server, (*gate)(nil)
	wire, proxy := c.Transport.Sends, c.Transport.Proxy
	if proxy != "" && t.Server.Enrolment.Mode != mesh.ModeWaypoint {
		first, rest = l.waypointGate(proxy, t.Way, t.Server.Pod, t.Port), server
	}
	put := func(clients mesh.Set, who peer) {
		if clients.IsEmpty() {
			return
		}
		a := first.admission(who, wire)
		if rest.stands() {
			a = a.And(unaddressed(rest.admission(l.behindWaypoint(proxy, c.Transport))))
		}
		all = append(all, mesh.Group{Clients: clients, Admission: a})
	}
	switch {
	case !first.stands():
		put(c.Clients, peer{seen: peerNone})
	case wire == mesh.WireUnknown:
		put(c.Clients, peer{})
	case !wire.Authenticates():
		put(c.Clients, peer{seen: peerNone})
	default:
		names := l.authz.names()
		for _, p := range first.splitting(names).parts {
			if p.clients.Meets(c.Clients) {
				put(p.clients.And(c.Clients), p.who)
			}
		}
		put(c.Clients.Without(names.named), peer{seen: peerUnnamed})
	}
	return all
}

// unaddressed is the answer about requests that come through a waypoint: the addresses that the
// server's proxy sees are then the waypoint's, which the input does not tell and no client chooses.
func unaddressed(a mesh.Admission) mesh.Admission {
	if a.Access != mesh.AccessSometimes {
		return a
	}
	addressed := func(c mesh.Clause) bool {
		return slices.ContainsFunc(c.Conditions, func(c mesh.Condition) bool {
			return c.Attribute == "source.address" || c.Attribute == "origin.address" || c.Attribute == "sni"
		})
	}
	for _, t := range a.Terms {
		if slices.ContainsFunc(t.When, addressed) || slices.ContainsFunc(t.Unless, addressed) {
			gap := mesh.Gap{Reason: source.ProblemIncomplete, Detail: "policies at the server look at the address of the waypoint, which is not in the input"}
			return mesh.Admission{Why: a.Why, Unknown: append(slices.Clone(a.Unknown), gap)}
		}
	}
	return a
}

// targetGate is the gate of a target; nil where Istio does not stand before the port.
func (l *Layer) targetGate(t mesh.Target) *gate {
	if !l.guards(t.Server) {
		return nil
	}
	return l.gateOf(t.Server, t.Port, t.Way)
}

// splitting parts the clients of a gate.
func (g *gate) splitting(names *nameIndex) *splitting {
	if len(g.bundles) == 1 {
		return g.bundles[0].splitting(names)
	}
	return names.split(g.bundles)
}

// split parts the clients of a bundle, once.
type splitOnce struct {
	once sync.Once
	sp   *splitting
}

func (b *bundle) splitting(names *nameIndex) *splitting {
	b.split.once.Do(func() { b.split.sp = names.split([]*bundle{b}) })
	return b.split.sp
}

// admission is how much of what a client may send the gate lets through.
func (g *gate) admission(who peer, wire mesh.Wire) mesh.Admission {
	if !g.stands() {
		return mesh.Admission{Access: mesh.AccessAlways}
	}
	protocol := g.protocol
	if protocol == mesh.ProtocolDetected && (wire == mesh.WireTLS || wire == mesh.WireTLSMutual) {
		protocol = mesh.ProtocolTCP
	}
	r := g.bundles[0].replyTo(who, g.port, protocol)
	a := mesh.Admission{Access: r.access, Why: r.why, Unknown: r.gaps}
	for _, b := range g.bundles[1:] {
		if other := b.replyTo(who, g.port, protocol); other.access != r.access {
			a.Access, a.Unknown = mesh.AccessUndecided, append(slices.Clone(a.Unknown), differGap())
			break
		}
	}
	if g.captured == truth.Unknown && a.Access != mesh.AccessAlways {
		a.Access, a.Why = mesh.AccessUndecided, slices.Concat(g.why, a.Why)
	}
	if a.Access == mesh.AccessSometimes {
		a.Terms = []mesh.Terms{{Mesh: Name, Kind: g.kind, Proxy: g.proxy, When: r.when, Unless: r.unless}}
	}
	if len(g.gaps) > 0 {
		a.Unknown = slices.Concat(g.gaps, a.Unknown)
	}
	return a
}

// Outsider judges a client that is no workload of the input, at the pod itself.
func (l *Layer) Outsider(t mesh.Target, tr mesh.Transport) mesh.Admission {
	g := l.targetGate(t)
	if !g.stands() {
		return mesh.Admission{Access: mesh.AccessAlways}
	}
	who := peer{seen: peerNone}
	if tr.Sends.Authenticates() {
		domain, _ := trustDomainOf(t.Server.Enrolment.Identity)
		who = named("spiffe://" + domain + "/ns/" + newcomer + "/sa/" + newcomer)
	}
	return g.admission(who, tr.Sends)
}

// newcomer is the namespace and the account of an identity that nobody has and no policy can name.
const newcomer = "~"
