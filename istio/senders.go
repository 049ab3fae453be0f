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

// senders groups all workloads of the cluster by what their side sends to a target, and what becomes
// of it. The groups are disjoint and cover every workload; they are nil for a server that another mesh
// answers for. A workload whose pods do not send alike is in a group in which nothing is known.
func (l *Layer) senders(t mesh.Target) []sendGroup {
	if foreign(t.Server.Enrolment) {
		return nil
	}
	s := &sorter{layer: l, ds: newDestinations(l, t), in: t.Inbound}
	crowd := l.clients.crowd()
	for _, k := range crowd.classes {
		k.share(l, s.ds, func(clients mesh.Set, one mesh.Party) { s.put(clients, s.ask(one)) })
	}
	for _, k := range crowd.scoped {
		k.share(l, s.ds, func(clients mesh.Set, one mesh.Party, mixed bool) {
			a := s.ask(one)
			if mixed {
				a.disown()
			}
			s.put(clients, a)
		})
	}
	for _, w := range crowd.single {
		s.put(l.cluster.SetOf(w), s.askAll(w))
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
	met    []reception
}

// sendKey is what the clients of a group have in common.
type sendKey struct {
	wire, inside                       mesh.Wire
	proxy                              string
	connects, encrypted, authenticated truth.Value
	rule                               string
	object                             source.Ref
	gaps                               int
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
		wire: a.sending.Wire, inside: a.sending.Inside, proxy: a.sending.Proxy, gaps: len(a.transport.Unknown),
		connects: a.transport.Connects, encrypted: a.transport.Encrypted, authenticated: a.transport.Authenticated,
	}
	if len(a.sending.Why) > 0 {
		k.rule, k.object = a.sending.Why[0].Rule, a.sending.Why[0].Object
		if k.rule == ruleNotEnrolled || k.rule == ruleSidecarEgress || k.rule == ruleOutboundPolicy {
			k.object = source.Ref{} // each client, or each namespace, has its own reason of the same kind
		}
	}
	return k
}

// put adds clients to the group that has their answer.
func (s *sorter) put(clients mesh.Set, a answer) {
	if clients.IsEmpty() {
		return
	}
	key := a.key()
	if i := slices.Index(s.keys, key); i >= 0 {
		s.groups[i].disown(a)
		s.groups[i].clients = s.groups[i].clients.Or(clients)
		return
	}
	s.keys = append(s.keys, key)
	s.groups = append(s.groups, sendGroup{clients, a.sending, a.transport})
}

// disown leaves the object out of a group's first reason where the reason of further clients names
// another: a reader must not be sent to the settings of somebody else.
func (g *sendGroup) disown(a answer) {
	if len(g.sending.Why) == 0 || len(a.sending.Why) == 0 || g.sending.Why[0].Object == a.sending.Why[0].Object {
		return
	}
	own := answer{g.sending, g.transport}
	own.disown()
	g.sending, g.transport = own.sending, own.transport
}

// disown leaves the object out of the first reason.
func (a *answer) disown() {
	if len(a.sending.Why) == 0 {
		return
	}
	step := impersonal(a.sending.Why[0])
	a.sending.Why = slices.Concat([]mesh.Step{step}, a.sending.Why[1:])
	a.transport.Why = slices.Concat([]mesh.Step{step}, a.transport.Why[1:])
}

// impersonal is a step that holds for several clients, each of which has an object of its own for it.
func impersonal(s mesh.Step) mesh.Step {
	s.Object, s.Loc = source.Ref{}, source.Loc{}
	if s.Rule == ruleSidecarEgress {
		s.Detail = "the clients' Sidecar resources do not import the Service"
	}
	return s
}

// ask asks for one client, which may stand for others.
func (s *sorter) ask(c mesh.Party) answer {
	if foreign(c.Enrolment) {
		return answer{transport: mesh.Transport{Way: s.ds.target.Way, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: c.Pod.Object(), Loc: c.Pod.At("metadata.name"), Detail: "another mesh answers for the client",
		}}}}
	}
	sending := s.layer.sendTo(c, s.ds)
	if len(sending.Why) > 0 && sending.Why[0].Rule == ruleNotEnrolled {
		sending.Why = slices.Concat([]mesh.Step{impersonal(sending.Why[0])}, sending.Why[1:])
	}
	t := s.receive(c, sending)
	t.Way, t.Sends, t.Inside, t.Proxy = s.ds.target.Way, sending.Wire, sending.Inside, sending.Proxy
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
