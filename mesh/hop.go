package mesh

import (
	"slices"

	"github.com/meshposture/meshposture/truth"
)

// Hop is the second hop of an entry: the connection from one of its proxies to a port of a workload
// behind it.
type Hop struct {
	Proxy, Server *Workload
	Port          uint16 // of Server's pods
	Transport     Transport
}

// Hops says what becomes of connections from the entry's proxies to a backend, ordered by proxy,
// workload and port. There are none where nothing in the input runs the entry or stands behind the
// backend, and where the client's own TLS reaches the backend without a second one around it.
func (g *Graph) Hops(e Entry, b Backend) []Hop {
	if e.TLS == EdgeMeshThrough || b.Service == nil {
		return nil
	}
	var all []Hop
	for _, p := range e.Proxies {
		for _, w := range b.Workloads {
			for _, port := range b.Targets(w) {
				way := Way{Service: b.Service, Port: b.Port}
				all = append(all, Hop{Proxy: p, Server: w, Port: port, Transport: g.TransportVia(way, p, w, port)})
			}
		}
	}
	return all
}

// Targets are the ports of the workload's pods to which the backend sends, in order.
func (b Backend) Targets(w *Workload) []uint16 {
	var ports []uint16
	way := Way{Service: b.Service, Port: b.Port}
	if b.Service == nil {
		if b.External == "" && b.Port != 0 {
			ports = []uint16{b.Port} // the pods themselves
		}
		return ports
	}
	for _, v := range w.variants {
		for _, sp := range b.Service.Ports {
			if n, ok := sp.Target(v.party.Pod); ok && sp.Port == b.Port && way.Leads(v.party.Pod, n) {
				ports = append(ports, n)
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// Detour is a way to a port behind an entry that does not lead through the entry.
type Detour struct {
	Server *Workload
	Port   uint16 // of Server's pods
	// Open is whether a client that has no identity of the mesh gets anything through to the port when
	// it is inside the cluster's network.
	Open truth.Value
	// Stranger is how much such a client gets through, by the pods' address.
	Stranger Admission
	// Exposed lists how the port is reached from outside the cluster without the entry's proxies.
	Exposed []Exposure
}

// Detours says of each port behind a backend whether it is reached around the entry, ordered by
// workload and port. What clients with an identity of the mesh may do is in Callers.
func (g *Graph) Detours(e Entry, b Backend) []Detour {
	var all []Detour
	for _, w := range b.Workloads {
		for _, port := range b.Targets(w) {
			d := Detour{Server: w, Port: port, Stranger: g.CallersVia(Way{}, w, port).Stranger()}
			d.Open = d.Stranger.Access.Possible()
			if w.Inbound(port).Enforced.AcceptsPlaintext() == truth.False {
				d.Open = truth.False // the handshake fails before any policy
			}
			for _, x := range g.Exposures(w, port) {
				if !slices.ContainsFunc(e.Exposed, func(own Exposure) bool { return own.Object == x.Object && own.Loc.Field() == x.Loc.Field() }) {
					d.Exposed = append(d.Exposed, x)
				}
			}
			all = append(all, d)
		}
	}
	return all
}
