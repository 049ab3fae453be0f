package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Receive says what becomes of what a client sends to a server that is enrolled in Istio. Where what
// is sent goes to a waypoint, it says what becomes of it on both parts of the way.
func (l *Layer) Receive(e mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	if s.Proxy == "" {
		return l.arrives(e, s, in)
	}
	return l.throughWaypoint(e, s, in)
}

// fate is what becomes of a connection: connects, encrypted, authenticated.
type fate struct{ connects, encrypted, authenticated truth.Value }

var (
	fateMutual  = fate{truth.True, truth.True, truth.True}
	fatePlain   = fate{truth.True, truth.False, truth.False}
	fateOwnTLS  = fate{truth.Unknown, truth.True, truth.False} // the application must end it
	fateFails   = fate{truth.False, truth.False, truth.False}
	fateUnknown = fate{}
)

// meet keeps what two fates have in common.
func (f fate) meet(g fate) fate {
	same := func(a, b truth.Value) truth.Value {
		if a == b {
			return a
		}
		return truth.Unknown
	}
	return fate{same(f.connects, g.connects), same(f.encrypted, g.encrypted), same(f.authenticated, g.authenticated)}
}

func (f fate) transport(why []mesh.Step, gaps []mesh.Gap) mesh.Transport {
	return mesh.Transport{Connects: f.connects, Encrypted: f.encrypted, Authenticated: f.authenticated, Why: why, Unknown: gaps}
}

// arrives is Receive for what goes to the server's pod.
func (l *Layer) arrives(e mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	f, detail := fateOf(e.Server, s.Wire, in)
	var gaps []mesh.Gap
	if f == fateMutual {
		if t, ok := l.distrusted(e); ok {
			return t
		}
	}
	if f == fateOwnTLS {
		gaps = append(gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: e.Server.Pod.Object(), Loc: e.Server.Pod.At("metadata.name"),
			Detail: "the application must end the TLS itself, and whether it does is not in the input",
		})
	}
	if s.Wire != mesh.WireNothing && (f.connects == truth.Unknown || in.Enforced != mesh.MTLSUnknown || s.Wire == mesh.WirePlaintext) {
		gaps = append(gaps, in.Unknown...)
	}
	if f == fateUnknown {
		gaps = orIncomplete(append(gaps, e.Server.Enrolment.Unknown...), e.Server.Pod, "what becomes of the connection at the server is not known")
	}
	why := []mesh.Step{{Rule: ruleReceived, Object: e.Server.Pod.Object(), Loc: e.Server.Pod.At("metadata.name"), Detail: detail}}
	return f.transport(append(why, in.Why...), gaps)
}

// fateOf joins what is sent with the server's side, and says in words how they meet.
func fateOf(server mesh.Party, wire mesh.Wire, in mesh.Inbound) (fate, string) {
	if wire == mesh.WireNothing {
		return fateFails, "nothing is sent"
	}
	if wire == mesh.WireUnknown {
		return fateUnknown, "what is sent is not known"
	}
	switch server.Enrolment.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		return atSidecar(server, wire, in)
	case mesh.ModeAmbient:
		return atZtunnel(wire, in)
	case mesh.ModeNone:
		return atApplication(wire)
	case mesh.ModeProxyless:
		if wire == mesh.WireMesh || wire == mesh.WirePlaintext {
			return fateUnknown.encryptedAs(wire), "the application itself speaks the mesh's protocol, and what it accepts is not in the input"
		}
		return atApplication(wire)
	case mesh.ModeGateway, mesh.ModeWaypoint:
		return fateUnknown.encryptedAs(wire), "the server is a proxy of the mesh, whose own listeners decide"
	default:
		return fateUnknown.encryptedAs(wire), "how the server is enrolled is not known"
	}
}

// encryptedAs adds what follows from the wire alone: plaintext is neither encrypted nor authenticated
// whatever receives it.
func (f fate) encryptedAs(wire mesh.Wire) fate {
	if wire == mesh.WirePlaintext {
		f.encrypted, f.authenticated = truth.False, truth.False
	}
	return f
}

// atApplication is what becomes of bytes that reach the application as they were sent.
func atApplication(wire mesh.Wire) (fate, string) {
	switch wire {
	case mesh.WirePlaintext:
		return fatePlain, "the application gets the bytes as they were sent"
	case mesh.WireTLS, mesh.WireTLSMutual:
		return fateOwnTLS, "the TLS reaches the application, which must end it"
	default:
		return fateFails, "no proxy stands before the port to end the mesh's mutual TLS"
	}
}

// atZtunnel is what becomes of a connection to a pod in ambient mode.
func atZtunnel(wire mesh.Wire, in mesh.Inbound) (fate, string) {
	if wire == mesh.WireTunnel {
		return fateMutual, "the server's ztunnel ends the tunnel"
	}
	open, how := atApplication(wire)
	if wire == mesh.WireMesh {
		how = "ztunnel does not end mutual TLS outside a tunnel, so its bytes reach the application"
	}
	switch in.Enforced {
	case mesh.MTLSStrict:
		return fateFails, "ztunnel refuses what does not come through a tunnel (STRICT)"
	case mesh.MTLSUnknown:
		return open.meet(fateFails).encryptedAs(wire), "whether ztunnel refuses what does not come through a tunnel is not known"
	default:
		return open, how
	}
}

// atSidecar is what becomes of a connection to a pod with a sidecar. HBONE has a port of its own,
// which redirection leaves out and no mode of the policies turns off.
func atSidecar(server mesh.Party, wire mesh.Wire, in mesh.Inbound) (fate, string) {
	if wire == mesh.WireTunnel {
		if takesTunnel(server) {
			return fateMutual, "the server's sidecar ends the tunnel"
		}
		return fateFails, "the server's sidecar does not listen for HBONE"
	}
	past, how := atApplication(wire)
	switch in.Captured {
	case truth.False:
		return past, "the port is not redirected to the sidecar: " + how
	case truth.Unknown:
		inside, _ := atListener(wire, in)
		return past.meet(inside), "whether the port is redirected to the sidecar is not known"
	default:
		return atListener(wire, in)
	}
}

// atListener is what becomes of a connection that the sidecar takes in.
func atListener(wire mesh.Wire, in mesh.Inbound) (fate, string) {
	if in.Enforced != mesh.MTLSUnknown {
		return atMode(wire, in.Enforced, in.Protocol)
	}
	f, _ := atMode(wire, mesh.MTLSStrict, in.Protocol)
	for _, m := range []mesh.MTLS{mesh.MTLSPermissive, mesh.MTLSDisabled} {
		g, _ := atMode(wire, m, in.Protocol)
		f = f.meet(g)
	}
	return f, "the mode of the port is not known"
}

// atMode is what becomes of a connection under a mode of the port. Under PERMISSIVE the sidecar tells
// the mesh's mutual TLS from other TLS by its ALPN: on a port declared to be HTTP nothing takes the
// latter, on others it is passed on; under DISABLE a port declared to be HTTP takes no TLS at all.
// pilot/pkg/networking/core/listener_inbound.go and listener_inbound filter chain options.
func atMode(wire mesh.Wire, mode mesh.MTLS, protocol mesh.Protocol) (fate, string) {
	if mode == mesh.MTLSNone {
		return atApplication(wire)
	}
	http := protocol == mesh.ProtocolHTTP
	switch wire {
	case mesh.WirePlaintext:
		return plaintextAt(mode)
	case mesh.WireMesh:
		return mutualAt(mode, http)
	case mesh.WireTLS, mesh.WireTLSMutual:
		return ownTLSAt(mode, http)
	default:
		return fateUnknown, "what the sidecar makes of the connection is not known"
	}
}

func plaintextAt(mode mesh.MTLS) (fate, string) {
	switch mode {
	case mesh.MTLSStrict:
		return fateFails, "mode STRICT: the sidecar has no filter chain for plaintext"
	case mesh.MTLSClosed:
		return fateFails, "the sidecar takes TLS of the Sidecar resource's own only"
	default:
		return fatePlain, "the sidecar accepts plaintext"
	}
}

func mutualAt(mode mesh.MTLS, http bool) (fate, string) {
	switch {
	case mode == mesh.MTLSClosed:
		return fateFails, "the sidecar takes TLS of the Sidecar resource's own only"
	case mode == mesh.MTLSDisabled && http:
		return fateFails, "mode DISABLE: the sidecar expects plaintext HTTP and gets TLS"
	case mode == mesh.MTLSDisabled:
		return fateFails, "mode DISABLE: the sidecar does not end mutual TLS, and its bytes reach the application"
	default:
		return fateMutual, "the server's sidecar ends the mutual TLS"
	}
}

func ownTLSAt(mode mesh.MTLS, http bool) (fate, string) {
	switch {
	case mode == mesh.MTLSClosed:
		return fateOwnTLS, "the sidecar ends TLS of the Sidecar resource's own on the port"
	case mode == mesh.MTLSStrict:
		return fateFails, "mode STRICT: the client shows no certificate of the mesh"
	case http:
		return fateFails, "the sidecar takes no TLS but the mesh's on a port declared to be HTTP"
	default:
		return fateOwnTLS, "the sidecar passes the TLS on to the application, which must end it"
	}
}

// distrusted answers for mutual TLS whose client is of a trust domain that the server does not
// accept, or may not accept.
func (l *Layer) distrusted(e mesh.Edge) (mesh.Transport, bool) {
	if e.Client.Newcomer {
		return mesh.Transport{}, false
	}
	accepts, step := l.trusts(e.Server, e.Client.Enrolment.Identity)
	switch accepts {
	case truth.True:
		return mesh.Transport{}, false
	case truth.False:
		return fateFails.transport([]mesh.Step{step}, nil), true
	default:
		gap := mesh.Gap{Reason: source.ProblemIncomplete, Object: e.Server.Pod.Object(), Loc: e.Server.Pod.At("metadata.name"), Detail: step.Detail}
		return fateUnknown.transport([]mesh.Step{step}, []mesh.Gap{gap}), true
	}
}

// trusts reports whether the server's proxy accepts a client's certificate by its trust domain.
// pilot/pkg/networking/plugin/authn/util.go TrustDomainsForValidation; for ztunnel, which accepts its
// own trust domain only, src/tls/workload.rs TrustDomainVerifier.
func (l *Layer) trusts(server mesh.Party, identity string) (truth.Value, mesh.Step) {
	domain, ok := trustDomainOf(identity)
	if !ok {
		return truth.Unknown, mesh.Step{Rule: ruleTrustDomain, Detail: "the client's identity is not known, so neither is whether the server accepts its trust domain"}
	}
	accepts, first := truth.Unknown, true
	var step mesh.Step
	for _, rev := range l.serving(server.Enrolment.Revision) {
		got := rev.accepts(domain, server.Enrolment.Mode == mesh.ModeAmbient)
		if first || got == accepts {
			accepts, first = got, false
			step = rev.trustStep(domain)
			continue
		}
		return truth.Unknown, mesh.Step{Rule: ruleTrustDomain, Detail: "which revision serves the server is not known, and they accept different trust domains"}
	}
	if first {
		return truth.Unknown, mesh.Step{Rule: ruleTrustDomain, Detail: "no control plane is known that serves the server"}
	}
	return accepts, step
}

// accepts reports whether proxies of the revision accept a trust domain.
func (r *revision) accepts(domain string, ztunnel bool) truth.Value {
	cfg := &r.mesh
	switch {
	case len(cfg.gaps) > 0:
		return truth.Unknown
	case domain == cfg.trustDomain:
		return truth.True
	case ztunnel:
		return truth.False
	case r.flag("PILOT_SKIP_VALIDATE_TRUST_DOMAIN") || slices.Contains(cfg.aliases, domain):
		return truth.True
	}
	for _, ca := range cfg.pb.GetCaCertificates() {
		if slices.Contains(ca.GetTrustDomains(), domain) {
			return truth.True
		}
	}
	return truth.False
}

func (r *revision) trustStep(domain string) mesh.Step {
	s := mesh.Step{Rule: ruleTrustDomain, Detail: "the server accepts trust domain " + r.mesh.trustDomain + " and those named beside it, and the client is of " + domain}
	if len(r.mesh.why) > 0 {
		s.Object, s.Loc = r.mesh.why[0].Object, r.mesh.why[0].Loc
	}
	return s
}

// trustDomainOf reads the trust domain out of a SPIFFE identity.
func trustDomainOf(identity string) (string, bool) {
	rest, ok := strings.CutPrefix(identity, "spiffe://")
	domain, _, slash := strings.Cut(rest, "/")
	return domain, ok && slash && domain != ""
}
