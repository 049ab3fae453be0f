package mesh

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// ConnectionGroup is a set of clients whose connections to a target turn out alike.
type ConnectionGroup struct {
	Clients   Set
	Transport Transport
}

// ConnectionJudge judges the connections of many workloads to a target at once: of those that are
// enrolled in the layer's mesh, and of those in no mesh, to a server that is enrolled in the layer's
// mesh or in none; a server of another mesh is shown to it as one in none. The groups are disjoint and cover at least these workloads; nil means that the layer
// has no say about the target. For each workload the answer is that of Send and Receive.
type ConnectionJudge interface {
	Connections(t Target) []ConnectionGroup
}

// Connections groups all workloads by what becomes of their connections to a port of server by one
// way; nil when the way does not end at the port, or when no adapter judges it. The pods of server
// that differ have groups of their own.
func (g *Graph) Connections(way Way, server *Workload, port uint16) []ConnectionGroup {
	var all []ConnectionGroup
	for _, s := range server.variants {
		if !way.Leads(s.party.Pod, port) {
			continue
		}
		if p := s.party.Pod; len(p.gaps) > 0 {
			open := Transport{Way: way, Why: []Step{notUnderstood(p)}, Unknown: p.gaps}
			all = append(all, ConnectionGroup{g.everybody, open})
			continue
		}
		all = append(all, g.connectionsTo(Target{s.party, port, way, server.inbound(s.party.Pod, s.party.Enrolment, port)}, server)...)
	}
	return all
}

// connectionsTo groups all workloads as clients of one pod's port. Each mesh answers for its own clients;
// for those of another mesh than the server's the two sides are asked one after the other.
func (g *Graph) connectionsTo(t Target, server *Workload) []ConnectionGroup {
	var all []ConnectionGroup
	var done Set
	home := t.Server.Enrolment.Mesh
	if t.Server.Enrolment.Mode == ModeNone {
		home = ""
	}
	for name, j := range answering[ConnectionJudge](g.layers) {
		if home != "" && name != home {
			continue
		}
		groups := j.Connections(t)
		if groups == nil {
			continue
		}
		before := done
		for _, c := range groups {
			c.Clients = c.Clients.Without(before).Without(g.elsewhere[name])
			if !c.Clients.IsEmpty() {
				all, done = append(all, c), done.Or(c.Clients)
			}
		}
	}
	if all == nil {
		return nil
	}
	if done.Len() < g.everybody.Len() {
		all = g.connectForeign(all, t, server, done)
	}
	return g.takeOutDoubtful(all, t.Way)
}

// connectForeign adds the clients of other meshes than the server's, and whoever is left.
func (g *Graph) connectForeign(all []ConnectionGroup, t Target, server *Workload, done Set) []ConnectionGroup {
	for name, j := range answering[ConnectionJudge](g.layers) {
		if !g.enrolled[name].Meets(g.everybody.Without(done)) {
			continue
		}
		for _, c := range j.Connections(outsideOf(t, name)) {
			clients := c.Clients.And(g.enrolled[name]).Without(done)
			all, done = g.connectAlike(all, t, server, clients), done.Or(clients)
		}
	}
	for w := range g.everybody.Without(done).All() {
		all = g.connectOne(all, t, server, w)
	}
	return all
}

// outsideOf is a target as another mesh than its own sees it: a server that is not enrolled.
func outsideOf(t Target, mesh string) Target {
	if t.Server.Enrolment.Mesh != mesh {
		t.Server.Enrolment = Enrolment{Mesh: mesh, Mode: ModeNone}
		t.Inbound = Inbound{Mesh: mesh, Port: t.Port, Captured: truth.False, Declared: MTLSNone, Enforced: MTLSNone}
	}
	return t
}

// connectAlike adds clients of another mesh than the server's whose side sends alike: one of them is
// asked for all. What its reasons say of its own pod is left out of those for others.
func (g *Graph) connectAlike(all []ConnectionGroup, t Target, server *Workload, clients Set) []ConnectionGroup {
	var one *Workload
	for w := range clients.All() {
		if len(w.variants) > 1 || w == server {
			all, clients = g.connectOne(all, t, server, w), clients.Without(g.SetOf(w))
			continue
		}
		one = cmp.Or(one, w)
	}
	if one == nil {
		return all
	}
	c := one.variants[0].party
	tr, _ := server.connect(Edge{Client: c, Server: t.Server, Port: t.Port, Way: t.Way})
	if clients.Len() > 1 {
		tr.Why, tr.Unknown = slices.Clone(tr.Why), slices.Clone(tr.Unknown)
		for i := range tr.Why {
			if tr.Why[i].Object == c.Pod.Object() {
				tr.Why[i].Object, tr.Why[i].Loc = source.Ref{}, source.Loc{}
			}
		}
		for i := range tr.Unknown {
			if tr.Unknown[i].Object == c.Pod.Object() {
				tr.Unknown[i].Object, tr.Unknown[i].Loc = source.Ref{}, source.Loc{}
			}
		}
	}
	return append(all, ConnectionGroup{clients, tr})
}

// connectOne asks for one client and adds it to the group in which things turn out alike.
func (g *Graph) connectOne(all []ConnectionGroup, t Target, server, client *Workload) []ConnectionGroup {
	var tr Transport
	for i, c := range client.variants {
		got, _ := server.connect(Edge{Client: c.party, Server: t.Server, Port: t.Port, Way: t.Way})
		if i > 0 {
			got = tr.Either(got, client)
		}
		tr = got
	}
	alone := g.SetOf(client)
	for i := range all {
		if all[i].Transport.alike(tr) {
			all[i].Clients = all[i].Clients.Or(alone)
			return all
		}
	}
	return append(all, ConnectionGroup{alone, tr})
}

// Either is t where a client's connection turns out the same whether it is t or u; else nothing is
// known of it, because it depends on which of the client's pods connects.
func (t Transport) Either(u Transport, client *Workload) Transport {
	if t.sameFacts(u) {
		return t
	}
	gap := Gap{Reason: source.ProblemIncomplete, Object: client.Object(), Detail: "the client's pods differ: which of them connects decides"}
	return Transport{Way: t.Way, Why: t.Why, Unknown: []Gap{gap}}
}

// sameFacts reports whether the same is sent in two connections, and becomes of it.
func (t Transport) sameFacts(u Transport) bool {
	return t.Sends == u.Sends && t.Inside == u.Inside && t.Proxy == u.Proxy && t.Port == u.Port &&
		t.Connects == u.Connects && t.Encrypted == u.Encrypted && t.Authenticated == u.Authenticated
}

// alike reports whether two connections turn out alike, for the same reasons.
func (t Transport) alike(u Transport) bool {
	return t.sameFacts(u) && t.Expects == u.Expects &&
		slices.EqualFunc(t.Why, u.Why, func(a, b Step) bool { return a == b }) &&
		slices.EqualFunc(t.Unknown, u.Unknown, func(a, b Gap) bool { return a == b })
}

// takeOutDoubtful gives clients whose pods were not understood a group of their own: what they send is
// not known, whatever the layer made of their pods.
func (g *Graph) takeOutDoubtful(groups []ConnectionGroup, way Way) []ConnectionGroup {
	if g.doubtful.IsEmpty() {
		return groups
	}
	var left []ConnectionGroup
	for _, group := range groups {
		if group.Clients = group.Clients.Without(g.doubtful); !group.Clients.IsEmpty() {
			left = append(left, group)
		}
	}
	return append(left, ConnectionGroup{g.doubtful, Transport{Way: way, Why: g.doubt.Why, Unknown: g.doubt.Unknown}})
}

// noteEnrolled finds the workloads that are enrolled in each mesh, where there are several.
func (g *Graph) noteEnrolled() {
	if len(g.layers) < 2 {
		return
	}
	members := map[string][]*Workload{}
	for _, w := range g.workloads {
		for _, v := range w.variants {
			if e := v.party.Enrolment; e.Mode != ModeNone && e.Mode != ModeUnknown {
				members[e.Mesh] = append(members[e.Mesh], w)
				break
			}
		}
	}
	g.enrolled, g.elsewhere = map[string]Set{}, map[string]Set{}
	for mesh, ws := range members {
		g.enrolled[mesh] = g.SetOf(ws...)
	}
	for _, l := range g.layers {
		for mesh, members := range g.enrolled {
			if mesh != l.name {
				g.elsewhere[l.name] = g.elsewhere[l.name].Or(members)
			}
		}
	}
}

// noteDoubtful finds the clients whose pods were not understood, and what is said of all of them.
func (g *Graph) noteDoubtful() {
	var all []*Workload
	var torn *Pod
	for _, w := range g.workloads {
		for _, v := range w.variants {
			if len(v.party.Pod.gaps) > 0 {
				all, torn = append(all, w), v.party.Pod
				break
			}
		}
	}
	switch len(all) {
	case 0:
		return
	case 1:
		g.doubt = Sending{Why: []Step{notUnderstood(torn)}, Unknown: torn.gaps}
	default:
		const detail = "the client's pod was not understood"
		g.doubt = Sending{Why: []Step{{Rule: RuleNotUnderstood, Detail: detail}}, Unknown: []Gap{{Reason: torn.gaps[0].Reason, Detail: detail}}}
	}
	g.doubtful = g.SetOf(all...)
}
