package istio

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Inbound says what a port of a pod accepts, for a pod that is enrolled as e says. Where it is not
// known which revision serves the pod, only what all of them make of the port is an answer.
func (l *Layer) Inbound(p *mesh.Pod, e mesh.Enrolment, port uint16) mesh.Inbound {
	revisions := l.serving(e.Revision)
	if len(revisions) == 0 {
		return l.inboundUnder(nil, p, e, port)
	}
	preferred := l.named(e.Revision)
	in := l.inboundUnder(preferred, p, e, port)
	gaps := l.strangeRevision(p, e.Revision, preferred)
	for _, rev := range revisions {
		if rev == preferred {
			continue
		}
		other := l.inboundUnder(rev, p, e, port)
		if agree(&in, other) {
			continue
		}
		gaps = append(gaps, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata"),
			Detail: "which revision serves the pod is not known, and " + preferred.name + " and " + rev.name + " treat the port differently",
		})
		break
	}
	in.Unknown = append(in.Unknown, gaps...)
	return in
}

// agree keeps of one answer what another says too, and reports whether that is all.
func agree(in *mesh.Inbound, other mesh.Inbound) bool {
	same := in.Declared == other.Declared && in.Enforced == other.Enforced && in.Captured == other.Captured
	if in.Declared != other.Declared {
		in.Declared = mesh.MTLSUnknown
	}
	if in.Enforced != other.Enforced {
		in.Enforced = mesh.MTLSUnknown
	}
	if in.Captured != other.Captured {
		in.Captured = truth.Unknown
	}
	return same
}

// inboundUnder answers under the configuration of one revision; nil for that of none.
func (l *Layer) inboundUnder(rev *revision, p *mesh.Pod, e mesh.Enrolment, port uint16) mesh.Inbound {
	in := mesh.Inbound{Port: port}
	root := systemNamespace
	if rev != nil {
		root = rev.mesh.root
		in.Unknown = append(in.Unknown, rev.gaps...)
	}
	l.declare(&in, root, p)
	l.enforce(&in, root, p, e, rev)
	if rev == nil {
		return in
	}
	gaps := rev.mesh.gaps
	if rev.discovers(p.Namespace) != truth.True {
		gaps = append(slices.Clone(gaps), undiscovered(rev, p))
	}
	if len(gaps) > 0 {
		doubt(&in, e.Mode, gaps)
		if rev.mesh.redirectionLost && in.Enforced == mesh.MTLSUnknown && e.Mode != mesh.ModeAmbient {
			in.Captured = truth.Unknown
		}
	}
	return in
}

// doubt takes back what depends on the mesh's configuration and on policies. That no proxy stands
// before the port, or that the pod is one, depends on neither.
func doubt(in *mesh.Inbound, mode mesh.Mode, gaps []mesh.Gap) {
	in.Declared = mesh.MTLSUnknown
	switch mode {
	case mesh.ModeNone, mesh.ModeProxyless, mesh.ModeGateway, mesh.ModeWaypoint:
	default:
		in.Enforced = mesh.MTLSUnknown
	}
	in.Unknown = append(in.Unknown, gaps...)
}

func undiscovered(rev *revision, p *mesh.Pod) mesh.Gap {
	g := mesh.Gap{
		Reason: source.ProblemUnsupported, Object: p.Namespace.Object(), Loc: p.Namespace.At("metadata"),
		Detail: "the mesh's discoverySelectors leave out namespace " + p.Namespace.Name + ", or may do so; what istiod then makes of its pods is not judged",
	}
	if g.Object.IsZero() && len(rev.mesh.why) > 0 {
		g.Object, g.Loc = rev.mesh.why[0].Object, rev.mesh.why[0].Loc
	}
	return g
}

// declare merges the PeerAuthentications as their documentation says, whatever the pod is.
func (l *Layer) declare(in *mesh.Inbound, root string, p *mesh.Pod) {
	c := l.policies.forSidecar(root, p)
	list, ok := c.choices(true)
	if !ok || len(c.gaps) > 0 {
		in.Unknown = append(in.Unknown, orTooMany(c.gaps, ok)...)
		in.Why = append(in.Why, undecidedPolicies(c))
		return
	}
	mode, _, explicit := list[0].declared(in.Port)
	in.Why, in.Explicit = list[0].chain(in.Port), explicit
	for _, ch := range list[1:] {
		if other, _, _ := ch.declared(in.Port); other != mode {
			in.Unknown = append(in.Unknown, orderGap(c))
			return
		}
	}
	in.Declared = converted(mode)
}

// enforce says what is enforced of the declared mode, given how the pod is enrolled.
func (l *Layer) enforce(in *mesh.Inbound, root string, p *mesh.Pod, e mesh.Enrolment, rev *revision) {
	switch e.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar:
		l.enforceSidecar(in, p, rev)
	case mesh.ModeAmbient:
		l.enforceAmbient(in, root, p)
	case mesh.ModeGateway, mesh.ModeWaypoint:
		in.Captured, in.Enforced = truth.False, mesh.MTLSNotApplicable
		because(in, mesh.Step{Rule: ruleOwnProxy, Object: p.Object(), Loc: p.At("metadata.name"), Detail: "the pod is a proxy of the mesh; its own listeners decide"})
	case mesh.ModeNone, mesh.ModeProxyless:
		in.Captured, in.Enforced = truth.False, mesh.MTLSNone
		because(in, append([]mesh.Step{{
			Rule: ruleNotEnrolled, Object: p.Object(), Loc: p.At("metadata.name"),
			Detail: "no proxy stands before the pod",
		}}, e.Why...)...)
	default:
		because(in, e.Why...)
		in.Unknown = append(in.Unknown, e.Unknown...)
	}
}

func (l *Layer) enforceSidecar(in *mesh.Inbound, p *mesh.Pod, rev *revision) {
	ingress, bound := l.sidecars.ingress(l.rootOf(rev), p)
	c := l.captureOf(p, rev)
	captured, step := c.captures(p, in.Port)
	if len(c.gaps) > 0 && captured == truth.True {
		captured, step = truth.Unknown, mesh.Step{Rule: ruleInterception, Object: c.gaps[0].Object, Loc: c.gaps[0].Loc, Detail: c.gaps[0].Detail}
	}
	listener, listens := bound[in.Port]
	if captured == truth.False && listens && listener.binds(c.mode.value) {
		captured = truth.True // the sidecar itself listens on the port
		if listener.somewhere() {
			in.Unknown = append(in.Unknown, mesh.Gap{
				Reason: source.ProblemUnsupported, Object: ingress.obj.Ref, Loc: ingress.obj.At(listener.path + ".bind"),
				Detail: "the sidecar listens at " + quoted(listener.bind) + " only, and which connections get there is not judged",
			})
		}
	}
	in.Captured = captured
	unread := l.sidecars.unread(l.rootOf(rev), p, ingress)
	in.Unknown = append(in.Unknown, unread...)
	if captured == truth.False {
		in.Enforced = mesh.MTLSNone
		because(in, step)
		return
	}
	if captured == truth.Unknown {
		because(in, step)
		in.Unknown = append(in.Unknown, mesh.Gap{Reason: source.ProblemBadValue, Object: step.Object, Loc: step.Loc, Detail: step.Detail})
		return
	}
	in.Unknown = append(in.Unknown, l.unverified(mesh.AspectInbound, rev, p)...)
	in.Protocol = l.protocolOf(p, in.Port)
	in.Enforced = in.Declared
	if ingress != nil {
		in.Protocol = mesh.ProtocolDetected // ports of Services fall to passthrough once ingress is listed
	}
	if len(unread) > 0 {
		in.Enforced = mesh.MTLSUnknown
	}
	if !listens {
		return
	}
	in.Protocol = listener.protocol
	if listener.tls && in.Declared == mesh.MTLSDisabled && rev.flag("ENABLE_TLS_ON_SIDECAR_INGRESS") {
		in.Enforced, in.Protocol = mesh.MTLSClosed, listener.terminated()
		because(in, mesh.Step{
			Rule: ruleSidecarIngress, Object: ingress.obj.Ref, Loc: ingress.obj.At(listener.path + ".tls"),
			Detail: "the sidecar terminates the ingress listener's own TLS, which neither the mesh's mutual TLS nor plaintext passes",
		})
	}
}

func (l *Layer) enforceAmbient(in *mesh.Inbound, root string, p *mesh.Pod) {
	if on, step := ambientBypass(p); on {
		in.Captured, in.Enforced = truth.False, mesh.MTLSNone
		because(in, step)
		return
	}
	in.Captured, in.Protocol = truth.True, mesh.ProtocolTCP // ztunnel does not look into connections
	c := l.policies.ambientCandidates(root, p)
	list, ok := c.choices(false)
	if !ok || len(c.gaps) > 0 {
		in.Unknown = append(in.Unknown, orTooMany(c.gaps, ok)...)
		return
	}
	var all []verdict
	for _, ch := range list {
		all = append(all, l.policies.ztunnel(root, ch, in.Port)...)
	}
	if slices.ContainsFunc(all, func(v verdict) bool { return v.mode != all[0].mode }) {
		in.Unknown = append(in.Unknown, orderGap(c))
		return
	}
	in.Enforced = all[0].mode
	disable := in.Why[0] // the step that declares the mode
	because(in, all[0].why...)
	if in.Declared == mesh.MTLSDisabled {
		because(in, mesh.Step{Rule: ruleAmbientConversion, Object: disable.Object, Loc: disable.Loc, Detail: "ambient mode has no DISABLE: ztunnel goes on accepting mutual TLS"})
	}
}

// strangeRevision names a revision that the pod shows and of which nothing is in the input, so that
// another one's configuration was taken.
func (l *Layer) strangeRevision(p *mesh.Pod, name string, taken *revision) []mesh.Gap {
	if name == "" || name == taken.name || slices.Contains(taken.tags, name) || taken.assumed {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata"),
		Detail: "nothing of revision " + name + " is in the input; the configuration of revision " + taken.name + " is taken for it",
	}}
}

// orTooMany adds the gap of a level with too many policies that tie.
func orTooMany(gaps []mesh.Gap, ok bool) []mesh.Gap {
	if ok {
		return gaps
	}
	return append(slices.Clone(gaps), mesh.Gap{Reason: source.ProblemUnsupported, Detail: fmt.Sprintf("more than %d combinations of PeerAuthentications tie for the oldest", maxChoices)})
}

// orderGap says that the order in which policies were created decides and is not known.
func orderGap(c candidates) mesh.Gap {
	for _, level := range [][]*peerAuth{c.workload, c.namespace, c.mesh} {
		if may := oldest(level, false); len(may) > 1 {
			return mesh.Gap{
				Reason: source.ProblemIncomplete, Object: may[0].obj.Ref, Loc: may[0].obj.At("metadata.creationTimestamp"),
				Detail: "the oldest PeerAuthentication counts, and which of " + names(may) + " that is cannot be told",
			}
		}
	}
	return mesh.Gap{Reason: source.ProblemIncomplete, Detail: "the oldest PeerAuthentication counts, and which that is cannot be told"}
}

func undecidedPolicies(c candidates) mesh.Step {
	for _, level := range [][]*peerAuth{c.workload, c.namespace, c.mesh} {
		for _, pa := range level {
			if len(pa.gaps) > 0 {
				s := pa.step("", "was not wholly understood")
				s.Loc = pa.gaps[0].Loc
				return s
			}
		}
	}
	return mesh.Step{Rule: rulePeerAuthentication, Detail: "the PeerAuthentications could not be ordered"}
}

func (l *Layer) rootOf(rev *revision) string {
	if rev == nil {
		return systemNamespace
	}
	return rev.mesh.root
}

// flag reports whether a feature flag of istiod that is off by default is on.
func (r *revision) flag(name string) bool {
	if r == nil {
		return false
	}
	on, _ := strconv.ParseBool(r.env[name].value)
	return on
}

// because puts the steps of what is enforced before those of what is declared.
func because(in *mesh.Inbound, steps ...mesh.Step) { in.Why = append(slices.Clone(steps), in.Why...) }
