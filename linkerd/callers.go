package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Callers parts clients by what the policies at the server let through.
//
// On a port that the proxy looks at, or for which it is not declared, a client may send HTTP or anything else;
// on a port that a Server declares as HTTP only HTTP is asked about. The terms are in words of requests:
// "method", "path", "host", "header[name]" and "query[name]", "protocol" (http or tcp) and "source.address".
// A path "/a/*" stands for all below "/a", and a value that begins with "~" for a regular expression that
// must match it as a whole.
func (l *Layer) Callers(t mesh.Target, from []mesh.ConnectionGroup) []mesh.Group {
	groups := l.serverCallers(t, from)
	diverted, a, ok := l.outboundAdmission(t)
	if !ok {
		return groups
	}
	if groups == nil {
		for _, c := range from {
			groups = append(groups, always(c.Clients))
		}
	}
	var all []mesh.Group
	for _, g := range groups {
		all = append(all, mesh.Group{Clients: g.Clients.And(diverted), Admission: a.And(g.Admission)})
		all = append(all, mesh.Group{Clients: g.Clients.Without(diverted), Admission: g.Admission})
	}
	return inhabited(all)
}

// inhabited leaves groups without clients out.
func inhabited(groups []mesh.Group) []mesh.Group {
	return slices.DeleteFunc(groups, func(g mesh.Group) bool { return g.Clients.IsEmpty() })
}

// serverCallers is Callers at the server's own proxy; nil where it lets everything through.
func (l *Layer) serverCallers(t mesh.Target, from []mesh.ConnectionGroup) []mesh.Group {
	if !l.guards(t.Server) {
		return nil
	}
	g := l.gateOf(t.Server, t.Port)
	var all []mesh.Group
	for _, c := range from {
		clients := c.Clients
		if self := t.Server.Pod.Workload; clients.Has(self) && l.inItself(t.Server) {
			alone := l.cluster.SetOf(self)
			all = append(all, always(alone))
			clients = clients.Without(alone)
		}
		past := l.pastSets(t, c.Transport)
		all = append(all, always(clients.And(past.inside)))
		clients = clients.Without(past.inside)
		for _, part := range g.crowd(c.Transport.Sends) {
			in := part.Clients.And(clients)
			if in.IsEmpty() {
				continue
			}
			if open := in.And(past.unsure); !open.IsEmpty() && part.Admission.Access != mesh.AccessAlways {
				all = append(all, mesh.Group{Clients: open, Admission: unsurePast(t, part.Admission)})
				in = in.Without(open)
			}
			all = append(all, mesh.Group{Clients: in, Admission: part.Admission})
		}
	}
	return inhabited(all)
}

// always is what is said of clients that no policy judges.
func always(clients mesh.Set) mesh.Group {
	return mesh.Group{Clients: clients, Admission: mesh.Admission{Access: mesh.AccessAlways}}
}

// inItself reports whether the server's workload has one pod only, whose connections to itself go around
// its proxy.
func (l *Layer) inItself(s mesh.Party) bool {
	return !slices.ContainsFunc(s.Pod.Workload.Variants(), func(v mesh.Party) bool { return !samePod(v, s) })
}

// pastSets are the clients whose connections go around the proxy.
func (l *Layer) pastSets(t mesh.Target, tr mesh.Transport) within {
	switch past := l.goesPast(t.Server, t.Port, tr, nil); {
	case past == truth.True:
		return within{inside: l.policy.crowd().everybody}
	case past == truth.False:
		return within{}
	case len(l.config(t.Server.Pod).gaps) > 0:
		return within{unsure: l.policy.crowd().everybody}
	default:
		return l.policy.crowd().within(skipping(l.config(t.Server.Pod).skipSubnets))
	}
}

// unsurePast is the answer where it is not known whether connections go around the proxy.
func unsurePast(t mesh.Target, a mesh.Admission) mesh.Admission {
	gap := mesh.Gap{
		Reason: source.ProblemIncomplete, Object: t.Server.Pod.Object(), Detail: "whether the client's connections go around the proxy is not known",
	}
	return mesh.Admission{Why: a.Why, Unknown: append(slices.Clone(a.Unknown), gap)}
}

// crowd is what becomes of all workloads as clients that send so.
func (g *gate) crowd(w mesh.Wire) []mesh.Group {
	kind := wireKind(w)
	g.crowds.once[kind].Do(func() { g.crowds.groups[kind] = g.part(w) })
	return g.crowds.groups[kind]
}

// part parts all workloads by how the grants treat them.
func (g *gate) part(w mesh.Wire) []mesh.Group {
	x := g.policy.crowd()
	named := w == mesh.WireMesh
	parts := []mesh.Set{x.everybody}
	if named {
		parts = splitSets(parts, x.nameless)
	}
	for one := range g.allOfAll() {
		if len(one.gaps) > 0 || one.who.need == needIdentity && w != mesh.WireMesh && w != mesh.WireUnknown {
			continue
		}
		if one.who.need == needIdentity && named {
			parts = splitSets(parts, x.bearing(&one.who))
		}
		if !one.networks.all() {
			in := x.within(one.networks)
			parts = splitSets(splitSets(parts, in.inside), in.unsure)
		}
	}
	var all []mesh.Group
	for _, clients := range parts {
		for one := range clients.All() {
			f := x.faces[one]
			v := visitor{addrs: f.addrs, outside: true}
			if v.sends(g, w); named {
				v.identity = f.identity
			}
			all = append(all, mesh.Group{Clients: clients, Admission: g.admission(&v, seesHTTP(w))})
			break
		}
	}
	return all
}

// allOfAll yields every grant that may count at the gate, or at one of its rivals.
func (g *gate) allOfAll() func(yield func(*grant) bool) {
	return func(yield func(*grant) bool) {
		for _, one := range append([]*gate{g}, g.rivals...) {
			for _, list := range append([][]*grant{one.grants}, one.own...) {
				for _, gr := range list {
					if !yield(gr) {
						return
					}
				}
			}
		}
	}
}

// Outsider judges a client that is no workload of the input: one without an identity, or with one of the
// control plane's that nobody bears and no policy can name.
func (l *Layer) Outsider(t mesh.Target, tr mesh.Transport) mesh.Admission {
	if !l.guards(t.Server) || l.goesPast(t.Server, t.Port, tr, nil) == truth.True {
		return mesh.Admission{Access: mesh.AccessAlways}
	}
	g := l.gateOf(t.Server, t.Port)
	v := visitor{outside: true}
	if v.sends(g, tr.Sends); v.named == truth.True {
		v.identity = l.settings.identity(newcomer, newcomer)
	}
	a := g.admission(&v, seesHTTP(tr.Sends))
	if tr.Sends == mesh.WirePlaintext && g.endsTLS() {
		a = g.orOverTLS(a)
	}
	switch {
	case a.Access == mesh.AccessAlways || l.goesPast(t.Server, t.Port, tr, nil) != truth.Unknown:
	case len(l.config(t.Server.Pod).gaps) > 0:
		return unsurePast(t, a)
	default:
		return pastBySubnet(a, skipping(l.config(t.Server.Pod).skipSubnets))
	}
	return a
}

// newcomer is the name and the namespace of an account that nobody can have.
const newcomer = "~"

// pastBySubnet adds to an answer that all gets through from the networks that go around the proxy.
func pastBySubnet(a mesh.Admission, ns networks) mesh.Admission {
	if a.Access == mesh.AccessUndecided {
		return a
	}
	when := mesh.Clause{Conditions: []mesh.Condition{{Attribute: attrAddress, Values: ns.texts()}}}
	if a.Access == mesh.AccessNever {
		a.Access, a.Terms = mesh.AccessSometimes, []mesh.Terms{{Mesh: Name, Kind: mesh.PointServer}}
	}
	for i := range a.Terms {
		if len(a.Terms[i].Unless) > 0 {
			gap := mesh.Gap{Reason: source.ProblemLimit, Detail: "the terms of the routes and the networks that go around the proxy are too entangled to be said together"}
			return mesh.Admission{Why: a.Why, Unknown: append(slices.Clone(a.Unknown), gap)}
		}
		a.Terms[i].When = append(slices.Clone(a.Terms[i].When), when)
	}
	return a
}
