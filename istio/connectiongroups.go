package istio

import "github.com/meshposture/meshposture/mesh"

var _ mesh.ConnectionJudge = (*Layer)(nil)

// Connections groups all workloads by what becomes of their connections to a target.
func (l *Layer) Connections(t mesh.Target) []mesh.ConnectionGroup {
	var all []mesh.ConnectionGroup
	for _, g := range l.senders(t) {
		all = append(all, mesh.ConnectionGroup{Clients: g.clients, Transport: g.transport})
	}
	return all
}
