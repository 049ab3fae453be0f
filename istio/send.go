package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Send says what leaves the client's side of a connection, for a client that is enrolled in Istio.
// A client without a pod was described by hand; what it sends is its own affair, and WireUnknown here.
func (l *Layer) Send(e mesh.Edge) mesh.Sending {
	if e.Client.Pod == nil {
		return mesh.Sending{}
	}
	return l.sendTo(e.Client, newDestinations(l, mesh.Target{Server: e.Server, Port: e.Port, Way: e.Way}))
}

// sendTo asks for one client.
func (l *Layer) sendTo(c mesh.Party, ds *destinations) mesh.Sending {
	switch c.Enrolment.Mode {
	case mesh.ModeAmbient:
		return l.ambientSends(ds)
	case mesh.ModeSidecar, mesh.ModeNativeSidecar, mesh.ModeGateway, mesh.ModeWaypoint, mesh.ModeProxyless:
		return l.proxySends(c, ds)
	case mesh.ModeNone:
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: noClientProxy(c)}
	default:
		return mesh.Sending{Why: c.Enrolment.Why, Unknown: orIncomplete(c.Enrolment.Unknown, c.Pod, "how the client is enrolled is not known")}
	}
}

func noClientProxy(c mesh.Party) []mesh.Step {
	return []mesh.Step{{
		Rule: ruleNotEnrolled, Object: c.Pod.Object(), Loc: c.Pod.At("metadata.name"),
		Detail: "no proxy stands beside the client",
	}}
}

// orIncomplete is gaps, or one with that text where there is none.
func orIncomplete(gaps []mesh.Gap, p *mesh.Pod, detail string) []mesh.Gap {
	if len(gaps) > 0 {
		return gaps
	}
	return []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata"), Detail: detail}}
}

// proxySends asks for a client whose proxy istiod configures. Where it is not known which revision
// does, only what all of them make of the connection is an answer.
func (l *Layer) proxySends(c mesh.Party, ds *destinations) mesh.Sending {
	name := c.Enrolment.Revision
	preferred := l.named(name)
	s := l.sendsUnder(ds.under(preferred), c)
	var gaps []mesh.Gap
	if preferred != nil {
		gaps = l.strangeRevision(c.Pod, name, preferred)
	}
	for _, rev := range l.serving(name) {
		if rev == preferred {
			continue
		}
		if other := l.sendsUnder(ds.under(rev), c); !sameWire(s, other) {
			s.Wire, s.Inside, s.Proxy, s.Port, s.Expects = mesh.WireUnknown, mesh.WireUnknown, "", 0, ""
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: c.Pod.Object(), Loc: c.Pod.At("metadata"),
				Detail: "which revision serves the client is not known, and " + preferred.name + " and " + rev.name + " treat the connection differently",
			})
			break
		}
	}
	s.Unknown = withGaps(withGaps(s.Unknown, gaps), l.patchedClient(preferred, c.Enrolment.Mode, c.Pod))
	return s
}

// patchedClient names what may change directly how a client's Envoy connects.
func (l *Layer) patchedClient(rev *revision, m mesh.Mode, p *mesh.Pod) []mesh.Gap {
	if m == mesh.ModeProxyless {
		return nil // the application itself connects
	}
	return l.unverified(mesh.AspectTransport, rev, p)
}

// withGaps adds gaps without touching the array of the first list, which answers share.
func withGaps(list, more []mesh.Gap) []mesh.Gap {
	if len(more) == 0 {
		return list
	}
	return slices.Concat(list, more)
}

func sameWire(a, b mesh.Sending) bool {
	return a.Wire == b.Wire && a.Inside == b.Inside && a.Proxy == b.Proxy
}

// sendsUnder asks under the configuration of one revision.
func (l *Layer) sendsUnder(d *destination, c mesh.Party) mesh.Sending {
	if len(d.gaps) > 0 {
		return mesh.Sending{Unknown: d.gaps}
	}
	return d.from(l.callerOf(c, d.view))
}

// callerOf is a client's proxy under a control plane, worked out once.
func (l *Layer) callerOf(c mesh.Party, v *clientView) *caller {
	return v.callers.Of(callerKey{c.Pod, c.Enrolment.Mode}, func() *caller {
		k := &caller{pod: c.Pod, mode: c.Enrolment.Mode, namespace: c.Pod.Namespace.Name, labels: c.Pod.Labels}
		if k.mode == mesh.ModeSidecar || k.mode == mesh.ModeNativeSidecar {
			k.out = l.outboundOf(c.Pod, v.rev)
			k.scope, k.gaps = l.sidecars.scopeOf(v.root, c.Pod)
		}
		k.noHBONE = v.refusesHBONE(c.Pod)
		return k
	})
}

type callerKey struct {
	pod  *mesh.Pod
	mode mesh.Mode
}

// caller is a client's proxy as its connections depend on it. It is immutable.
type caller struct {
	pod       *mesh.Pod
	mode      mesh.Mode
	namespace string
	labels    map[string]string
	out       *outbound        // of a sidecar
	scope     *sidecarResource // of a sidecar; nil for none
	gaps      []mesh.Gap       // why the scope may be another
	noHBONE   bool             // its metadata turns HBONE off
}

// from is what a client's proxy sends to the destination.
func (d *destination) from(k *caller) mesh.Sending {
	if d.notTCP {
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{d.notTCPStep()}}
	}
	switch k.mode {
	case mesh.ModeGateway:
		return d.fromGateway(k)
	case mesh.ModeWaypoint:
		return d.throughCluster(k)
	case mesh.ModeProxyless:
		return d.fromProxyless(k)
	default:
	}
	around, step := k.out.leaves(d.addressed())
	if around == truth.True {
		return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{step}}
	}
	s := d.fromSidecar(k)
	if around == truth.Unknown && s.Wire != mesh.WirePlaintext {
		return mesh.Sending{Why: append([]mesh.Step{step}, s.Why...), Unknown: withGaps([]mesh.Gap{addressGap(step)}, s.Unknown)}
	}
	return s
}

// fromSidecar is what a sidecar sends of a connection that it has taken in.
func (d *destination) fromSidecar(k *caller) mesh.Sending {
	if len(k.gaps) > 0 {
		return mesh.Sending{Unknown: k.gaps}
	}
	s := d.way.Service
	if s == nil {
		return d.byAddress(k)
	}
	seen := d.view.sight(k.scope, k.namespace, s, d.way.Port)
	switch seen.sees {
	case truth.True:
		return d.throughCluster(k)
	case truth.Unknown:
		return mesh.Sending{Why: []mesh.Step{seen.why}, Unknown: seen.gaps}
	default:
		return d.unknownService(k, seen.why)
	}
}

// unknownService is what becomes of a connection to a Service that the proxy does not know. There is
// no cluster for it; what the mode for unknown destinations then does with the connection is not
// sending to the Service any more, and is said beside.
func (d *destination) unknownService(k *caller, why mesh.Step) mesh.Sending {
	open, policy := d.view.passesUnknown(k.scope)
	s := mesh.Sending{Wire: mesh.WireNothing, Why: []mesh.Step{why, policy}}
	if open {
		s.Unknown = []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: why.Object, Loc: why.Loc,
			Detail: "the client's proxy does not know the Service; because it lets unknown destinations pass, a connection to the Service's address may leave in the clear",
		}}
	}
	return s
}

// byAddress is what a sidecar makes of a connection to the pod's own address: it passes on what it
// knows no Service for, but for the pods of headless Services, whose addresses it listens for.
// pilot/pkg/networking/core/listener.go buildSidecarOutboundListeners.
func (d *destination) byAddress(k *caller) mesh.Sending {
	for _, h := range d.headless {
		seen := d.view.sight(k.scope, k.namespace, h.way.Service, h.way.Port)
		if seen.sees == truth.False {
			continue
		}
		s := h.throughCluster(k)
		if seen.sees == truth.True && (!h.detected || s.Wire == mesh.WirePlaintext) {
			return s
		}
		return mesh.Sending{Why: s.Why, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: h.way.Service.Object(), Loc: h.way.Service.At("spec.ports"),
			Detail: "the address belongs to a headless Service, and it is not known whether the sidecar treats the connection as one to that Service",
		}}}
	}
	open, policy := d.view.passesUnknown(k.scope)
	if !open {
		return mesh.Sending{Wire: mesh.WireNothing, Why: []mesh.Step{policy}}
	}
	if gaps := d.view.passGaps(k.scope); gaps != nil {
		return mesh.Sending{Why: []mesh.Step{policy}, Unknown: gaps}
	}
	return mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{{
		Rule: rulePassthrough, Detail: "the client addresses the pod itself, which its sidecar knows no Service for and passes on as it is",
	}, policy}}
}

// fromProxyless is what a client sends that speaks Istio's protocol itself. It begins the mesh's
// mutual TLS only where a DestinationRule asks for it, and if it resolves the name through Istio.
func (d *destination) fromProxyless(k *caller) mesh.Sending {
	plain := mesh.Sending{Wire: mesh.WirePlaintext, Why: []mesh.Step{{
		Rule: ruleNotEnrolled, Object: k.pod.Object(), Loc: k.pod.At("metadata.name"), Detail: "no proxy takes the client's connections in",
	}}}
	if d.way.Service == nil {
		return plain
	}
	c, gaps := d.cluster(k)
	if len(gaps) == 0 && c.tls.cluster.GetMode() == tlsDisable {
		return plain
	}
	return mesh.Sending{Why: append(plain.Why, c.tls.why), Unknown: withGaps(gaps, []mesh.Gap{{
		Reason: source.ProblemUnsupported, Object: k.pod.Object(), Loc: k.pod.At("metadata.name"),
		Detail: "a DestinationRule asks for TLS, and whether the application follows it is not in the input",
	}})}
}

// fromGateway is what a gateway sends. It knows Services only, and every one that is exported to it;
// whether a route leads there is another question.
func (d *destination) fromGateway(k *caller) mesh.Sending {
	s := d.way.Service
	if s == nil {
		return mesh.Sending{Wire: mesh.WireNothing, Why: []mesh.Step{{
			Rule: rulePassthrough, Object: k.pod.Object(), Loc: k.pod.At("metadata.name"), Detail: "a gateway sends to Services only, not to the addresses of pods",
		}}}
	}
	if seen := d.view.exportedTo(k.namespace, s); seen.sees == truth.False {
		return mesh.Sending{Wire: mesh.WireNothing, Why: []mesh.Step{seen.why}}
	}
	if step, ok := d.ingressUsesWaypoint(); ok {
		b := d.all.binding()
		switch {
		case len(b.Unknown) > 0:
			return mesh.Sending{Why: b.Why, Unknown: b.Unknown}
		case b.Proxy != "" && d.view.hbone == truth.Unknown:
			return mesh.Sending{Why: append(b.Why, step), Unknown: []mesh.Gap{hboneUnknown()}}
		case b.Proxy != "" && d.view.hbone == truth.True && !k.noHBONE:
			return mesh.Sending{Wire: mesh.WireTunnel, Proxy: b.Proxy, Why: append(slices.Clone(b.Why), step)}
		}
	}
	return d.throughCluster(k)
}

func hboneUnknown() mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemIncomplete,
		Detail: "it is not known whether istiod lets proxies send HBONE (PILOT_ENABLE_AMBIENT)",
	}
}
