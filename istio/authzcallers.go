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

// Callers judges all workloads as clients of a target: by what their side sends and what becomes of
// it, and then by the policies at the points on the path.
func (l *Layer) Callers(t mesh.Target) []mesh.Group {
	var all []mesh.Group
	for _, g := range l.senders(t) {
		conn := connected(g.transport)
		if conn.Access == mesh.AccessNever {
			all = append(all, mesh.Group{Clients: g.clients, Admission: conn})
			continue
		}
		all = l.judgeGroup(all, t, g, conn)
	}
	return all
}

// connected is how much gets through by the connection alone.
func connected(t mesh.Transport) mesh.Admission {
	a := mesh.Admission{Why: t.Why, Unknown: t.Unknown}
	switch t.Connects {
	case truth.True:
		a.Access = mesh.AccessAlways
	case truth.False:
		a.Access = mesh.AccessNever
	default:
	}
	return a
}

// judgeGroup parts clients that send alike by how the policies treat them.
func (l *Layer) judgeGroup(all []mesh.Group, t mesh.Target, g sendGroup, conn mesh.Admission) []mesh.Group {
	server := l.targetGate(t)
	first, rest := server, (*gate)(nil)
	if g.sending.Proxy != "" && t.Server.Enrolment.Mode != mesh.ModeWaypoint {
		first, rest = l.waypointGate(g.sending.Proxy, t.Way, t.Server.Pod, t.Port), server
	}
	wire := g.sending.Wire
	put := func(clients mesh.Set, who peer) {
		if clients.IsEmpty() {
			return
		}
		a := conn.And(first.admission(who, wire))
		if rest.stands() {
			a = a.And(unaddressed(rest.admission(l.behindWaypoint(g.sending.Proxy, g.transport))))
		}
		all = append(all, mesh.Group{Clients: clients, Admission: a})
	}
	switch {
	case !first.stands():
		put(g.clients, peer{seen: peerNone})
	case wire == mesh.WireUnknown:
		put(g.clients, peer{})
	case !wire.Authenticates():
		put(g.clients, peer{seen: peerNone})
	default:
		names := l.authz.names()
		for _, p := range first.splitting(names).parts {
			if p.clients.Meets(g.clients) {
				put(p.clients.And(g.clients), p.who)
			}
		}
		put(g.clients.Without(names.named), peer{seen: peerUnnamed})
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

// Stranger judges a client that is no workload of the input and has no identity of the mesh: it sends
// plaintext, to the pod itself.
func (l *Layer) Stranger(t mesh.Target) mesh.Admission {
	if !l.guards(t.Server) {
		return mesh.Admission{}
	}
	s := mesh.Sending{Wire: mesh.WirePlaintext}
	in := t.Inbound
	e := mesh.Edge{Server: t.Server, Port: t.Port, Way: t.Way}
	conn := connected(l.Receive(e, s, in))
	if g := l.gateOf(t.Server, t.Port, t.Way); g.stands() && conn.Access != mesh.AccessNever {
		return conn.And(g.admission(peer{seen: peerNone}, mesh.WirePlaintext))
	}
	return conn
}
