package linkerd

import (
	"cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// mirrorExits lists the ports of the Services that stand for Services of other clusters, ordered by
// namespace, name and place.
func (l *Layer) mirrorExits() []mesh.Exit {
	var all []mesh.Exit
	for s := range l.cluster.Services() {
		m := l.clients.mirrors[s]
		if m == nil {
			continue
		}
		outside, gaps := l.identified(m)
		for i, sp := range s.Ports {
			all = append(all, mesh.Exit{
				Mesh: Name, Object: s.Object(), Loc: s.At(source.Index("spec.ports", i)),
				Host: s.Name + "." + s.Namespace.Name + ".svc." + l.settings.values.ClusterDomain,
				Port: sp.Port, Protocol: cmp.Or(sp.AppProtocol, sp.Protocol),
				Outside: outside.Not(), Why: m.Why, Unknown: gaps,
			})
		}
	}
	return all
}

// identified reports whether clients ask for an identity of the mesh at the far end. Of pods that they look
// up in another cluster, it depends on whether those are in the mesh.
func (l *Layer) identified(m *Mirror) (truth.Value, []mesh.Gap) {
	switch {
	case len(m.Unknown) > 0:
		return truth.Unknown, m.Unknown
	case m.Mode == MirrorGateway:
		return truth.Of(m.ServerIdentity != ""), nil
	default:
		return truth.Unknown, []mesh.Gap{{
			Reason: source.ProblemIncomplete, Detail: "whether the pods of the other clusters are in the mesh is not in the input",
		}}
	}
}

// departMirror says what becomes of connections from a client to an exit of mirrorExits; false for others.
func (l *Layer) departMirror(client mesh.Party, e mesh.Exit) (mesh.Departure, bool) {
	s := l.cluster.Service(e.Object.Namespace, e.Object.Name)
	if s == nil || s.Object() != e.Object || l.clients.mirrors[s] == nil {
		return mesh.Departure{}, false
	}
	m := l.clients.mirrors[s]
	c := sender{Party: client}
	d := mesh.Departure{Recognised: m.ClientSeen, Why: m.Why}
	switch {
	case client.Pod.Machine:
		d.Unknown = []mesh.Gap{c.gap("how the proxy of a machine outside the cluster is configured is not in the input")}
	case l.controlPlaneOf(client) != l.settings.namespace:
		d.Unknown = []mesh.Gap{c.gap("the control plane that configures the client's proxy is not the one of the input")}
	case l.config(client.Pod).skipOutbound.has(e.Port):
		d.Sends = mesh.WirePlaintext
		d.Why = append([]mesh.Step{l.skipsOutbound(c, l.config(client.Pod))}, d.Why...)
	default:
		known, gaps := l.identified(m)
		d.Unknown = gaps
		switch known {
		case truth.True:
			d.Sends, d.Expects = mesh.WireMesh, m.ServerIdentity
		case truth.False:
			d.Sends = mesh.WirePlaintext
		default:
		}
	}
	d.Beyond = d.Sends
	return d, true
}
