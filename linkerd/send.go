package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Send says what leaves the client's side of a connection, for a client that is enrolled in Linkerd. A
// client without a pod was described by hand; what it sends is its own affair, and WireUnknown here.
func (l *Layer) Send(e mesh.Edge) mesh.Sending {
	if e.Client.Pod == nil {
		return mesh.Sending{}
	}
	return l.sendTo(sender{Party: e.Client}, l.destination(mesh.Target{Server: e.Server, Port: e.Port, Way: e.Way}))
}

// sender is a client, or one of many that send alike; reasons do not name what is one of many's own.
type sender struct {
	mesh.Party
	many bool
}

// step names a field of the client's pod.
func (c sender) step(rule, field, detail string) mesh.Step {
	s := mesh.Step{Rule: rule, Detail: detail}
	if !c.many {
		s.Object, s.Loc = c.Pod.Object(), c.Pod.At(field)
	}
	return s
}

// gap is something about the client's pod that is not known.
func (c sender) gap(detail string) mesh.Gap {
	g := mesh.Gap{Reason: source.ProblemIncomplete, Detail: detail}
	if !c.many {
		g.Object, g.Loc = c.Pod.Object(), c.Pod.At("metadata.name")
	}
	return g
}

// sendTo goes through what decides, in the order in which a connection meets it: the redirection in the
// client's pod, what its proxy asks discovery for, and what discovery answers.
func (l *Layer) sendTo(c sender, d *destination) mesh.Sending {
	switch {
	case c.Enrolment.Mode == mesh.ModeNone:
		return plainly(c.step(ruleClientNotMeshed, "metadata.name", "no proxy stands beside the client"))
	case c.Enrolment.Mode == mesh.ModeUnknown:
		return mesh.Sending{Why: c.why(), Unknown: c.unknown()}
	case c.Pod.Machine:
		return mesh.Sending{Unknown: []mesh.Gap{c.gap("how the proxy of a machine outside the cluster is configured is not in the input")}}
	case d.nonTCP:
		return plainly(d.step(ruleNonTCP, "spec.containers", "the port takes no TCP, and proxies handle nothing else"))
	}
	if cp := l.controlPlaneOf(c.Party); cp != l.settings.namespace {
		return l.sendUnderOther(c, cp, d)
	}
	cfg := l.config(c.Pod)
	if cfg.unsure(annotationSkipOutbound) {
		return mesh.Sending{Unknown: c.gaps(cfg)}
	}
	if cfg.skipOutbound.has(d.dialled) {
		return plainly(l.skipsOutbound(c, cfg))
	}
	return l.askDiscovery(c, cfg, d)
}

// why is the reasons of the client's enrolment.
func (c sender) why() []mesh.Step {
	if c.many {
		return nil
	}
	return c.Enrolment.Why
}

// unknown is what left the client's enrolment open.
func (c sender) unknown() []mesh.Gap {
	if c.many || len(c.Enrolment.Unknown) == 0 {
		return []mesh.Gap{c.gap("whether a proxy stands beside the client is not known")}
	}
	return c.Enrolment.Unknown
}

// gaps is why the client's configuration is not known.
func (c sender) gaps(cfg *podConfig) []mesh.Gap {
	if c.many {
		return []mesh.Gap{c.gap("how the client's proxy is configured is not known")}
	}
	return cfg.gaps
}

// unsure reports whether an annotation that the pod lacks may come from elsewhere.
func (c *podConfig) unsure(key string) bool {
	_, own := c.pod.Annotations[key]
	return len(c.gaps) > 0 && !own
}

// skipsOutbound says that the redirection leaves the port out. It sees the port that the application
// connects to: a Service's address is translated only after it (linkerd2-proxy-init pkg/iptables
// addOutgoingTrafficRules, in the OUTPUT chain of the pod).
func (l *Layer) skipsOutbound(c sender, cfg *podConfig) mesh.Step {
	const detail = "the client's redirection leaves out the port that it connects to"
	if _, given := cfg.annotations[annotationSkipOutbound]; !given {
		return l.settings.at(ruleOutboundSkipped, detail)
	}
	s := mesh.Step{Rule: ruleOutboundSkipped, Detail: detail}
	if !c.many {
		at := cfg.loc(annotationSkipOutbound)
		s.Object, s.Loc = at.Object, at.Loc
	}
	return s
}

// askDiscovery is what the client's proxy sends once it has the connection. By a Service's address the
// policy controller answers whatever the networks are (policy-controller/runtime/src/lib.rs lookup_ip);
// by a pod's own, the proxy asks only inside them (linkerd/service-profiles/src/allowlist.rs).
func (l *Layer) askDiscovery(c sender, cfg *podConfig, d *destination) mesh.Sending {
	if samePod(c.Party, d.target.Server) {
		return plainly(c.step(ruleSamePod, "metadata.name", "client and server are one pod: the bytes do not leave it"))
	}
	if s, ok := l.overIPv6Sends(c, d); ok {
		return s
	}
	switch {
	case d.inside == truth.Unknown:
		return mesh.Sending{Why: d.reach, Unknown: d.reachGaps}
	case d.inside == truth.False && cfg.ingress && !l.settings.release.since(17):
		s := plainly(d.reach...)
		s.Wire = mesh.WireNothing
		s.Why = append(s.Why, c.step(ruleIngressMode, "metadata.annotations", "a proxy in ingress mode drops what discovery does not know"))
		return s
	case d.inside == truth.False:
		return plainly(d.reach...)
	}
	if s, ok := l.takenForEgress(c, d); ok {
		return s
	}
	if m := l.clients.mirrors[d.target.Way.Service]; m != nil && m.Mode != MirrorGateway {
		return mesh.Sending{Why: m.Why, Unknown: []mesh.Gap{c.gap("the Service stands for pods of other clusters: whether any of these serves the client is not known")}}
	}
	return mesh.Sending{
		Wire: d.told.wire, Port: d.told.port, Expects: d.told.identity,
		Why: slices.Concat(d.told.why, d.reach), Unknown: d.told.gaps,
	}
}

// sendUnderOther is what a client sends whose proxy another control plane configures than the one of the
// input. That tells it identities of its own servers only.
func (l *Layer) sendUnderOther(c sender, cp string, d *destination) mesh.Sending {
	server := l.controlPlaneOf(d.target.Server)
	if cp == "" {
		return mesh.Sending{Unknown: []mesh.Gap{c.gap("which control plane configures the client's proxy is not known: the pod lacks the label " + labelControlPlane)}}
	}
	if server == cp || d.told.wire == mesh.WireUnknown || d.told.wire == mesh.WireNothing {
		return mesh.Sending{Unknown: []mesh.Gap{c.gap("the configuration of the control plane in " + cp + " is not in the input")}}
	}
	return plainly(c.step(ruleOtherControlPlane, "metadata.labels", "client and server belong to different control planes, so that the client expects no identity"))
}

// plainly is the application's bytes as they are.
func plainly(why ...mesh.Step) mesh.Sending {
	return mesh.Sending{Wire: mesh.WirePlaintext, Why: why}
}

// samePod reports whether client and server are surely one pod. Of several pods that are alike another
// one may serve.
func samePod(c, s mesh.Party) bool {
	if c.Pod != s.Pod || c.Pod == nil || c.Pod.Machine {
		return false
	}
	if c.Pod.IsTemplate() {
		return c.Pod.Workload.ID().Kind == "Pod"
	}
	n := 0
	for range c.Pod.Workload.Pods() {
		n++
	}
	return n == 1
}
