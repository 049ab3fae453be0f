package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// sendGroup is a set of clients whose side sends the same to a target, for the same reason.
type sendGroup struct {
	clients   mesh.Set
	sending   mesh.Sending
	transport mesh.Transport
}

// senders groups the workloads of the cluster by what their side sends to a target, and what becomes
// of it. The groups are disjoint and cover every workload that is in no other mesh; they are nil for a server that another mesh
// answers for. A workload whose pods do not send alike is in a group in which nothing is known.
func (l *Layer) senders(t mesh.Target) []sendGroup {
	if foreign(t.Server.Enrolment) {
		return nil
	}
	s := &sorter{layer: l, ds: newDestinations(l, t), in: t.Inbound}
	crowd := l.clients.crowd()
	for _, k := range crowd.classes {
		k.share(l, s)
	}
	for _, k := range crowd.scoped {
		k.share(l, s)
	}
	for _, w := range crowd.single {
		s.put(l.cluster.SetOf(w), w.Variants()[0], s.askAll(w))
	}
	return s.groups
}

// sorter collects the groups of one target.
type sorter struct {
	layer  *Layer
	ds     *destinations
	in     mesh.Inbound
	groups []sendGroup
	keys   []sendKey
	ones   []mesh.Party // for each group, the client whose answer it has
	met    []reception
}

// sendKey tells groups apart at a glance; those of one key may still differ in their reasons.
type sendKey struct {
	wire, inside                       mesh.Wire
	proxy, expects                     string
	connects, encrypted, authenticated truth.Value
	rule                               string
	steps, gaps                        int
}

// reception is what became of a connection, for clients of one trust domain that send the same.
type reception struct {
	wire          mesh.Wire
	proxy, domain string
	transport     mesh.Transport
}

// answer is what a client sends and what becomes of it.
type answer struct {
	sending   mesh.Sending
	transport mesh.Transport
}

func (a answer) key() sendKey {
	k := sendKey{
		wire: a.sending.Wire, inside: a.sending.Inside, proxy: a.sending.Proxy, expects: a.sending.Expects,
		connects: a.transport.Connects, encrypted: a.transport.Encrypted, authenticated: a.transport.Authenticated,
		steps: len(a.transport.Why), gaps: len(a.transport.Unknown),
	}
	if len(a.transport.Why) > 0 {
		k.rule = a.transport.Why[0].Rule
	}
	return k
}

// take adds clients that send alike, of which one is asked for all. They have one Sidecar resource, or none.
func (s *sorter) take(clients mesh.Set, one mesh.Party) {
	s.takeAs(clients, one, false)
}

// takeMixed is take for clients with Sidecar resources of their own.
func (s *sorter) takeMixed(clients mesh.Set, one mesh.Party) {
	s.takeAs(clients, one, true)
}

func (s *sorter) takeAs(clients mesh.Set, one mesh.Party, sidecars bool) {
	if self := s.ds.target.Server.Pod.Workload; clients.Has(self) && clients.Len() > 1 {
		s.takeWithSelf(clients, one, self, sidecars)
		return
	}
	switch clients.Len() {
	case 0:
	case 1:
		s.put(clients, one, s.ask(one))
	default:
		s.put(clients, one, s.ask(one).forAll(one, sidecars))
	}
}

// takeWithSelf asks a server that is its own client apart: what names it there speaks of the server.
func (s *sorter) takeWithSelf(clients mesh.Set, one mesh.Party, self *mesh.Workload, sidecars bool) {
	alone := s.layer.cluster.SetOf(self)
	others := clients.Without(alone)
	if one.Pod.Workload == self {
		for w := range others.All() {
			one = w.Variants()[0]
			break
		}
	}
	s.takeAs(others, one, sidecars)
	party := self.Variants()[0]
	s.put(alone, party, s.ask(party))
}

// put adds clients to the group that has their answer, or one that differs from it only in what is
// each client's own.
func (s *sorter) put(clients mesh.Set, one mesh.Party, a answer) {
	key := a.key()
	for i := range s.groups {
		if s.keys[i] != key {
			continue
		}
		g := &s.groups[i]
		b := answer{g.sending, g.transport}
		if !a.same(b) {
			if b = b.forAll(s.ones[i], true); !b.same(a.forAll(one, true)) {
				continue
			}
			g.sending, g.transport = b.sending, b.transport
		}
		g.clients = g.clients.Or(clients)
		return
	}
	s.keys, s.ones = append(s.keys, key), append(s.ones, one)
	s.groups = append(s.groups, sendGroup{clients, a.sending, a.transport})
}

// ask asks for one client, which may stand for others.
func (s *sorter) ask(c mesh.Party) answer {
	if foreign(c.Enrolment) {
		return answer{transport: mesh.Transport{Way: s.ds.target.Way, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: c.Pod.Object(), Loc: c.Pod.At("metadata.name"), Detail: "another mesh answers for the client",
		}}}}
	}
	sending := s.layer.sendTo(c, s.ds)
	t := s.receive(c, sending)
	t.Way, t.Sends, t.Inside, t.Proxy = s.ds.target.Way, sending.Wire, sending.Inside, sending.Proxy
	t.Port, t.Expects = sending.Port, sending.Expects
	t.Why, t.Unknown = slices.Concat(sending.Why, t.Why), withGaps(sending.Unknown, t.Unknown)
	return answer{sending, t}
}

// receive is Receive, asked once for clients that send the same.
func (s *sorter) receive(c mesh.Party, sending mesh.Sending) mesh.Transport {
	domain, _ := trustDomainOf(c.Enrolment.Identity)
	if !sending.Wire.Authenticates() {
		domain = ""
	}
	for i := range s.met {
		if m := &s.met[i]; m.wire == sending.Wire && m.proxy == sending.Proxy && m.domain == domain {
			return m.transport
		}
	}
	t := s.ds.target
	e := mesh.Edge{Client: c, Server: t.Server, Port: t.Port, Way: t.Way}
	got := s.layer.Receive(e, sending, s.in)
	s.met = append(s.met, reception{sending.Wire, sending.Proxy, domain, got})
	return got
}

// askAll asks for a workload whose pods differ.
func (s *sorter) askAll(w *mesh.Workload) answer {
	variants := w.Variants()
	first := s.ask(variants[0])
	for _, v := range variants[1:] {
		other := s.ask(v)
		if !sameWire(first.sending, other.sending) || first.transport.Connects != other.transport.Connects ||
			first.transport.Encrypted != other.transport.Encrypted || first.transport.Authenticated != other.transport.Authenticated {
			gap := mesh.Gap{
				Reason: source.ProblemIncomplete, Object: w.Object(), Loc: w.At("metadata.name"),
				Detail: "the client's pods differ: which of them connects decides",
			}
			unknown := mesh.Sending{Why: first.sending.Why, Unknown: []mesh.Gap{gap}}
			return answer{unknown, mesh.Transport{Way: first.transport.Way, Why: first.transport.Why, Unknown: unknown.Unknown}}
		}
	}
	return first
}
