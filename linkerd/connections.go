package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Connections groups all workloads by what becomes of their connections to a target; nil for a server of
// another mesh. Clients of another mesh are in no group.
func (l *Layer) Connections(t mesh.Target) []mesh.ConnectionGroup {
	if e := t.Server.Enrolment; e.Mesh != Name && e.Mesh != "" && e.Mode != mesh.ModeNone && e.Mode != mesh.ModeUnknown {
		return nil
	}
	d := l.destination(t)
	groups := []mesh.ConnectionGroup{} // of a cluster without workloads, none
	self := t.Server.Pod.Workload
	for _, k := range l.clients.crowd() {
		clients := k.clients
		if clients.Has(self) && clients.Len() > 1 {
			alone := l.cluster.SetOf(self)
			clients = clients.Without(alone)
			groups = put(groups, alone, l.connectAll(self, d))
		}
		switch {
		case len(l.config(t.Server.Pod).skipSubnets) > 0 && !l.settings.everyPortTagged():
			for w := range clients.All() { // their addresses decide
				groups = put(groups, l.cluster.SetOf(w), l.connectAll(w, d))
			}
		case clients.Len() == 1 && k.uneven:
			groups = put(groups, clients, l.connectAll(k.one, d))
		case clients.Len() == 1:
			groups = put(groups, clients, l.connect(sender{Party: l.first(clients)}, d))
		default:
			groups = put(groups, clients, l.connect(sender{Party: l.first(clients), many: true}, d))
		}
	}
	return groups
}

// first is how the first workload of a set is as a client.
func (l *Layer) first(s mesh.Set) mesh.Party {
	for w := range s.All() {
		return w.Variants()[0]
	}
	return mesh.Party{}
}

// put adds clients to the group that has their answer, for the same reasons, else as a group of their own.
func put(groups []mesh.ConnectionGroup, clients mesh.Set, t mesh.Transport) []mesh.ConnectionGroup {
	for i := range groups {
		if g := &groups[i]; sameTransport(g.Transport, t) {
			g.Clients = g.Clients.Or(clients)
			return groups
		}
	}
	return append(groups, mesh.ConnectionGroup{Clients: clients, Transport: t})
}

func sameTransport(a, b mesh.Transport) bool {
	return a.Sends == b.Sends && a.Port == b.Port && a.Expects == b.Expects &&
		a.Connects == b.Connects && a.Encrypted == b.Encrypted && a.Authenticated == b.Authenticated &&
		slices.Equal(a.Why, b.Why) && slices.Equal(a.Unknown, b.Unknown)
}

// connectAll is connect for a workload whose pods may differ.
func (l *Layer) connectAll(w *mesh.Workload, d *destination) mesh.Transport {
	variants := w.Variants()
	t := l.connect(sender{Party: variants[0]}, d)
	for _, v := range variants[1:] {
		t = t.Either(l.connect(sender{Party: v}, d), w)
	}
	return t
}

// connect is Send and Receive for a client, or for many that are alike.
func (l *Layer) connect(c sender, d *destination) mesh.Transport {
	s := l.sendTo(c, d)
	t := l.arrive(c, s, d)
	t.Way, t.Sends, t.Port, t.Expects = d.target.Way, s.Wire, s.Port, s.Expects
	t.Why, t.Unknown = slices.Concat(s.Why, t.Why), slices.Concat(s.Unknown, t.Unknown)
	return t
}

// arrive is Receive, also for servers without a proxy and for those of which it is not known.
func (l *Layer) arrive(c sender, s mesh.Sending, d *destination) mesh.Transport {
	t := d.target
	if t.Server.Enrolment.Mode != mesh.ModeNone && t.Server.Enrolment.Mode != mesh.ModeUnknown || s.Wire == mesh.WireNothing {
		return l.Receive(mesh.Edge{Client: c.Party, Server: t.Server, Port: t.Port, Way: t.Way}, s, t.Inbound)
	}
	if t.Server.Enrolment.Mode == mesh.ModeUnknown {
		return mesh.Transport{Why: t.Server.Enrolment.Why, Unknown: t.Server.Enrolment.Unknown}
	}
	switch s.Wire {
	case mesh.WirePlaintext:
		return forwarded(t.Server, mesh.RuleNoProxy, "no proxy stands before the server, which gets the bytes as they are")
	case mesh.WireMesh:
		return mesh.Transport{
			Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False,
			Why: []mesh.Step{serverStep(t.Server, mesh.RuleNoProxy, "no proxy stands before the server to end the mesh's mutual TLS")},
		}
	default:
		return mesh.Transport{Why: []mesh.Step{
			serverStep(t.Server, mesh.RuleNoProxy, "no proxy stands before the server, and what the client sends is not known"),
		}}
	}
}

// clientClass is a set of workloads whose connections turn out alike, whatever the target: but for that
// they may be the server themselves.
type clientClass struct {
	clients mesh.Set
	one     *mesh.Workload // stands for all
	uneven  bool           // the pods of the only client are not alike
}

// classKey is what decides what a client sends.
type classKey struct {
	mode      mesh.Mode // ModeNone, ModeUnknown or ModeSidecar for any kind of proxy
	machine   bool
	control   string // the namespace of its control plane
	skips     string // the ports that go around its proxy
	annotated bool   // whether an annotation says so
	ingress   bool
	egress    string      // the namespace of the EgressNetworks that count for it; empty for none
	ipv6      truth.Value // whether connections over IPv6 go around its proxy
	unsure    bool        // it is not known which ports go around its proxy
}

// newCrowd makes the classes of all workloads, in the order of their first members.
func newCrowd(l *Layer) []clientClass {
	members := map[classKey][]*mesh.Workload{}
	var order []classKey
	var all []clientClass
	for w := range l.cluster.Workloads() {
		key, even, ours := l.classOf(w)
		switch {
		case !ours:
		case !even:
			all = append(all, clientClass{l.cluster.SetOf(w), w, true})
		default:
			if members[key] == nil {
				order = append(order, key)
			}
			members[key] = append(members[key], w)
		}
	}
	for _, key := range order {
		ws := members[key]
		all = append(all, clientClass{l.cluster.SetOf(ws...), ws[0], false})
	}
	return all
}

// classOf is the class of a workload; even is false when its pods are not of one class, ours when it is
// enrolled in another mesh.
func (l *Layer) classOf(w *mesh.Workload) (key classKey, even, ours bool) {
	for i, v := range w.Variants() {
		if e := v.Enrolment; e.Mesh != Name && e.Mesh != "" && e.Mode != mesh.ModeNone && e.Mode != mesh.ModeUnknown {
			return classKey{}, false, false
		}
		k := l.classOfPod(v)
		if i > 0 && k != key {
			return classKey{}, false, true
		}
		key = k
	}
	return key, true, true
}

func (l *Layer) classOfPod(p mesh.Party) classKey {
	switch p.Enrolment.Mode {
	case mesh.ModeNone, mesh.ModeUnknown:
		return classKey{mode: p.Enrolment.Mode}
	default:
	}
	k := classKey{mode: mesh.ModeSidecar, machine: p.Pod.Machine, control: l.controlPlaneOf(p)}
	if !k.machine {
		cfg := l.config(p.Pod)
		_, k.annotated = cfg.annotations[annotationSkipOutbound]
		k.skips = cfg.skipOutbound.String()
		_, k.ipv6 = l.ipv6Step(p.Pod)
		k.egress = l.egress.scope(p.Pod.Namespace.Name)
		k.ingress, k.unsure = cfg.ingress, cfg.unsure(annotationSkipOutbound)
	}
	return k
}
