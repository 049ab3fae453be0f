package mesh

import (
	"iter"
	"slices"
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

// CallerJudge judges all workloads of the cluster at once as clients of a target: by the connection
// and by the layer's policies. The groups it returns are disjoint and cover every workload; nil means
// that the layer has no say about the target. Stranger is what it says of a client that is no
// workload of the input and has no identity of the mesh.
//
// For each workload the answer is that of Send, Receive and Authorize with every attribute of the
// request left open.
type CallerJudge interface {
	Callers(t Target) []Group
	Stranger(t Target) Admission
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
		c.Ways = append(c.Ways, g.wayCallers(Target{Port: port, Way: way}, server))
	}
	return c
}

// wayCallers takes the kinds of the server's pods together.
func (g *Graph) wayCallers(t Target, server *Workload) WayCallers {
	var all *WayCallers
	for _, s := range server.variants {
		if !t.Way.Leads(s.party.Pod, t.Port) {
			continue
		}
		t.Server, t.Inbound = s.party, server.inbound(s.party.Pod, s.party.Enrolment, t.Port)
		w := g.podCallers(t)
		if all != nil {
			w = WayCallers{Groups: merge(all.Groups, w.Groups, podsDiffer), Stranger: podsDiffer(all.Stranger, w.Stranger)}
		}
		all = &w
	}
	if all == nil {
		never := Admission{Access: AccessNever, Why: noWay(t.Way).Why}
		all = &WayCallers{Groups: []Group{{g.everybody, never}}, Stranger: never}
	}
	all.Way = t.Way
	return *all
}

// podCallers is the conjunction of what the layers say of one pod's port.
func (g *Graph) podCallers(t Target) WayCallers {
	var all *WayCallers
	for _, j := range answering[CallerJudge](g.layers) {
		groups := j.Callers(t)
		if groups == nil {
			continue
		}
		w := WayCallers{Groups: inhabited(groups), Stranger: j.Stranger(t)}
		if all != nil {
			w = WayCallers{Groups: merge(all.Groups, w.Groups, Admission.And), Stranger: all.Stranger.And(w.Stranger)}
		}
		all = &w
	}
	if all == nil || len(t.Server.Pod.gaps) > 0 {
		open := Admission{Why: []Step{{Rule: RuleNoLayer, Detail: "no adapter judged the callers"}}}
		if len(t.Server.Pod.gaps) > 0 {
			open = Admission{Why: []Step{notUnderstood(t.Server.Pod)}, Unknown: t.Server.Pod.gaps}
		}
		return WayCallers{Groups: []Group{{g.everybody, open}}, Stranger: open}
	}
	if !g.doubtful.IsEmpty() {
		all.Groups = append(without(all.Groups, g.doubtful), Group{g.doubtful, Admission{Why: g.doubt.Why, Unknown: g.doubt.Unknown}})
	}
	return *all
}

// without takes clients out of groups, leaving the layer's own slice as it is.
func without(groups []Group, clients Set) []Group {
	groups = slices.Clone(groups)
	for i := range groups {
		groups[i].Clients = groups[i].Clients.Without(clients)
	}
	return inhabited(groups)
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
	best := c.Ways[0].Stranger
	for _, w := range c.Ways[1:] {
		if best.Access.or(w.Stranger.Access) != best.Access {
			best = w.Stranger
		}
	}
	return best
}
