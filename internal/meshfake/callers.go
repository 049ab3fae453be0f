package meshfake

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Connections asks for each workload in turn.
func (l *layer) Connections(t mesh.Target) []mesh.ConnectionGroup {
	var all []mesh.ConnectionGroup
	for w := range l.cluster.Workloads() {
		tr := l.arrives(w.Variants()[0], t)
		for _, c := range w.Variants()[1:] {
			tr = tr.Either(l.arrives(c, t), w)
		}
		all = append(all, mesh.ConnectionGroup{Clients: l.cluster.SetOf(w), Transport: tr})
	}
	return all
}

// Callers asks for each workload in turn.
func (l *layer) Callers(t mesh.Target, from []mesh.ConnectionGroup) []mesh.Group {
	var all []mesh.Group
	for _, c := range from {
		for w := range c.Clients.All() {
			a := l.admitted(t, c.Transport, w.Variants()[0].Enrolment.Identity)
			if vs := w.Variants(); len(vs) > 1 && !l.stranger(vs[0]) {
				a = l.admittedOf(t, w, vs)
			}
			all = append(all, mesh.Group{Clients: l.cluster.SetOf(w), Admission: a})
		}
	}
	return all
}

// admittedOf asks for each kind of the client's pods.
func (l *layer) admittedOf(t mesh.Target, w *mesh.Workload, kinds []mesh.Party) mesh.Admission {
	var a mesh.Admission
	for i, v := range kinds {
		got := l.admitted(t, l.arrives(v, t), v.Enrolment.Identity)
		if i == 0 {
			a = got
		}
		if got.Access != a.Access {
			return mesh.Admission{Why: a.Why, Unknown: []mesh.Gap{clientsDiffer(w)}}
		}
	}
	return a
}

func clientsDiffer(w *mesh.Workload) mesh.Gap {
	return mesh.Gap{Reason: source.ProblemIncomplete, Object: w.Object(), Detail: "the client's pods differ"}
}

// Outsider has an identity that nobody names, if any.
func (l *layer) Outsider(t mesh.Target, tr mesh.Transport) mesh.Admission {
	return l.admitted(t, tr, "~")
}

// admitted is what the policies let through of what a client sends.
func (l *layer) admitted(t mesh.Target, tr mesh.Transport, identity string) mesh.Admission {
	a := mesh.Admission{Access: mesh.AccessAlways}
	if t.Server.Enrolment.Mode.Inside() != truth.True || l.stranger(t.Server) {
		return a
	}
	if !tr.Sends.Authenticates() {
		identity = ""
	}
	for _, at := range l.places(t.Server.Pod, tr.Proxy) {
		a = a.And(at.admits(identity))
	}
	return a
}

// arrives joins what the client's side sends with what the server's accepts.
func (l *layer) arrives(c mesh.Party, t mesh.Target) mesh.Transport {
	e := mesh.Edge{Client: c, Server: t.Server, Port: t.Port, Way: t.Way}
	var s mesh.Sending
	switch c.Enrolment.Mode {
	case mesh.ModeNone:
		s.Wire = mesh.WirePlaintext
	case mesh.ModeUnknown:
		s.Unknown = c.Enrolment.Unknown
	default:
		s = l.Send(e)
	}
	tr := l.accepted(e, s)
	tr.Sends, tr.Proxy, tr.Way = s.Wire, s.Proxy, t.Way
	tr.Why, tr.Unknown = slices.Concat(s.Why, tr.Why), slices.Concat(s.Unknown, tr.Unknown)
	return tr
}

// accepted is Receive, also where no proxy stands before the server, or none that is known.
func (l *layer) accepted(e mesh.Edge, s mesh.Sending) mesh.Transport {
	switch {
	case s.Wire == mesh.WireNothing:
		return mesh.Transport{Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False}
	case e.Server.Enrolment.Mode == mesh.ModeUnknown:
		return mesh.Transport{Unknown: e.Server.Enrolment.Unknown}
	case e.Server.Enrolment.Mode != mesh.ModeNone || s.Proxy != "":
		return l.Receive(e, s, l.Inbound(e.Server.Pod, e.Server.Enrolment, e.Port))
	case s.Wire == mesh.WireTLS || s.Wire == mesh.WireTLSMutual:
		gap := mesh.Gap{Reason: source.ProblemIncomplete, Object: e.Server.Pod.Object(), Detail: "whether the application ends TLS is not in the input"}
		return mesh.Transport{Encrypted: truth.True, Authenticated: truth.False, Unknown: []mesh.Gap{gap}}
	default:
		return l.Receive(e, s, mesh.Inbound{Enforced: mesh.MTLSNone})
	}
}
