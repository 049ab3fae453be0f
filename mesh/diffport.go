package mesh

import (
	"github.com/meshposture/meshposture/truth"
)

// portSide is what one graph says of all clients of a port. Its sets are of the earlier graph.
type portSide struct {
	callers     Callers
	admitted    []admitted
	connections []ConnectionGroup // disjoint, those alike in what connectedness tells apart taken together
	broken      Set               // clients inside a mesh whose connections are not made although their side sends something
}

// port compares one port of a workload, which both graphs are asked about by number.
func (d *differ) port(l *diffList, at Place, number uint16, ws [2]*Workload) {
	d.mode(l, at, number, ws)
	var sides [2]portSide
	for i, g := range []*Graph{d.before, d.after} {
		sides[i] = d.side(g, i, ws[i], number)
	}
	at.Topic = TopicAcceptance
	b, a := sides[0].callers.accepted(), sides[1].callers.accepted()
	l.compare(at, b, a, rise(sides[0].callers.Accepts(), sides[1].callers.Accepts(), ChangeStrengthened))
	d.connections(l, at, sides)
	d.requests(l, at, sides)
}

// mode compares what the port enforces.
func (d *differ) mode(l *diffList, at Place, number uint16, ws [2]*Workload) {
	at.Topic = TopicMode
	b, a := ws[0].Inbound(number), ws[1].Inbound(number)
	kind := rise(b.Enforced, a.Enforced, ChangeStrengthened)
	if b.Enforced == MTLSNotApplicable || a.Enforced == MTLSNotApplicable {
		kind = ChangeAltered
	}
	l.compare(at, b.said(), a.said(), kind)
}

func (in Inbound) said() said {
	return said{in.Enforced.String(), in.Enforced == MTLSUnknown, in.Why, in.Unknown}
}

// accepted is what Accepts says, with the reasons of the client that decides it.
func (c Callers) accepted() said {
	a := c.Accepts()
	most := c.Stranger()
	if most.Access == AccessNever {
		most = c.Newcomer()
	}
	return said{a.String(), a == AcceptsUnknown, most.Why, most.Unknown}
}

// side asks one graph, the earlier for i = 0.
func (d *differ) side(g *Graph, i int, w *Workload, number uint16) portSide {
	s := portSide{callers: Callers{Server: w, Port: number}}
	for _, way := range g.usualWays(w, number) {
		answer, pods := g.wayCallers(Target{Port: number, Way: way}, w)
		s.callers.Ways = append(s.callers.Ways, answer)
		for _, conns := range pods {
			s.connections = weakestOf(s.connections, conns)
		}
	}
	s.admitted = s.callers.admitted()
	if i == 1 {
		for j, a := range s.admitted {
			s.admitted[j].clients = d.translate(a.clients)
		}
		for j, c := range s.connections {
			s.connections[j].Clients = d.translate(c.Clients)
		}
	}
	for _, c := range s.connections {
		if c.Transport.Connects == truth.False && c.Transport.Sends != WireNothing {
			s.broken = s.broken.Or(c.Clients)
		}
	}
	s.broken = s.broken.And(d.enrolled[i])
	return s
}

// refused are the clients of which nothing gets through.
func (s portSide) refused() Set {
	for _, a := range s.admitted {
		if a.admission.Access == AccessNever {
			return a.clients
		}
	}
	return Set{}
}
