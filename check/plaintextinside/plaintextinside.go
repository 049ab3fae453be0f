// Package plaintextinside reports connections between workloads of the mesh that are plaintext.
package plaintextinside

import (
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Check asks about every TCP port that a Service sends to, by each of those Services: calls by the
// addresses of pods are rare, and some meshes leave all of those alone. Both ends are inside a mesh; a
// workload that calls itself is left out, and so are the mesh's own parts as clients, which leave ports out
// to reach the API server. Findings are Medium: nothing that a mesh shows of its enrolled
// workloads tells that two of them speak in the clear.
var Check = &check.Check{
	Code:     "MP2006",
	Name:     "plaintextInside",
	Severity: check.Medium,
	Doc:      "connections between two workloads inside the mesh are plaintext",
	Run:      run,
}

func run(p *check.Pass) error {
	inside := p.Graph.SetWhere(func(w *mesh.Workload) bool { return w.Inside() == truth.True })
	parts := p.Graph.SetWhere(func(w *mesh.Workload) bool { return w.Enrolment().Cause == mesh.CauseMeshComponent })
	var all findings
	for w := range inside.All() {
		if err := p.Context().Err(); err != nil {
			return err
		}
		s := server{graph: p.Graph, workload: w, clients: inside.Without(parts).Without(p.Graph.SetOf(w))}
		s.judge()
		for _, g := range s.gaps {
			all.add(g)
		}
	}
	all.report(p)
	return nil
}

// server is a workload that is called.
type server struct {
	graph    *mesh.Graph
	workload *mesh.Workload
	clients  mesh.Set // that are asked about
	gaps     []*gap
}

// gap is what makes connections to a server plaintext, with the clients and ports that it concerns.
type gap struct {
	server  *mesh.Workload
	rule    string
	object  source.Ref
	why     []mesh.Step
	clients mesh.Set
	ports   []uint16
}

func (s *server) judge() {
	for _, port := range s.workload.Ports() {
		if port.Protocol != "TCP" {
			continue
		}
		for _, way := range s.graph.Ways(s.workload, port.Number) {
			if way.Service == nil {
				continue
			}
			for _, g := range s.graph.Connections(way, s.workload, port.Number) {
				s.note(g, port.Number)
			}
		}
	}
}

// note keeps a group of clients whose connections to a port are plaintext. What is not decided is left to
// the check that asks whether connections are made.
func (s *server) note(c mesh.ConnectionGroup, port uint16) {
	t := c.Transport
	clients := c.Clients.And(s.clients)
	if t.Connects != truth.True || t.Encrypted != truth.False || len(t.Why) == 0 || clients.IsEmpty() {
		return
	}
	first := t.Why[0]
	object := first.Object
	if object.IsZero() || !s.own(object) {
		object = source.Ref{} // each client's own, or a default
	}
	i := slices.IndexFunc(s.gaps, func(g *gap) bool { return g.rule == first.Rule && g.object == object })
	if i < 0 {
		i = len(s.gaps)
		s.gaps = append(s.gaps, &gap{server: s.workload, rule: first.Rule, object: object, why: t.Why})
	}
	g := s.gaps[i]
	g.clients = g.clients.Or(clients)
	if !slices.Contains(g.ports, port) {
		g.ports = append(g.ports, port)
	}
}

// own reports whether an object is the server's side of the matter.
func (s *server) own(object source.Ref) bool {
	return object == s.workload.Object() || object == s.workload.Template().Object()
}
