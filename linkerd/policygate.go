package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// gate is what a proxy enforces on a port. It is immutable but for what it remembers; ports of many pods
// may have the same.
type gate struct {
	policy   *policy
	server   *server // nil where a default policy governs
	name     string  // of the default policy
	protocol protocol
	grants   []*grant
	routes   []*route
	own      [][]*grant // the grants of each of routes
	probes   []string   // the paths of the route for probes; empty when there is none
	local    bool       // the loopback address is let in
	inbound  bool       // the port is the proxy's own for other proxies, which refuses clients without an identity
	admin    bool       // the port is the proxy's own for metrics and probes, on which it answers HTTP and nothing else
	broken   string     // why the proxy refuses all; empty when it does not
	explicit bool       // an object named the policy
	step     mesh.Step
	gaps     []mesh.Gap // what leaves all answers open
	doubts   []mesh.Gap // what leaves those about HTTP open
	hint     mesh.Step  // that clients are told that the port is opaque; zero when they are not
	notes    []mesh.Gap // what another release might make of the port
	rivals   []*gate    // that may govern instead, because nothing says which Server does
	limits   *rateLimit

	crowds *crowdMemo // what becomes of clients
}

// gateKey is a port of a pod.
type gateKey struct {
	pod  *mesh.Pod
	port uint16
}

// gateShape is what the ports of pods must have in common to have the same gate.
type gateShape struct {
	server  *server
	name    string // of the default policy
	step    mesh.Step
	opaque  bool
	inbound bool
	admin   bool
	boot    bool
	probes  string
	hint    mesh.Step
	explain bool   // an object named the default policy
	tap     string // who may ask the proxy for what it sees; empty for any other port
}

// gateOf is the gate of a port of a pod before which a proxy stands.
func (l *Layer) gateOf(s mesh.Party, port uint16) *gate {
	return l.policy.gates.Of(gateKey{s.Pod, port}, func() *gate { return l.newGate(s, port) })
}

func (l *Layer) newGate(s mesh.Party, port uint16) *gate {
	p := l.policy
	shape := gateShape{probes: strings.Join(l.probesOf(s.Pod, port), "\n"), inbound: port == l.inboundPort(s), admin: l.isAdmin(s, port), hint: l.opaqueHint(s, port)}
	switch {
	case l.isControl(s, port):
		return p.shaped(l.tapShape(s.Pod))
	case l.enforcesDefaultOnly(s.Pod):
		return p.shaped(l.bootShape(s, port, shape))
	}
	governing, notes := p.governing(s.Pod, port)
	var g *gate
	switch {
	case len(governing) == 0:
		g = p.shaped(l.defaultShape(s, port, shape))
		notes = append(notes, l.auditNotes(s.Pod)...)
	default:
		shape.server = governing[0]
		g = p.shaped(shape)
	}
	if r := l.settings.release; r.minor != 0 && r.ordersServers() {
		governing = nil // the oldest governs
	}
	vague := p.vague[s.Pod.Namespace.Name]
	unsure := l.config(s.Pod).gaps
	if g.server != nil {
		unsure = nil
	}
	if len(notes) == 0 && len(vague) == 0 && len(unsure) == 0 && len(governing) < 2 {
		return g
	}
	one := *g
	one.crowds = &crowdMemo{}
	one.notes = slices.Concat(g.notes, notes)
	one.gaps = slices.Concat(g.gaps, unsure)
	for _, srv := range vague {
		one.gaps = slices.Concat(one.gaps, srv.doubtful)
	}
	one.rivals = p.rivals(governing, shape)
	return &one
}

// rivals are the gates of the Servers after the first.
func (p *policy) rivals(governing []*server, shape gateShape) []*gate {
	var all []*gate
	for _, srv := range governing[min(1, len(governing)):] {
		shape.server = srv
		all = append(all, p.shaped(shape))
	}
	return all
}

// probesOf are the paths of the pod's probes at a port, where probes are let in.
func (l *Layer) probesOf(pod *mesh.Pod, port uint16) []string {
	if l.policy.probe == nil || pod.Machine {
		return nil
	}
	return probePaths(pod, l.policy.coming, port, l.settings.release.since(15))
}

// inboundPort is the port of the proxy for other proxies; 0 when it is not known.
func (l *Layer) inboundPort(s mesh.Party) uint16 {
	if s.Pod.Machine {
		return l.settings.values.Proxy.Ports.Inbound
	}
	return l.proxyPorts(s).inbound
}

// isAdmin reports whether the port is that of the proxy's own metrics and probes.
func (l *Layer) isAdmin(s mesh.Party, port uint16) bool {
	ports := l.proxyPorts(s)
	return !s.Pod.Machine && ports.legible && port == ports.admin
}

// isControl reports whether the port is the one on which the proxy tells of the requests that it sees.
func (l *Layer) isControl(s mesh.Party, port uint16) bool {
	ports := l.proxyPorts(s)
	return !s.Pod.Machine && ports.legible && port == ports.control && port != 0
}

// looksInto reports whether HTTP gets through, and no other bytes. On its own port the proxy answers HTTP,
// whatever protocol the port is declared to have (linkerd/app/admin/src/stack.rs build).
func (g *gate) looksInto() bool { return g.admin || g.protocol.looksInto() }

// blind reports whether no HTTP is looked for. Where the proxy's own port is declared so, it finds no routes
// (linkerd/app/inbound/src/policy.rs routes), and answers all requests with 404.
func (g *gate) blind() bool { return !g.admin && g.protocol.blind() }

// defaultShape is the gate of a port for which no Server stands
// (policy-controller/k8s/index/src/inbound/index.rs default_inbound_server).
func (l *Layer) defaultShape(s mesh.Party, port uint16, shape gateShape) gateShape {
	cfg := l.config(s.Pod)
	shape.name, shape.step = cfg.defaultPolicy, cfg.loc(annotationDefaultPolicy)
	shape.explain = l.settings.isPolicy(cfg.annotations[annotationDefaultPolicy])
	shape.opaque = cfg.opaque.has(port)
	if cfg.requireIdentity.has(port) && withIdentity(shape.name) != shape.name {
		shape.name, shape.explain = withIdentity(shape.name), true
		shape.step = cfg.loc(annotationRequireIdentity)
	}
	shape.step.Rule, shape.step.Detail = ruleDefaultPolicy, policyDetail(shape.name, shape.step.Detail)
	return shape
}

// auditNotes tells that another policy governs before 2.16, where audit was none: for an annotation, where the
// release is not known and the policy of the installation lets less in.
func (l *Layer) auditNotes(p *mesh.Pod) []mesh.Gap {
	cfg := l.config(p)
	before := l.settings.defaultPolicy("")
	if l.settings.release.minor != 0 || cfg.annotations[annotationDefaultPolicy] != policyAudit || before == policyAudit || before == policyAllOpen {
		return nil
	}
	step := cfg.loc(annotationDefaultPolicy)
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: step.Object, Loc: step.Loc,
		Detail: "audit is a default policy since 2.16, before which " + before + " counts, and the release is not known",
	}}
}

// policyDetail begins with the name of the default policy.
func policyDetail(name, why string) string {
	text := name + ": no Server stands for the port, so that the default policy governs it"
	if why != "" {
		text += " (" + why + ")"
	}
	return text
}

// shaped makes a gate, once for all ports that have it.
func (p *policy) shaped(shape gateShape) *gate {
	return p.shapes.Of(shape, func() *gate {
		g := &gate{policy: p, inbound: shape.inbound, admin: shape.admin, hint: shape.hint, local: !shape.boot, crowds: &crowdMemo{}}
		if shape.probes != "" && !shape.boot {
			g.probes = strings.Split(shape.probes, "\n")
		}
		switch {
		case shape.tap != "":
			g.tapped(shape)
		case shape.server != nil:
			g.governed(shape.server)
		default:
			g.byDefault(shape)
		}
		g.completeRoutes()
		return g
	})
}

// governed fills in what a Server says.
func (g *gate) governed(srv *server) {
	g.server, g.protocol, g.explicit, g.step = srv, srv.protocol, true, srv.step
	g.grants, g.routes, g.own, g.limits = srv.grants, srv.routes, srv.own, srv.limits
	g.gaps, g.doubts = srv.doubtful, slices.Clip(srv.unsettled)
	for _, r := range srv.routes {
		g.doubts = append(g.doubts, r.doubts()...)
		if r.broken != "" && g.broken == "" {
			g.broken = r.obj.Ref.String() + ": " + r.broken
		}
	}
}

// byDefault fills in what a default policy says.
func (g *gate) byDefault(shape gateShape) {
	g.name, g.explicit, g.step = shape.name, shape.explain, shape.step
	if shape.opaque {
		g.protocol = protocolOpaque
	}
	if one := g.policy.settings.defaultGrant(shape.name, shape.step); one != nil {
		g.grants = []*grant{one}
	}
	if !g.explicit {
		g.gaps = g.policy.settings.gaps
	}
}

// completeRoutes adds the routes that stand where none is attached.
func (g *gate) completeRoutes() {
	attached := len(g.routes) > 0
	if attached || g.protocol.blind() || g.protocol == protocolUnread {
		g.probes = nil
		return
	}
	if g.protocol == protocolGRPC {
		g.probes = nil
		g.routes, g.own = []*route{defaultRPC()}, [][]*grant{nil}
		return
	}
	g.routes, g.own = []*route{defaultRoute()}, [][]*grant{nil}
	if len(g.probes) > 0 {
		g.routes = append(g.routes, probeRoute(g.probes))
		g.own = append(g.own, []*grant{g.policy.probe})
	}
}

// admitting yields what may let a request on a route in, or a connection where route is -1: the grants of
// the route, those of the Server, and that of the pod itself.
func (g *gate) admitting(route int) func(yield func(*grant) bool) {
	return func(yield func(*grant) bool) {
		if route >= 0 {
			for _, one := range g.own[route] {
				if !yield(one) {
					return
				}
			}
		}
		for _, one := range g.grants {
			if !yield(one) {
				return
			}
		}
		if g.local {
			yield(g.policy.localhost)
		}
	}
}

// granting reports whether any grant reaches the route, or the connection where route is -1.
func (g *gate) granting(route int) bool {
	return len(g.grants) > 0 || route >= 0 && len(g.own[route]) > 0
}

// undecidedRivals is the gap where it is not settled which Server governs.
func (g *gate) undecidedRivals() mesh.Gap {
	names := []string{g.server.obj.Ref.Name}
	for _, r := range g.rivals {
		names = append(names, r.server.obj.Ref.Name)
	}
	slices.Sort(names)
	return mesh.Gap{
		Reason: source.ProblemUnsupported, Object: g.server.obj.Ref, Loc: g.server.at("spec.port"),
		Detail: "the Servers " + strings.Join(names, ", ") + " stand for the port, and which of them governs it follows from no rule before 2.18",
	}
}
