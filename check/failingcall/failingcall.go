// Package failingcall reports connections inside the mesh that its configuration makes fail.
package failingcall

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Check asks about every TCP port that a Service sends to, by each of those Services, for clients that
// are inside a mesh. What a client's own configuration keeps from leaving it is meant so and is not
// reported; nor are ports of the mesh's own proxies, which answer by their own listeners. Gateways are
// clients of what their routes lead to. Clients outside every mesh are MP2005.
var Check = &check.Check{
	Code:     "MP2004",
	Name:     "failingCall",
	Severity: check.High,
	Doc:      "the configuration makes connections between workloads fail",
	Run:      run,
}

func run(p *check.Pass) error {
	in := p.Graph.SetWhere(func(w *mesh.Workload) bool { return w.Inside() == truth.True })
	perhaps := p.Graph.SetWhere(func(w *mesh.Workload) bool { return w.Inside() == truth.Unknown })
	failures, doubts, routed := newFailures(), newDoubts(), newGateways(p.Graph)
	for w := range p.Graph.Workloads() {
		if err := p.Context().Err(); err != nil {
			return err
		}
		if m := w.Enrolment().Mode; m == mesh.ModeGateway || m == mesh.ModeWaypoint {
			continue
		}
		s := server{graph: p.Graph, workload: w, inside: routed.without(in, w), perhaps: perhaps, doubts: doubts, byKey: map[causeKey]*cause{}}
		s.judge()
		for _, c := range s.order {
			failures.add(c)
		}
	}
	failures.report(p)
	doubts.report(p)
	return nil
}

// server is a workload that is called.
type server struct {
	graph    *mesh.Graph
	workload *mesh.Workload
	inside   mesh.Set // the clients that are asked about
	perhaps  mesh.Set // those that may be inside a mesh
	doubts   *doubts

	byKey map[causeKey]*cause
	order []*cause
}

// cause is what makes calls to one server fail, with the clients and ports that it concerns.
type cause struct {
	key     causeKey
	server  *mesh.Workload
	first   mesh.Transport
	clients mesh.Set
	ports   []uint16
}

func (s *server) judge() {
	for _, port := range s.workload.Ports() {
		if port.Protocol != "TCP" || !port.Service {
			continue
		}
		for _, way := range s.graph.Ways(s.workload, port.Number) {
			if way.Service == nil {
				continue
			}
			groups := s.graph.Connections(way, s.workload, port.Number)
			for _, g := range groups {
				s.note(g, port.Number)
			}
			if len(groups) == 0 && !s.inside.IsEmpty() {
				s.doubts.add(s.workload, s.inside, mesh.Transport{Unknown: []mesh.Gap{{
					Reason: source.ProblemUnsupported, Detail: "no adapter judges the connections",
				}}})
			}
		}
	}
}

// note keeps a group of clients whose calls to a port fail, or may.
func (s *server) note(g mesh.ConnectionGroup, port uint16) {
	clients := g.Clients.And(s.inside)
	switch g.Transport.Connects {
	case truth.Unknown:
		if clients = clients.Or(g.Clients.And(s.perhaps)); !clients.IsEmpty() {
			s.doubts.add(s.workload, clients, g.Transport)
		}
	case truth.False:
		if clients.IsEmpty() || g.Transport.Sends == mesh.WireNothing && !s.blamed(g.Transport) {
			return
		}
		g.Clients = clients
		k := keyOf(g, s.workload)
		c := s.byKey[k]
		if c == nil {
			c = &cause{key: k, server: s.workload, first: g.Transport}
			s.byKey[k] = c
			s.order = append(s.order, c)
		}
		c.add(g.Clients, port)
	default:
	}
}

// blamed reports whether nothing leaves the clients because of what the server is, and not because their
// own configuration keeps it in.
func (s *server) blamed(t mesh.Transport) bool {
	if len(t.Why) == 0 || t.Why[0].Object.IsZero() {
		return false
	}
	object := t.Why[0].Object
	own := object == s.workload.Object() || object == s.workload.Template().Object()
	for p := range s.workload.Pods() {
		own = own || p.Object() == object
	}
	return own
}

func (c *cause) add(clients mesh.Set, port uint16) {
	c.clients = c.clients.Or(clients)
	if !slices.Contains(c.ports, port) {
		c.ports = append(c.ports, port)
	}
}

// sent names what arrives.
func sent(w mesh.Wire) string {
	switch w {
	case mesh.WireMesh, mesh.WireTunnel:
		return "the mesh's mutual TLS"
	case mesh.WireTLS, mesh.WireTLSMutual:
		return "TLS that is not the mesh's"
	default:
		return w.String()
	}
}

// accepts says what the server's side takes instead.
func (c *cause) accepts() string {
	if c.server.Inside() == truth.False {
		return "no proxy of the mesh stands before the port"
	}
	return "the port is " + c.server.Inbound(c.ports[0]).Enforced.String()
}

func portNames(ports []uint16) string {
	if len(ports) == 1 {
		return "port " + strconv.Itoa(int(ports[0]))
	}
	names := make([]string, len(ports))
	for i, n := range ports {
		names[i] = strconv.Itoa(int(n))
	}
	return "ports " + wording.List(names)
}

// reason is the deciding step in words. It names the object unless that is one of the two ends, which
// the sentence names already, or the words do.
func (c *cause) reason() string {
	switch why := c.first.Why; {
	case len(why) == 0:
		return "the reason is not known"
	case c.key.object.IsZero() || strings.Contains(why[0].Detail, why[0].Object.Name):
		return why[0].Detail
	default:
		return why[0].Object.String() + ": " + why[0].Detail
	}
}
