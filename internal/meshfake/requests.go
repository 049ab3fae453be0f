package meshfake

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Send is mutual TLS from every enrolled pod, unless an annotation names another wire.
func (l *layer) Send(e mesh.Edge) mesh.Sending {
	p := e.Client.Pod
	s := mesh.Sending{Wire: mesh.WireMesh, Why: []mesh.Step{step(p, "metadata.name")}}
	for _, key := range []string{prefix + "sends", prefix + "sends-" + e.Server.Pod.Workload.ID().Name} {
		if word, ok := p.Annotations[key]; ok {
			s.Wire = wire(word)
			s.Why = []mesh.Step{{Rule: "toy/sends", Object: p.Object(), Loc: p.At(source.Key("metadata.annotations", key)), Detail: "the proxy sends " + word}}
		}
	}
	if s.Wire == mesh.WireUnknown {
		s.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Detail: "what the proxy sends cannot be read"}}
	}
	return s
}

// wire reads a word; one that is none means unknown.
func wire(word string) mesh.Wire {
	for w := mesh.WireUnknown; w <= mesh.WireTunnel; w++ {
		if w.String() == word {
			return w
		}
	}
	return mesh.WireUnknown
}

// Receive takes plaintext where the port accepts it, and the mesh's mutual TLS where it is not disabled.
func (l *layer) Receive(_ mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	t := mesh.Transport{Why: in.Why, Unknown: in.Unknown}
	switch {
	case in.Enforced == mesh.MTLSUnknown || s.Wire == mesh.WireUnknown:
	case s.Wire.Authenticates():
		ok := truth.Of(in.Enforced >= mesh.MTLSPermissive && in.Enforced != mesh.MTLSClosed)
		t.Connects, t.Encrypted, t.Authenticated = ok, ok, ok
	case s.Wire == mesh.WirePlaintext:
		t.Connects, t.Encrypted, t.Authenticated = in.Enforced.AcceptsPlaintext(), truth.False, truth.False
	default:
		t.Connects, t.Encrypted, t.Authenticated = truth.False, truth.False, truth.False
	}
	return t
}

// admits is what the policies make of a client: that of the most specific policy with callers, for
// which a name of a workload may be followed by "?" (sometimes) or "??" (undecided).
func (l *layer) admits(server *mesh.Pod, client *mesh.Workload) mesh.Admission {
	q := l.callersPolicy(server)
	if q == nil {
		return mesh.Admission{Access: mesh.AccessAlways, Why: []mesh.Step{{Rule: "toy/default", Detail: "no policy: anybody"}}}
	}
	why := []mesh.Step{{Rule: "toy/callers", Object: q.object.Ref, Loc: q.object.At("spec.callers"), Detail: "the policy lists the callers"}}
	for _, c := range q.Spec.Callers {
		name, doubt := strings.TrimRight(c, "?"), strings.Count(c, "?")
		if client == nil || client.ID().Name != name {
			continue
		}
		switch doubt {
		case 0:
			return mesh.Admission{Access: mesh.AccessAlways, Why: why}
		case 1:
			rule := mesh.Rule{Policy: q.object.Ref, Loc: q.object.At("spec.callers")}
			when := mesh.Clause{Conditions: []mesh.Condition{{Attribute: "method", Values: []string{"GET"}}}, Rule: rule}
			return mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{{Mesh: "toy", Kind: mesh.PointServer, When: []mesh.Clause{when}}}, Why: why}
		default:
			return mesh.Admission{Why: why, Unknown: []mesh.Gap{{Reason: source.ProblemUnsupported, Object: q.object.Ref, Detail: "the toy does not evaluate it"}}}
		}
	}
	return mesh.Admission{Access: mesh.AccessNever, Why: why}
}

func (l *layer) callersPolicy(server *mesh.Pod) *policy {
	var best *policy
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Callers == nil || q.object.Ref.Namespace != server.Namespace.Name {
			continue
		}
		if q.Spec.Workload == server.Workload.ID().Name || q.Spec.Workload == "" && best == nil {
			best = q
		}
	}
	return best
}

// Authorize judges at the server's proxy; sometimes means for the method GET.
func (l *layer) Authorize(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point {
	if e.Server.Enrolment.Mode.Inside() != truth.True {
		return nil
	}
	var client *mesh.Workload
	if e.Client.Pod != nil && t.Sends.Authenticates() {
		client = e.Client.Pod.Workload
	}
	a := l.admits(e.Server.Pod, client)
	p := mesh.Point{Kind: mesh.PointServer, Allowed: a.Access.Possible(), Identity: r.From.Identity, Why: a.Why, Unknown: a.Unknown}
	if a.Access == mesh.AccessSometimes {
		p.Allowed = truth.Of(r.HTTP != nil && r.HTTP.Method == "GET")
	}
	return []mesh.Point{p}
}

// Connections asks for each workload in turn.
func (l *layer) Connections(t mesh.Target) []mesh.ConnectionGroup {
	var all []mesh.ConnectionGroup
	l.eachClient(t, func(one mesh.Set, _ *mesh.Workload, tr mesh.Transport) {
		all = append(all, mesh.ConnectionGroup{Clients: one, Transport: tr})
	})
	return all
}

// Callers asks for each workload in turn.
func (l *layer) Callers(t mesh.Target) []mesh.Group {
	var all []mesh.Group
	l.eachClient(t, func(one mesh.Set, w *mesh.Workload, tr mesh.Transport) {
		all = append(all, mesh.Group{Clients: one, Admission: l.admitted(t, w, tr)})
	})
	return all
}

// Stranger sends plaintext.
func (l *layer) Stranger(t mesh.Target) mesh.Admission {
	return l.admitted(t, nil, l.arrives(mesh.Edge{Server: t.Server, Port: t.Port, Way: t.Way}, mesh.Sending{Wire: mesh.WirePlaintext}))
}

func (l *layer) admitted(t mesh.Target, w *mesh.Workload, tr mesh.Transport) mesh.Admission {
	connected := mesh.Admission{Access: mesh.AccessAlways, Why: tr.Why, Unknown: tr.Unknown}
	switch tr.Connects {
	case truth.False:
		connected.Access = mesh.AccessNever
	case truth.Unknown:
		connected.Access = mesh.AccessUndecided
	default:
	}
	if t.Server.Enrolment.Mode.Inside() != truth.True {
		return connected
	}
	if !tr.Sends.Authenticates() {
		w = nil
	}
	return connected.And(l.admits(t.Server.Pod, w))
}

// eachClient looks at the first kind of pod of every workload.
func (l *layer) eachClient(t mesh.Target, do func(mesh.Set, *mesh.Workload, mesh.Transport)) {
	for w := range l.cluster.Workloads() {
		c := w.Variants()[0]
		e := mesh.Edge{Client: c, Server: t.Server, Port: t.Port, Way: t.Way}
		s := mesh.Sending{Wire: mesh.WirePlaintext}
		switch c.Enrolment.Mode {
		case mesh.ModeNone:
		case mesh.ModeUnknown:
			s = mesh.Sending{Unknown: c.Enrolment.Unknown}
		default:
			s = l.Send(e)
		}
		tr := l.arrives(e, s)
		tr.Sends, tr.Way, tr.Why = s.Wire, t.Way, slices.Concat(s.Why, tr.Why)
		do(l.cluster.SetOf(w), w, tr)
	}
}

func (l *layer) arrives(e mesh.Edge, s mesh.Sending) mesh.Transport {
	in := l.Inbound(e.Server.Pod, e.Server.Enrolment, e.Port)
	if e.Server.Enrolment.Mode == mesh.ModeNone {
		in = mesh.Inbound{Enforced: mesh.MTLSNone}
	}
	return l.Receive(e, s, in)
}
