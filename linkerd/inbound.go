package linkerd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Inbound says what a port of a pod accepts. Linkerd has no mode to read: a port is permissive where some
// grant lets clients in that prove no identity, strict where all of them ask for one, and closed where there
// is none. What comes from the pod itself, and probes, are left out of it; a step tells of probes.
func (l *Layer) Inbound(p *mesh.Pod, e mesh.Enrolment, port uint16) mesh.Inbound {
	s := mesh.Party{Pod: p, Enrolment: e}
	s.Enrolment.Mesh = Name
	switch e.Mode {
	case mesh.ModeUnknown:
		return mesh.Inbound{Why: e.Why, Unknown: e.Unknown}
	case mesh.ModeNone:
		in := mesh.Inbound{Captured: truth.False, Enforced: mesh.MTLSNone, Declared: mesh.MTLSNone}
		in.Why = append([]mesh.Step{{
			Rule: ruleServerNotMeshed, Object: p.Object(), Loc: p.At("metadata.name"),
			Detail: "no proxy stands before the port: no policy is enforced, and plaintext reaches the application",
		}}, e.Why...)
		return in
	default:
	}
	if l.isControl(s, port) {
		return ownListener(p, port, "is a listener of the proxy itself, which policies do not govern")
	}
	if port == l.inboundPort(s) && port != 0 && e.Mode != mesh.ModeGateway {
		return ownListener(p, port, "is where the proxy takes what other proxies send, which the policies of the port that it is for judge")
	}
	g := l.gateOf(s, port)
	in := g.accepts()
	in.Captured, in.Protocol = truth.True, g.plain()
	l.aside(&in, s, port)
	return in
}

// ownListener is a port that says nothing of the application: the one on which the proxy is asked for what it
// sees, which takes the identity of the control plane's own component only, and the one for other proxies.
func ownListener(p *mesh.Pod, port uint16, what string) mesh.Inbound {
	return mesh.Inbound{
		Captured: truth.True, Declared: mesh.MTLSNotApplicable, Enforced: mesh.MTLSNotApplicable,
		Why: []mesh.Step{{
			Rule: ruleProxyListener, Object: p.Object(), Loc: p.At("metadata.name"),
			Detail: "port " + strconv.Itoa(int(port)) + " " + what,
		}},
	}
}

// aside takes into account what goes around the proxy.
func (l *Layer) aside(in *mesh.Inbound, s mesh.Party, port uint16) {
	if s.Pod.Machine || l.proxyPorts(s).own(port) {
		return
	}
	cfg := l.config(s.Pod)
	if cfg.skipInbound.has(port) {
		step := cfg.loc(annotationSkipInbound)
		step.Rule, step.Detail = ruleInboundSkipped, "connections to port "+strconv.Itoa(int(port))+" go around the proxy: "+step.Detail
		in.Captured, in.Enforced = truth.False, mesh.MTLSNone
		in.Why, in.Unknown = append([]mesh.Step{step}, in.Why...), nil
		return
	}
	if len(cfg.gaps) > 0 {
		in.Captured, in.Enforced = truth.Unknown, mesh.MTLSUnknown
		in.Unknown = slices.Concat(in.Unknown, cfg.gaps)
		return
	}
	if len(cfg.skipSubnets) > 0 && in.Enforced != mesh.MTLSPermissive {
		step := cfg.loc(annotationSkipSubnets)
		step.Rule, step.Detail = ruleSkippedSubnet, "what comes from "+strings.Join(skipping(cfg.skipSubnets).texts(), ", ")+" goes around the proxy"
		in.Enforced = mesh.MTLSPermissive
		in.Why = append([]mesh.Step{step}, in.Why...)
	}
}

// accepts works the mode out from all grants that reach the port.
func (g *gate) accepts() mesh.Inbound {
	in := mesh.Inbound{Explicit: g.explicit, Unknown: slices.Concat(g.gaps, g.notes)}
	mode, why, gaps := g.mode()
	in.Why = append([]mesh.Step{g.step}, why...)
	in.Unknown = append(in.Unknown, gaps...)
	for _, rival := range g.rivals {
		if other, _, _ := rival.mode(); other != mode {
			in.Unknown = append(in.Unknown, g.undecidedRivals())
			if g.policy.settings.release.minor != 0 {
				mode = mesh.MTLSUnknown
			}
			break
		}
	}
	if len(g.gaps) > 0 {
		mode = mesh.MTLSUnknown
	}
	in.Declared, in.Enforced = mode, mode
	return in
}

// mode is the weakest that any grant makes it.
func (g *gate) mode() (mesh.MTLS, []mesh.Step, []mesh.Gap) {
	if step, shut := g.shut(); shut {
		return mesh.MTLSClosed, []mesh.Step{step}, nil
	}
	var open, named []*grant
	var gaps []mesh.Gap
	for one := range g.allGrants() {
		switch {
		case len(one.gaps) > 0:
			gaps = append(gaps, one.gaps...)
		case !one.networks.beyondPod():
		case g.open(one):
			open = append(open, one)
		case g.hint.Rule != "" && g.looksInto(): // what has an identity does not say that it sends HTTP
		default:
			named = append(named, one)
		}
	}
	switch {
	case len(open) > 0:
		return mesh.MTLSPermissive, grantSteps(open, ruleOpenGrant), nil
	case len(gaps) > 0:
		return mesh.MTLSUnknown, nil, gaps
	}
	why, probed := grantSteps(named, ruleIdentityGrant), g.probeStep()
	why = append(why, probed...)
	switch {
	case len(named) == 0 && len(probed) == 0:
		none := mesh.Step{Rule: ruleNoGrant, Object: g.step.Object, Loc: g.step.Loc, Detail: "nothing is granted: the port is closed but to the pod itself"}
		return mesh.MTLSClosed, append(why, none), nil
	default:
		return mesh.MTLSStrict, why, nil
	}
}

// shut reports whether nothing is taken, whoever sends it, and says why.
func (g *gate) shut() (mesh.Step, bool) {
	switch {
	case g.broken != "":
		return g.outcome(&ruling{allowed: truth.False, rule: ruleInvalidPolicy}), true
	case g.looksInto() && !slices.ContainsFunc(g.routes, func(r *route) bool { return len(r.rules) > 0 }):
		return g.outcome(&ruling{allowed: truth.False, rule: ruleRouteNotFound}), true
	default:
		return mesh.Step{}, false
	}
}

// open reports whether a grant lets clients in that prove no identity. The proxy's own port for other proxies
// takes none of them, and on an opaque port it ends the mesh's TLS of clients with an identity only.
func (g *gate) open(one *grant) bool {
	return one.open() && !g.inbound && (one.who.need == needNothing || g.protocol != protocolOpaque)
}

// allGrants yields the grants of the Server, or the default policy, and of the attached routes that take
// requests of somebody.
func (g *gate) allGrants() func(yield func(*grant) bool) {
	return func(yield func(*grant) bool) {
		for _, one := range g.grants {
			if !yield(one) {
				return
			}
		}
		for i, own := range g.own {
			if g.routes[i].obj.Ref.Kind == kindDefault || len(g.routes[i].rules) == 0 {
				continue
			}
			for _, one := range own {
				if (g.hint.Rule == "" || one.open()) && !yield(one) {
					return
				}
			}
		}
	}
}

// probeStep tells of the probes that are let in whoever asks; none where there is no route for them.
func (g *gate) probeStep() []mesh.Step {
	if len(g.probes) == 0 {
		return nil
	}
	step := g.policy.probe.step
	step.Rule = ruleProbeRoute
	step.Detail = "anybody in " + strings.Join(g.policy.probe.networks.texts(), ", ") + " may GET " + strings.Join(g.probes, ", ") + ", which are the pod's probes"
	return []mesh.Step{step}
}

// grantSteps names grants with the networks for which they stand.
func grantSteps(grants []*grant, rule string) []mesh.Step {
	var steps []mesh.Step
	for _, one := range grants {
		step := one.step
		step.Rule = rule
		from := "every network"
		if !one.networks.all() {
			from = strings.Join(one.networks.texts(), ", ")
		}
		step.Detail = "it lets in " + one.who.phrase() + " from " + from
		steps = append(steps, step)
	}
	return steps
}

// phrase says who is let in.
func (ids *identities) phrase() string {
	switch ids.need {
	case needNothing:
		return "clients without an identity"
	case needTLS:
		return "clients with TLS of the mesh, which need not prove an identity,"
	default:
	}
	var names []string
	for _, s := range ids.suffixes {
		names = append(names, "*"+s)
	}
	return strings.Join(append(names, ids.exact...), ", ")
}
