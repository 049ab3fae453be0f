package istio

import (
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// gatewayMerge puts the servers of all Gateways of one proxy together, in the order of the Gateways'
// age, and leaves out those that get into the way of earlier ones.
// pilot/pkg/model/gateway.go mergeGateways.
type gatewayMerge struct {
	layer  *Layer
	router *router
	ports  map[uint16]*mergedPort
	routes map[string]bool // names of HTTPS route configurations
}

// mergedPort is what holds a port of the pods.
type mergedPort struct {
	plain    *edgeServer       // the last listener without TLS of its own; nil for none
	opened   map[string]bool   // listeners, by protocol and bind
	tlsHosts map[string]string // the bind under which a name was taken last
}

func (l *Layer) newMerge(r *router) *gatewayMerge {
	return &gatewayMerge{layer: l, router: r, ports: map[uint16]*mergedPort{}, routes: map[string]bool{}}
}

// add gives a server to the proxy, or notes why it is left out.
func (m *gatewayMerge) add(s *edgeServer) {
	port := m.layer.listensOn(m.router, s.port)
	refusal := m.refuses(s, port)
	if refusal == "" && m.router.unprivileged() && port < 1024 {
		refusal = "the proxies may not listen on ports below 1024"
	}
	if refusal != "" {
		s.refusals = append(s.refusals, mesh.Step{
			Rule: ruleGatewayConflict, Object: s.gateway.obj.Ref, Loc: s.gateway.obj.At(s.path + ".port"),
			Detail: m.router.workload.ID().String() + " leaves the server out: " + refusal,
		})
		return
	}
	s.runs = append(s.runs, serverRun{m.router, port})
}

// refuses says why a server cannot stand beside earlier ones on the port; empty when it can.
func (m *gatewayMerge) refuses(s *edgeServer, port uint16) string {
	p, seen := m.ports[port]
	if !seen {
		p = &mergedPort{opened: map[string]bool{}, tlsHosts: map[string]string{}}
		m.ports[port] = p
	}
	if s.spec.GetTls() != nil {
		if name := p.taken(s); name != "" {
			return "an earlier server on the port has the name " + name
		}
	}
	if seen {
		if refusal := m.clashes(p, s); refusal != "" {
			return refusal
		}
	}
	p.open(s)
	if s.routesHTTP() {
		m.routes[s.routeName()] = true
	}
	return ""
}

// clashes says what of an earlier server on the port is in the way of another.
func (m *gatewayMerge) clashes(p *mergedPort, s *edgeServer) string {
	if p.plain == nil {
		if s.hasTLS() && s.routesHTTP() && m.routes[s.routeName()] {
			return "another server of the Gateway has the same port name"
		}
		return ""
	}
	if p.plain.spec.GetBind() == s.spec.GetBind() && (p.plain.protocol != serverHTTP || s.protocol != serverHTTP) {
		return "server " + p.plain.label() + " of protocol " + p.plain.spec.GetPort().GetProtocol() + " has the port already"
	}
	return ""
}

// hasTLS reports whether the server has TLS settings that count: those of a server for requests in the
// clear only redirect (pkg/config/gateway IsTLSServer).
func (s *edgeServer) hasTLS() bool { return s.spec.GetTls() != nil && s.protocol != serverHTTP }

// open notes a listener of the port.
func (p *mergedPort) open(s *edgeServer) {
	listener := s.spec.GetPort().GetProtocol() + " " + s.spec.GetBind()
	if !s.hasTLS() && (p.plain == nil || p.plain.spec.GetBind() != s.spec.GetBind() && !p.opened[listener]) {
		p.plain = s
	}
	p.opened[listener] = true
}

// taken is a name of the server that an earlier one with the same bind has; empty for none, in which
// case the server's names are taken from now on.
func (p *mergedPort) taken(s *edgeServer) string {
	bind := s.spec.GetBind()
	for _, h := range s.hosts {
		if taken, ok := p.tlsHosts[h.key()]; ok && taken == bind {
			return h.key()
		}
	}
	for _, h := range s.hosts {
		p.tlsHosts[h.key()] = bind
	}
	return ""
}

// key is the host as the comparison of names sees it: with its namespace.
func (h serverHost) key() string {
	if h.namespace == "" {
		return h.name
	}
	return h.namespace + "/" + h.name
}

// routeName tells route configurations of HTTPS servers apart (gatewayRDSRouteName).
func (s *edgeServer) routeName() string {
	if s.protocol != serverHTTPS {
		return ""
	}
	return strconv.Itoa(int(s.port)) + "." + s.spec.GetPort().GetName() + "." + s.gateway.name() + "." + s.spec.GetBind()
}

// label names the server for a message.
func (s *edgeServer) label() string {
	return strconv.Quote(s.spec.GetPort().GetName()) + " of Gateway " + s.gateway.name()
}

// runServers finds out which proxies run which servers.
func (l *Layer) runServers(gateways []*edgeGateway, routers *routerSelection) {
	merges := map[*router]*gatewayMerge{}
	for _, g := range gateways {
		for _, r := range routers.of(g) {
			if r.routes == truth.False {
				continue
			}
			m := merges[r]
			if m == nil {
				m = l.newMerge(r)
				merges[r] = m
			}
			for _, s := range g.servers {
				if s.spec.GetPort() != nil {
					m.add(s)
				}
			}
		}
	}
}
