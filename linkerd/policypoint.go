package linkerd

import (
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Authorize judges a request by the routes on the client's side, where some take it, and by the policies at
// the server. There it gives no point where no proxy of Linkerd stands, and where connections go around it: the
// port's Inbound says why.
//
// The first step of the server's point's Why names the Server that governs the port (linkerd/server), or the default
// policy, whose name begins the step's detail (linkerd/default-policy); the next one the route, where the
// proxy looks for one; the last one says what becomes of the request. By and Matched are all grants that let
// it in, the first of which Linkerd's metrics may or may not name: it has no order. A grant that no object
// makes is of kind "default", by the name that Linkerd's metrics give it: "all-unauthenticated", "probe",
// "localhost", …
func (l *Layer) Authorize(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point {
	if !e.TCP() {
		return nil
	}
	var points []mesh.Point
	if p, ok := l.outboundPoint(e, r); ok {
		points = append(points, p)
	}
	return append(points, l.serverPoint(e, t, r)...)
}

// serverPoint is Authorize at the server's own proxy.
func (l *Layer) serverPoint(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point {
	if !l.guards(e.Server) || samePod(e.Client, e.Server) {
		return nil
	}
	g := l.gateOf(e.Server, e.Port)
	v := g.visitor(r.From, e.Client)
	past := l.goesPast(e.Server, e.Port, t, v.addrs)
	if past == truth.True {
		return nil
	}
	p := g.point(&v, &r)
	if past == truth.Unknown && p.Allowed != truth.True {
		p.Allowed, p.Status = truth.Unknown, 0
		p.Unknown = append(slices.Clone(p.Unknown), mesh.Gap{
			Reason: source.ProblemIncomplete, Object: e.Server.Pod.Object(), Detail: "whether the connection goes around the proxy is not known",
		})
	}
	return []mesh.Point{p}
}

// guards reports whether a proxy of Linkerd stands beside the server.
func (l *Layer) guards(s mesh.Party) bool {
	return s.Pod != nil && s.Enrolment.Mesh == Name && joined(s.Enrolment)
}

// goesPast says whether a connection goes around the server's proxy: by its port, or by where it comes from.
// What is sent to the port for other proxies does not.
func (l *Layer) goesPast(s mesh.Party, port uint16, t mesh.Transport, from []netip.Addr) truth.Value {
	ports := l.proxyPorts(s)
	if s.Pod.Machine || ports.own(port) || t.Port != 0 && t.Port == ports.inbound {
		return truth.False
	}
	cfg := l.config(s.Pod)
	if cfg.skipInbound.has(port) {
		return truth.True
	}
	past := truth.False
	if len(cfg.skipSubnets) > 0 {
		past = skipping(cfg.skipSubnets).hasAll(from)
	}
	if len(cfg.gaps) > 0 {
		past = past.Or(truth.Unknown)
	}
	return past
}

// skipping are the networks from which connections go around the proxy.
func skipping(subnets []netip.Prefix) networks {
	var ns networks
	for _, p := range subnets {
		ns = append(ns, network{cidr: p})
	}
	return ns
}

// visitor is what the proxy sees of a client.
func (g *gate) visitor(from mesh.Client, c mesh.Party) visitor {
	v := visitor{addrs: c.Addrs, outside: !from.Addr.IsValid()}
	if from.Addr.IsValid() {
		v.addrs = []netip.Addr{from.Addr}
	}
	v.sends(g, from.Wire)
	if v.named == truth.True {
		v.identity = from.Identity
	}
	return v
}

// sends notes what arrives. On an opaque port the proxy does not end TLS but for other proxies, which prove
// their identity (linkerd2-proxy linkerd/app/inbound/src/detect.rs push_detect_tls).
func (v *visitor) sends(g *gate, w mesh.Wire) {
	v.blind = w == mesh.WireMesh && g.hint.Rule != ""
	switch w {
	case mesh.WireUnknown:
		v.tls, v.named = truth.Unknown, truth.Unknown
	case mesh.WireMesh:
		v.tls, v.named = truth.True, truth.True
	case mesh.WireTLS:
		v.tls, v.named = truth.Of(g.protocol != protocolOpaque), truth.False
	default:
		v.tls, v.named = truth.False, truth.False
	}
}

// seesHTTP reports whether the proxy can read what the client sends: not inside TLS that it does not end.
func seesHTTP(w mesh.Wire) bool { return w != mesh.WireTLSMutual && w != mesh.WireTunnel }

// point judges a request at the gate.
func (g *gate) point(v *visitor, r *mesh.Request) mesh.Point {
	j := g.judgeRequest(v, r, g.policy.foldHosts)
	p := mesh.Point{
		Mesh: Name, Kind: mesh.PointServer, Identity: v.identity, Allowed: j.allowed, Status: j.status,
		Why: g.reasons(&j), Unknown: slices.Concat(g.gaps, j.gaps),
	}
	if j.by != nil {
		p.By = j.by.rule
		p.Matched = g.others(&j, v)
	}
	if len(g.gaps) > 0 {
		p.Allowed, p.Status = truth.Unknown, 0
	}
	g.compareReleases(&p, &j, v, r)
	if r.HTTP != nil && !v.blind && g.limited() && p.Allowed != truth.False {
		if p.Limits = g.limits.of(v); g.limits != nil {
			p.Unknown = append(p.Unknown, g.limits.doubts()...)
		}
	}
	return p
}

// limited reports whether rates count: for HTTP only, and not on ports declared as gRPC
// (policy-controller/grpc/src/inbound.rs to_server).
func (g *gate) limited() bool { return !g.protocol.blind() && g.protocol != protocolGRPC }

func (g *gate) judgeRequest(v *visitor, r *mesh.Request, fold bool) ruling {
	if r.HTTP == nil || !seesHTTP(r.From.Wire) {
		return g.judge(v, nil)
	}
	q := newAsked(r.HTTP, fold)
	return g.judge(v, &q)
}

// compareReleases says what another release of Linkerd would make of the request, where it is not known which
// one it is, and leaves open what follows from no rule.
func (g *gate) compareReleases(p *mesh.Point, j *ruling, v *visitor, r *mesh.Request) {
	unknown := g.policy.settings.release.minor == 0
	for _, rival := range g.rivals {
		other := rival.judgeRequest(v, r, g.policy.foldHosts)
		if other.allowed == j.allowed {
			if other.status != j.status {
				p.Status = 0 // one refuses the request, another the connection
			}
			continue
		}
		if p.Unknown = append(p.Unknown, g.undecidedRivals()); !unknown {
			p.Allowed, p.Status, p.By, p.Matched = truth.Unknown, 0, mesh.Rule{}, nil
		}
		break
	}
	p.Unknown = append(p.Unknown, g.notes...)
	if !unknown || j.route < 0 && j.rule != ruleRouteNotFound {
		return
	}
	if other := g.judgeRequest(v, r, !g.policy.foldHosts); other.allowed != j.allowed || other.status != j.status {
		p.Unknown = append(p.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: g.step.Object,
			Detail: "proxies up to 2.20 compare the hosts of routes with regard to case, and the release is not known",
		})
	}
}

// others are the grants that let the request in as well.
func (g *gate) others(j *ruling, v *visitor) []mesh.Rule {
	var all []mesh.Rule
	for one := range g.admitting(j.route) {
		if one != j.by && one.admits(v) == truth.True {
			all = append(all, one.rule)
		}
	}
	return all
}

// reasons are the steps of a judgement.
func (g *gate) reasons(j *ruling) []mesh.Step {
	steps := []mesh.Step{g.step}
	if j.blind {
		steps = append(steps, g.hint)
	}
	if r := j.chosen.route; r != nil {
		step := r.step
		if r.obj.Ref.Kind != kindDefault {
			step.Loc = r.at(r.rules[j.chosen.rule].at)
		}
		steps = append(steps, step)
	}
	if j.by != nil && j.rule == ruleAuthorized {
		return append(steps, j.by.step)
	}
	return append(steps, g.outcome(j))
}

// outcome is the step that says why a request is not let in, or why that is not known.
func (g *gate) outcome(j *ruling) mesh.Step {
	step := mesh.Step{Rule: j.rule, Object: g.step.Object, Loc: g.step.Loc, Detail: outcomes[j.rule]}
	switch {
	case j.allowed == truth.Unknown && j.rule != ruleDirectIdentity:
		step.Detail = "whether a grant lets the client in is not known"
	case j.rule == ruleInvalidPolicy:
		step.Detail += ": " + g.broken
	case j.rule == ruleDirectIdentity && g.step.Rule == ruleProxyListener:
		step.Detail = "the proxy tells nobody of what it sees but the client that its environment names"
	case j.rule == ruleNotHTTP && g.admin:
		step.Detail = "the port is the proxy's own, on which it answers HTTP only"
	case j.rule == ruleRedirected:
		step.Object, step.Loc = j.chosen.route.obj.Ref, j.chosen.route.at(j.chosen.route.rules[j.chosen.rule].at+".filters")
	}
	return step
}

// outcomes say why requests are refused.
var outcomes = map[string]string{
	ruleInvalidPolicy:  "the proxy does not take the policy, and refuses everything",
	ruleDirectIdentity: "the port is the proxy's own for other proxies, which refuses clients without an identity of the mesh",
	ruleNotHTTP:        "the Server declares HTTP, and the proxy refuses everything else",
	ruleRouteNotFound:  "no route takes the request, which is answered with 404",
	ruleNoneAuthorizes: "no policy grants anything",
	ruleNoneMatched:    "no grant lets the client in",
	ruleRedirected:     "the route answers the request with a redirect",
}
