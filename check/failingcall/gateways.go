package failingcall

import "github.com/meshposture/meshposture/mesh"

// gateways tells which gateways have a route to a workload: they send nowhere else, though their
// configuration says for every Service how it would be called.
type gateways struct {
	graph  *mesh.Graph
	all    mesh.Set
	behind map[*mesh.Workload][]*mesh.Workload // proxies of the entries by what is behind those
}

func newGateways(g *mesh.Graph) gateways {
	known := gateways{
		graph:  g,
		all:    g.SetWhere(func(w *mesh.Workload) bool { return w.Enrolment().Mode == mesh.ModeGateway }),
		behind: map[*mesh.Workload][]*mesh.Workload{},
	}
	if known.all.IsEmpty() {
		return known
	}
	for _, e := range g.Entries() {
		for _, w := range e.Workloads() {
			known.behind[w] = append(known.behind[w], e.Proxies...)
		}
	}
	return known
}

// without leaves the gateways that have no route to the server out of the clients.
func (k gateways) without(clients mesh.Set, server *mesh.Workload) mesh.Set {
	if k.all.IsEmpty() {
		return clients
	}
	return clients.Without(k.all.Without(k.graph.SetOf(k.behind[server]...)))
}
