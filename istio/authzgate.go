package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// gate is a proxy before a port, with the policies that it enforces there. It is immutable.
type gate struct {
	kind     mesh.PointKind
	proxy    string
	captured truth.Value // whether connections pass through it
	protocol mesh.Protocol
	port     uint16 // as its policies see it
	// bundles are the policies, one for each revision that may serve the proxy; never empty. Where
	// it is not known which kind of proxy stands there, each kind has its own.
	bundles []*bundle
	gaps    []mesh.Gap
	why     []mesh.Step // that lead to captured, when it is not True
}

// bundle are the policies of a proxy, compiled for each of its chains.
type bundle struct {
	http, tcp *ruleset
	portless  bool // no policy looks at the port
	replies   memo.Map[replyKey, reply]
	split     splitOnce
}

func newBundle(http, tcp *ruleset) *bundle {
	return &bundle{http: http, tcp: tcp, portless: !http.asksPort() && !tcp.asksPort()}
}

// gateKey names a gate.
type gateKey struct {
	pod      *mesh.Pod
	mode     mesh.Mode
	revision string
	port     uint16
	way      mesh.Way // for proxies that tell Services apart
	waypoint string   // on the way to the pod; empty for the proxy beside it
}

// stands reports whether the gate judges anything.
func (g *gate) stands() bool { return g != nil && g.captured != truth.False }

// gateOf is the proxy beside a pod; nil where there is none.
func (l *Layer) gateOf(s mesh.Party, port uint16, way mesh.Way) *gate {
	e := s.Enrolment
	key := gateKey{pod: s.Pod, mode: e.Mode, revision: e.Revision, port: port}
	if e.Mode == mesh.ModeWaypoint {
		key.way = way
	}
	return l.authz.gates.Of(key, func() *gate { return l.newGate(s, port, way) })
}

func (l *Layer) newGate(s mesh.Party, port uint16, way mesh.Way) *gate {
	p, e := s.Pod, s.Enrolment
	g := &gate{kind: mesh.PointServer, port: port, captured: truth.True}
	switch e.Mode {
	case mesh.ModeNone, mesh.ModeProxyless:
		return nil
	case mesh.ModeWaypoint:
		return l.waypointGate(p.Namespace.Name+"/"+p.Labels[gatewayNameLabel], way, nil, port)
	case mesh.ModeGateway:
		g.kind = mesh.PointGateway
		if name := p.Labels[gatewayNameLabel]; name != "" {
			g.proxy = p.Namespace.Name + "/" + name
		}
	case mesh.ModeSidecar, mesh.ModeNativeSidecar, mesh.ModeAmbient:
		in := l.Inbound(p, e, port)
		g.captured, g.protocol = in.Captured, in.Protocol
		if g.captured != truth.True {
			g.why = in.Why
			g.gaps = append(g.gaps, in.Unknown...)
		}
	default:
		g.captured, g.why, g.gaps = truth.Unknown, e.Why, e.Unknown
	}
	for _, rev := range l.servingOrNone(e.Revision) {
		if e.Mode != mesh.ModeAmbient {
			g.bundles = append(g.bundles, l.envoyBundle(rev, proxied{namespace: p.Namespace.Name, labels: p.Labels}))
			g.gaps = append(g.gaps, l.unverified(mesh.AspectAuthorization, rev, p)...)
		}
		if e.Mode == mesh.ModeAmbient || e.Mode == mesh.ModeUnknown || e.Mode == mesh.ModeMixed {
			g.bundles = append(g.bundles, l.ztunnelBundle(rev, p))
		}
		g.distrust(rev, p)
	}
	return g
}

// distrust notes why the policies of a revision may be others than those that were found.
func (g *gate) distrust(rev *revision, p *mesh.Pod) {
	if rev == nil {
		return
	}
	g.gaps = append(g.gaps, rev.gaps...)
	doubts := rev.mesh.gaps
	if p != nil && rev.discovers(p.Namespace) != truth.True {
		doubts = append(doubts[:len(doubts):len(doubts)], undiscovered(rev, p))
	}
	if g.kind == mesh.PointWaypoint && rev.flag("ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES") {
		doubts = append(doubts[:len(doubts):len(doubts)], mesh.Gap{
			Reason: source.ProblemUnsupported, Loc: rev.env["ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES"].loc,
			Detail: "istiod makes waypoints enforce policies with selectors where tunnels end (ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES), which is not evaluated",
		})
	}
	if len(doubts) > 0 {
		s := &ruleset{allows: truth.False, lost: doubts}
		s.explain(rev, engineHTTP, attached[*authzPolicy]{})
		g.bundles = []*bundle{newBundle(s, s)}
	}
}

// bundleKey names the policies of a proxy by their numbers.
type bundleKey struct {
	rev     *revision
	ztunnel bool
	numbers string
}

// envoyBundle compiles the policies of an Envoy, once for all that have the same.
func (l *Layer) envoyBundle(rev *revision, x proxied) *bundle {
	a := l.authz
	policies, tokens := a.policiesFor(rev, x), a.tokensFor(rev, x)
	var b strings.Builder
	numbers(&b, policies.surely)
	numbers(&b, policies.perhaps)
	numbers(&b, tokens.surely)
	numbers(&b, tokens.perhaps)
	return a.bundles.Of(bundleKey{rev, false, b.String()}, func() *bundle {
		return newBundle(a.newRuleset(rev, engineHTTP, policies, tokens), a.newRuleset(rev, engineTCP, policies, tokens))
	})
}

// ztunnelBundle compiles the policies of a pod's ztunnel.
func (l *Layer) ztunnelBundle(rev *revision, p *mesh.Pod) *bundle {
	a := l.authz
	policies := a.ztunnelScopes(rev, p.Namespace.Name, p.Labels)
	var b strings.Builder
	numbers(&b, policies.surely)
	numbers(&b, policies.perhaps)
	implicit, doubts := l.implicitWaypoints(rev, p)
	for _, name := range implicit {
		b.WriteString(name + "\n")
	}
	build := func() *bundle {
		s := a.newRuleset(rev, engineZtunnel, policies, attached[*requestAuth]{})
		s.lost = append(s.lost, doubts...)
		for _, name := range implicit {
			s.allowWaypoint(l, name)
		}
		return newBundle(s, s)
	}
	if len(doubts) > 0 {
		return build()
	}
	return a.bundles.Of(bundleKey{rev, true, b.String()}, build)
}

// chain is the ruleset for a kind of traffic.
func (b *bundle) chain(http bool) *ruleset {
	if http {
		return b.http
	}
	return b.tcp
}

// looksInto reports whether the gate treats a request as HTTP: by what is declared of the port, else
// by what is sent. Bytes in TLS that the application ends are opaque.
func (g *gate) looksInto(wire mesh.Wire, http bool) bool {
	switch g.protocol {
	case mesh.ProtocolHTTP:
		return true
	case mesh.ProtocolDetected:
		return http && wire != mesh.WireTLS && wire != mesh.WireTLSMutual
	default:
		return false
	}
}

// asksPort reports whether some rule looks at the port.
func (s *ruleset) asksPort() bool {
	asks := false
	for _, r := range s.enforced() {
		r.clauses(func(c *clause) {
			asks = asks || slices.ContainsFunc(c.tests, func(t test) bool { return t.attr.kind == attrPort })
		})
	}
	return asks
}
