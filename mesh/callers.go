package mesh

import (
	"iter"
	"slices"

	"github.com/meshposture/meshposture/truth"
)

// Target is a port of a pod as all its clients see it.
type Target struct {
	Server  Party
	Port    uint16
	Way     Way
	Inbound Inbound // what the port accepts, by the mesh that the server is enrolled in
}

// Group is a set of clients to which a target answers alike.
type Group struct {
	Clients   Set
	Admission Admission
}

// CallerJudge judges many clients of a target at once by the layer's policies, whatever mesh they and
// the server are enrolled in. For each workload the answer is that of Authorize with every attribute
// of the request left open.
type CallerJudge interface {
	// Callers parts the clients of connections that are made, or may be, by how much of what they send
	// the policies let through. The groups it returns are disjoint and cover those clients; nil means
	// that the layer lets everything through. What becomes of the connections is not in the answer.
	Callers(t Target, from []ConnectionGroup) []Group
	// Outsider judges a client that is no workload of the input. Where tr authenticates it, it proves an
	// identity of the server's mesh that no policy and no workload names; else it has none.
	Outsider(t Target, tr Transport) Admission
}

// Callers says of every workload, and of a stranger, how much of what it may send to a port gets
// through. It is immutable.
type Callers struct {
	Server *Workload
	Port   uint16
	// Ways are the answers for each way to the port; never empty.
	Ways []WayCallers
}

// WayCallers are the answers for clients that take one way.
type WayCallers struct {
	Way      Way
	Groups   []Group   // disjoint, none empty; together all workloads
	Stranger Admission // of a client that is no workload of the input and has no identity of the mesh
	Newcomer Admission // of one that has an identity of the server's mesh which nobody names
}

// Caller is one workload as a client of a port.
type Caller struct {
	Workload *Workload
	Way      Way // the way by which most gets through; the first of those
	Admission
}

// Callers says who may call a port of server in the usual way: through the Services that send to the
// port, or by the pods' address when there is none. See CallersVia for a way of your choice: that a
// client can go around a layer-7 proxy by the address of a pod shows only there.
func (g *Graph) Callers(server *Workload, port uint16) Callers {
	return g.callers(server, port, g.usualWays(server, port))
}

// CallersVia is Callers for one way.
func (g *Graph) CallersVia(way Way, server *Workload, port uint16) Callers {
	return g.callers(server, port, []Way{way})
}

func (g *Graph) callers(server *Workload, port uint16, ways []Way) Callers {
	c := Callers{Server: server, Port: port}
	for _, way := range ways {
		answer, _ := g.wayCallers(Target{Port: port, Way: way}, server)
		c.Ways = append(c.Ways, answer)
	}
	return c
}

// wayCallers takes the kinds of the server's pods together. The connections to each kind stand apart.
func (g *Graph) wayCallers(t Target, server *Workload) (WayCallers, [][]ConnectionGroup) {
	var all *WayCallers
	var connections [][]ConnectionGroup
	for _, s := range server.variants {
		if !t.Way.Leads(s.party.Pod, t.Port) {
			continue
		}
		t.Server, t.Inbound = s.party, server.inbound(s.party.Pod, s.party.Enrolment, t.Port)
		w, conns := g.podCallers(t, server)
		connections = append(connections, conns)
		if all != nil {
			w = WayCallers{
				Groups: merge(all.Groups, w.Groups, podsDiffer), Stranger: podsDiffer(all.Stranger, w.Stranger),
				Newcomer: podsDiffer(all.Newcomer, w.Newcomer),
			}
		}
		all = &w
	}
	if all == nil {
		never := Admission{Access: AccessNever, Why: noWay(t.Way).Why}
		all = &WayCallers{Groups: []Group{{g.everybody, never}}, Stranger: never, Newcomer: never}
	}
	all.Way = t.Way
	return *all, connections
}

// podCallers is what gets through to one pod's port: over connections that are made, and past the
// policies of every layer. It returns the connections as well.
func (g *Graph) podCallers(t Target, server *Workload) (WayCallers, []ConnectionGroup) {
	if p := t.Server.Pod; len(p.gaps) > 0 {
		return g.open(t.Way, Admission{Why: []Step{notUnderstood(p)}, Unknown: p.gaps})
	}
	conns := g.connectionsTo(t, server)
	if conns == nil {
		return g.open(t.Way, Admission{Why: []Step{{Rule: RuleNoLayer, Detail: "no adapter judged the callers"}}})
	}
	var made []ConnectionGroup
	var never, some []Group
	for _, c := range conns {
		group := Group{c.Clients, c.Transport.admission()}
		if group.Admission.Access == AccessNever {
			never = append(never, group)
			continue
		}
		made, some = append(made, c), append(some, group)
	}
	for _, j := range answering[CallerJudge](g.layers) {
		if groups := j.Callers(t, made); groups != nil {
			some = merge(some, groups, Admission.And)
		}
	}
	return WayCallers{
		Groups:   inhabited(append(some, never...)),
		Stranger: g.outsider(t, server, g.strange(t, WirePlaintext)),
		Newcomer: g.outsider(t, server, g.strange(t, identified(t.Server.Enrolment.Mode))),
	}, conns
}

// open is the answer where nothing can be said.
func (g *Graph) open(way Way, a Admission) (WayCallers, []ConnectionGroup) {
	return WayCallers{Groups: []Group{{g.everybody, a}}, Stranger: a, Newcomer: a},
		[]ConnectionGroup{{g.everybody, Transport{Way: way, Why: a.Why, Unknown: a.Unknown}}}
}

// strange is what a client sends that is no workload of the input. To a server outside of every mesh
// nobody sends the mutual TLS of a mesh.
func (g *Graph) strange(t Target, w Wire) Sending {
	if t.Server.Enrolment.Mode == ModeNone {
		w = WirePlaintext
	}
	return Sending{Wire: w}
}

// outsider is what gets through of what a client sends that is no workload of the input.
func (g *Graph) outsider(t Target, server *Workload, s Sending) Admission {
	client := Party{Newcomer: s.Wire.Authenticates()}
	tr, _ := server.receive(Edge{Client: client, Server: t.Server, Port: t.Port, Way: t.Way}, s)
	a := tr.admission()
	if a.Access == AccessNever {
		return a
	}
	for _, j := range answering[CallerJudge](g.layers) {
		a = a.And(j.Outsider(t, tr))
	}
	return a
}

// admission is how much gets through by the connection alone.
func (t Transport) admission() Admission {
	a := Admission{Why: t.Why, Unknown: t.Unknown}
	switch t.Connects {
	case truth.True:
		a.Access = AccessAlways
	case truth.False:
		a.Access = AccessNever
	default:
	}
	return a
}

// inhabited leaves groups without clients out, and the layer's own slice as it is.
func inhabited(groups []Group) []Group {
	empty := func(g Group) bool { return g.Clients.IsEmpty() }
	if !slices.ContainsFunc(groups, empty) {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), empty)
}

// merge splits the clients by both groupings.
func merge(a, b []Group, join func(a, b Admission) Admission) []Group {
	var all []Group
	for _, x := range a {
		for _, y := range b {
			if x.Clients.Meets(y.Clients) {
				all = append(all, Group{x.Clients.And(y.Clients), join(x.Admission, y.Admission)})
			}
		}
	}
	return all
}

// podsDiffer is what gets through where the pod that serves decides between a and b. Where both let
// some requests through, on terms of their own, there are no terms that hold for the workload.
func podsDiffer(a, b Admission) Admission {
	if a.Access == b.Access && (a.Access != AccessSometimes || slices.EqualFunc(a.Terms, b.Terms, Terms.same)) {
		return a
	}
	step := Step{Rule: RulePodsDiffer, Detail: "the server's pods differ: which of them serves decides"}
	c := Admission{Access: AccessSometimes, Why: slices.Concat([]Step{step}, a.Why, b.Why)}
	if a.Access == AccessUndecided || b.Access == AccessUndecided {
		c.Access, c.Unknown = AccessUndecided, slices.Concat(a.Unknown, b.Unknown)
	}
	return c
}

// Of returns what the port says to one client: of several ways, the one by which most gets through.
func (c Callers) Of(client *Workload) Caller {
	best := Caller{Workload: client}
	for i, w := range c.Ways {
		a := w.of(client)
		if i == 0 || best.Access.or(a.Access) != best.Access {
			best.Way, best.Admission = w.Way, a
		}
	}
	return best
}

func (w WayCallers) of(client *Workload) Admission {
	for _, g := range w.Groups {
		if g.Clients.Has(client) {
			return g.Admission
		}
	}
	return Admission{}
}

// All iterates over every workload of the cluster as a client, ordered by ID.
func (c Callers) All() iter.Seq[Caller] {
	return func(yield func(Caller) bool) {
		for _, w := range c.Server.cluster.workloads {
			if !yield(c.Of(w)) {
				return
			}
		}
	}
}

// With returns the workloads for which the answer is a, by whichever way most gets through.
func (c Callers) With(a Access) Set {
	var better, found Set
	for _, level := range []Access{AccessAlways, AccessUndecided, AccessSometimes, AccessNever} {
		found = Set{}
		for _, w := range c.Ways {
			for _, g := range w.Groups {
				if g.Admission.Access == level {
					found = found.Or(g.Clients)
				}
			}
		}
		found = found.Without(better)
		if level == a {
			return found
		}
		better = better.Or(found)
	}
	return Set{}
}

// Stranger is what the port says to a client that is no workload of the input and has no identity of
// the mesh, by the way by which most gets through.
func (c Callers) Stranger() Admission {
	return c.most(func(w WayCallers) Admission { return w.Stranger })
}

// Newcomer is what the port says to a client that is no workload of the input, and proves an identity
// of the server's mesh that no policy names, by the way by which most gets through. To a server outside
// of every mesh it is a stranger.
func (c Callers) Newcomer() Admission {
	return c.most(func(w WayCallers) Admission { return w.Newcomer })
}

func (c Callers) most(of func(WayCallers) Admission) Admission {
	best := of(c.Ways[0])
	for _, w := range c.Ways[1:] {
		if a := of(w); best.Access.or(a.Access) != best.Access {
			best = a
		}
	}
	return best
}
