package mesh

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Ways returns how clients address a port of a workload: by each Service that sends to it, ordered by
// the Service's name and port, and last by the pods' own address.
func (g *Graph) Ways(server *Workload, port uint16) []Way {
	return append(g.serviceWays(server, port), Way{})
}

// serviceWays are the ways through Services, found once. The list has no room to append to.
func (g *Graph) serviceWays(server *Workload, port uint16) []Way {
	if known, ok := server.ways.Load(port); ok {
		if ways, ok := known.([]Way); ok {
			return ways
		}
	}
	ways := slices.Clip(server.findWays(port))
	server.ways.Store(port, ways)
	return ways
}

func (w *Workload) findWays(port uint16) []Way {
	var ways []Way
	for _, s := range w.services {
		for _, sp := range s.Ports {
			way := Way{s, sp.Port}
			if w.leads(way, port) && !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
	}
	return ways
}

// usualWays are the ways that clients take: through the Services, or by address when there is none.
func (g *Graph) usualWays(server *Workload, port uint16) []Way {
	if ways := g.serviceWays(server, port); len(ways) > 0 {
		return ways
	}
	return []Way{{}}
}

// leads reports whether a way ends at the port on any kind of the workload's pods.
func (w *Workload) leads(way Way, port uint16) bool {
	return slices.ContainsFunc(w.variants, func(v variant) bool { return way.Leads(v.party.Pod, port) })
}

// Leads reports whether the way ends at a TCP port of the pod: always, by the pod's own address.
func (w Way) Leads(p *Pod, port uint16) bool { return w.leads(p, port, "TCP") }

// leads is Leads for a protocol; empty means TCP.
func (w Way) leads(p *Pod, port uint16, protocol string) bool {
	if w.Service == nil {
		return true
	}
	selects := len(w.Service.Selector) > 0 && kube.Subset(w.Service.Selector, p.Labels)
	if !selects || w.Service.Namespace.Name != p.Namespace.Name {
		return false
	}
	return slices.ContainsFunc(w.Service.Ports, func(sp ServicePort) bool {
		if sp.Protocol != cmp.Or(protocol, "TCP") || sp.Port != w.Port {
			return false
		}
		n, ok := sp.Target(p)
		return ok && n == port
	})
}

// Transport says what becomes of a connection that client makes to a port of server in the usual way:
// through a Service that sends to the port, or by the pods' address when there is none. Of several
// Services, or kinds of pods, the weakest answer counts: one that could not be decided, then plaintext.
func (g *Graph) Transport(client, server *Workload, port uint16) Transport {
	var all []Transport
	for _, way := range g.usualWays(server, port) {
		all = append(all, g.TransportVia(way, client, server, port))
	}
	return weakest(all)
}

// TransportVia is Transport for one way. A way that does not end at the port connects nothing.
func (g *Graph) TransportVia(way Way, client, server *Workload, port uint16) Transport {
	var all []Transport
	for _, s := range server.variants {
		if !way.Leads(s.party.Pod, port) {
			continue
		}
		for _, c := range client.variants {
			t, _ := server.connect(Edge{Client: c.party, Server: s.party, Port: port, Way: way})
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return noWay(way)
	}
	return weakest(all)
}

func noWay(way Way) Transport {
	s := Step{Rule: RuleNoProxy, Detail: "the Service does not send to the port"}
	if way.Service != nil {
		s.Object, s.Loc = way.Service.Object(), way.Service.At("spec.ports")
	}
	return Transport{Way: way, Sends: WireNothing, Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False, Why: []Step{s}}
}

// connect asks the client's layer what it sends and the server's what becomes of it.
func (w *Workload) connect(e Edge) (Transport, Inbound) {
	return w.receive(e, w.send(e))
}

func (w *Workload) receive(e Edge, s Sending) (Transport, Inbound) {
	in := w.inbound(e.Server.Pod, e.Server.Enrolment, e.Port)
	t := w.arrive(e, s, in)
	t.Way, t.Sends, t.Inside, t.Proxy, t.Port, t.Expects = e.Way, s.Wire, s.Inside, s.Proxy, s.Port, s.Expects
	t.Why, t.Unknown = slices.Concat(s.Why, t.Why), slices.Concat(s.Unknown, t.Unknown)
	return t, in
}

// send asks the layer of the mesh that the client is enrolled in.
func (w *Workload) send(e Edge) Sending {
	c := e.Client
	if len(c.Pod.gaps) > 0 {
		return Sending{Why: []Step{notUnderstood(c.Pod)}, Unknown: c.Pod.gaps}
	}
	switch c.Enrolment.Mode {
	case ModeUnknown:
		return Sending{Why: c.Enrolment.Why, Unknown: c.Enrolment.Unknown}
	case ModeNone:
		return Sending{Wire: WirePlaintext, Why: []Step{{
			Rule: RuleNoProxy, Object: c.Pod.Object(), Loc: c.Pod.At("metadata.name"),
			Detail: "no proxy stands beside the client",
		}}}
	default:
	}
	for _, l := range w.layers {
		if s, ok := l.layer.(Sender); ok && l.name == c.Enrolment.Mesh {
			return s.Send(e)
		}
	}
	return Sending{Unknown: []Gap{{Reason: source.ProblemUnsupported, Object: c.Pod.Object(), Detail: "what the client's side sends is not judged"}}}
}

// arrive asks the layer of the mesh that the server is enrolled in.
func (w *Workload) arrive(e Edge, s Sending, in Inbound) Transport {
	srv := e.Server
	if s.Wire == WireNothing {
		return Transport{Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False}
	}
	if len(srv.Pod.gaps) > 0 {
		return Transport{Why: []Step{notUnderstood(srv.Pod)}, Unknown: srv.Pod.gaps}
	}
	judge := srv.Enrolment.Mesh
	switch {
	case srv.Enrolment.Mode == ModeUnknown:
		return Transport{Why: srv.Enrolment.Why, Unknown: srv.Enrolment.Unknown}
	case srv.Enrolment.Mode == ModeNone && s.Proxy != "" && e.Client.Enrolment.Mesh != "":
		judge = e.Client.Enrolment.Mesh // what leaves the proxy between them is that mesh's affair
	case srv.Enrolment.Mode == ModeNone:
		return bare(s.Wire, srv.Pod)
	}
	for _, l := range w.layers {
		if r, ok := l.layer.(Receiver); ok && l.name == judge {
			return r.Receive(e, s, in)
		}
	}
	return Transport{Unknown: []Gap{{Reason: source.ProblemUnsupported, Object: srv.Pod.Object(), Detail: "what the server's side accepts is not judged"}}}
}

// datagrams is what becomes of what is no TCP: it passes every proxy by.
func datagrams(e Edge) Transport {
	return Transport{
		Way: e.Way, Sends: WirePlaintext, Connects: truth.True, Encrypted: truth.False, Authenticated: truth.False,
		Why: []Step{{Rule: RuleNotTCP, Detail: "proxies handle TCP only: " + e.Protocol + " reaches the pod as it is"}},
	}
}

// bare is what becomes of what arrives where no proxy stands.
func bare(w Wire, p *Pod) Transport {
	step := Step{Rule: RuleNoProxy, Object: p.Object(), Loc: p.At("metadata.name")}
	t := Transport{Connects: truth.True, Encrypted: truth.False, Authenticated: truth.False}
	switch w {
	case WirePlaintext:
		step.Detail = "no proxy stands before the server, which gets the bytes as they are"
	case WireTLS, WireTLSMutual:
		t.Connects, t.Encrypted = truth.Unknown, truth.True
		step.Detail = "no proxy stands before the server: the application must end the TLS itself"
		t.Unknown = []Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Detail: "whether the application ends TLS is not in the input"}}
	case WireMesh, WireTunnel:
		t.Connects = truth.False
		step.Detail = "no proxy stands before the server to end the mesh's mutual TLS"
	default:
		t = Transport{}
		step.Detail = "no proxy stands before the server, and what the client sends is not known"
	}
	t.Why = []Step{step}
	return t
}

// weakest is the answer that counts of several, with a step that says so where they differ.
func weakest(all []Transport) Transport {
	t := slices.MinFunc(all, func(a, b Transport) int { return cmp.Compare(a.strength(), b.strength()) })
	for _, other := range all {
		if other.strength() != t.strength() {
			t.Why = append(slices.Clone(t.Why), Step{Rule: RulePodsDiffer, Detail: "other pods or Services give a stronger answer"})
			break
		}
	}
	return t
}

// strength orders answers: undecided, plaintext, encrypted only, not connected, mutual TLS.
func (t Transport) strength() int {
	switch {
	case t.MTLS() == truth.True:
		return 4
	case t.Connects == truth.False:
		return 3
	case t.Connects == truth.True && t.Encrypted == truth.False:
		return 1
	case t.Encrypted == truth.True && t.Authenticated == truth.False:
		return 2
	default:
		return 0
	}
}
