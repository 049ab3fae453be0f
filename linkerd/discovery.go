package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// endpoint is what the destination controller tells proxies about a port of a pod, and what they send
// by it (controller/api/destination/endpoint_translator.go createWeightedAddr).
type endpoint struct {
	wire     mesh.Wire
	port     uint16 // to which they connect; 0 for the port itself
	identity string // that the server must prove; empty for none
	why      []mesh.Step
	gaps     []mesh.Gap
}

// controlPlaneOf is the namespace of the control plane that a pod is labelled for; empty for none. The
// injector labels what it injects.
func (l *Layer) controlPlaneOf(p mesh.Party) string {
	if l.asksInjector(p.Pod) && joined(p.Enrolment) {
		return l.settings.namespace
	}
	return p.Pod.Labels[labelControlPlane]
}

// joined reports whether a pod is enrolled in Linkerd.
func joined(e mesh.Enrolment) bool {
	return (e.Mesh == Name || e.Mesh == "") && e.Mode != mesh.ModeNone && e.Mode != mesh.ModeUnknown
}

// discover says what proxies of the control plane are told about a port.
func (l *Layer) discover(s mesh.Party, port uint16) endpoint {
	p := s.Pod
	at := func(rule, detail string) mesh.Step {
		return mesh.Step{Rule: rule, Object: p.Object(), Loc: p.At("metadata.labels"), Detail: detail}
	}
	if p.Machine {
		return l.discoverMachine(p, port)
	}
	if s.Enrolment.Mode == mesh.ModeUnknown {
		return endpoint{why: s.Enrolment.Why, gaps: orGap(s.Enrolment.Unknown, p, "whether the server is in the mesh is not known")}
	}
	label := l.controlPlaneOf(s)
	if label == "" {
		return endpoint{wire: mesh.WirePlaintext, why: []mesh.Step{
			at(ruleServerNotMeshed, "the server lacks the label "+labelControlPlane+", so that discovery gives clients no identity"),
		}}
	}
	cfg := l.config(p)
	if cfg.unsure(annotationSkipInbound) {
		return endpoint{gaps: cfg.gaps}
	}
	if ports := cfg.annotations[annotationSkipInbound]; ports != "" && lenientPorts(ports, nil).has(port) {
		return endpoint{wire: mesh.WirePlaintext, why: []mesh.Step{
			{
				Rule: ruleInboundSkipped, Object: p.Object(), Loc: annotationLoc(p, annotationSkipInbound),
				Detail: annotationSkipInbound + " leaves the port out, so that discovery gives clients no identity",
			},
		}}
	}
	ep := l.wirePort(s, cfg, port)
	if ep.wire == mesh.WireNothing {
		return ep
	}
	if label != l.settings.namespace {
		return endpoint{wire: mesh.WirePlaintext, why: []mesh.Step{
			at(ruleOtherControlPlane, "the server belongs to the control plane in "+label+", so that discovery gives clients no identity"),
		}}
	}
	ep.wire = mesh.WireMesh
	ep.identity = l.settings.identity(p.Spec.Account(), p.Namespace.Name)
	step := at(ruleMeshed, "discovery tells clients the server's identity")
	if !joined(s.Enrolment) {
		step = at(ruleLabelOnly, "the server has the label "+labelControlPlane+" and no proxy: discovery tells clients an identity that nothing proves")
	}
	ep.why = append([]mesh.Step{step}, ep.why...)
	return ep
}

// annotationLoc is the place of an annotation of the pod; zero where it comes from elsewhere.
func annotationLoc(p *mesh.Pod, key string) source.Loc {
	if _, own := p.Annotations[key]; own {
		return p.AnnotationLoc(key)
	}
	return source.Loc{}
}

// orGap is gaps, or one that says detail where there is none.
func orGap(gaps []mesh.Gap, p *mesh.Pod, detail string) []mesh.Gap {
	if len(gaps) > 0 {
		return gaps
	}
	return []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata.name"), Detail: detail}}
}

// everyPortTagged reports whether all ports of meshed pods are reached by the proxy's own port, and not
// only opaque ones (controller/cmd/destination/main.go, outbound-transport-mode; from 2.18).
func (s *settings) everyPortTagged() bool {
	return s.release.since(18) && s.values.Proxy.OutboundTransportMode == "transport-header"
}

// wireGap says that the release is not known, on which the port depends that clients connect to.
func (s *settings) wireGap() []mesh.Gap {
	if s.release.minor != 0 || !s.everyPortTagged() {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete,
		Detail: "the release is not known: before 2.18 clients connect to the application's port instead of the proxy's",
	}}
}

// wirePort says to which port clients connect. Its wire is WireNothing where the controller cannot tell,
// and drops the endpoint.
func (l *Layer) wirePort(s mesh.Party, cfg *podConfig, port uint16) endpoint {
	p := s.Pod
	all := l.settings.everyPortTagged()
	if !all && cfg.unsure(annotationOpaquePorts) {
		return endpoint{gaps: cfg.gaps}
	}
	if !all && !l.opaqueTo(p, cfg, port) {
		if l.settings.release.since(18) && !l.proxyPorts(s).legible {
			return unreadablePorts(p)
		}
		return endpoint{}
	}
	ports := l.proxyPorts(s)
	switch {
	case !ports.legible:
		return unreadablePorts(p)
	case l.settings.release.since(18) && (port == ports.admin || port == ports.control), port == ports.inbound:
		return endpoint{}
	case !all:
		return endpoint{port: ports.inbound, why: []mesh.Step{{Rule: ruleWirePort, Object: p.Object(), Detail: "the port is opaque: clients connect to the proxy's port"}}}
	default:
		return endpoint{
			port: ports.inbound, gaps: l.clients.oldWire,
			why: []mesh.Step{l.settings.at(ruleWirePort, "outboundTransportMode: transport-header: clients connect to the proxy's port")},
		}
	}
}

// unreadablePorts is the endpoint of a pod of which the controller cannot tell the proxy's ports: it
// leaves the pod out (endpoint_translator.go getPodPorts).
func unreadablePorts(p *mesh.Pod) endpoint {
	rule, detail := ruleNoProxyPorts, "the proxy's container does not say on which ports it listens, so that discovery leaves the pod out"
	if proxyContainer(p) == nil {
		rule, detail = ruleLabelOnly, "the server has the label "+labelControlPlane+" and no proxy, so that discovery leaves the pod out"
	}
	return endpoint{wire: mesh.WireNothing, why: []mesh.Step{{Rule: rule, Object: p.Object(), Loc: p.At("metadata.labels"), Detail: detail}}}
}

// discoverMachine is discover for a machine outside of the cluster (createWeightedAddrForExternalWorkload).
func (l *Layer) discoverMachine(p *mesh.Pod, port uint16) endpoint {
	m := l.machineOf(p)
	switch {
	case m == nil:
		return endpoint{gaps: orGap(nil, p, "the object of the machine is none that Linkerd reads")}
	case len(m.gaps) > 0:
		return endpoint{gaps: m.gaps}
	}
	ep := endpoint{
		wire: mesh.WireMesh, identity: m.spec.MeshTLS.Identity,
		why: []mesh.Step{m.step(ruleMeshed, "spec.meshTLS.identity", "discovery tells clients the machine's identity")},
	}
	if port == m.inbound {
		return ep
	}
	switch opaque := m.opaque.has(port) || l.opaqueByServer(p, port); {
	case l.settings.everyPortTagged():
		ep.port, ep.gaps = m.inbound, l.clients.oldWire
	case opaque:
		ep.port = m.inbound
	}
	return ep
}

// opaqueTo reports whether discovery calls a port opaque: by the pod's annotation, else by the list that
// holds for pods without one, or by a Server (watcher/workload_watcher.go GetAnnotatedOpaquePorts).
func (l *Layer) opaqueTo(p *mesh.Pod, cfg *podConfig, port uint16) bool {
	text, given := cfg.annotations[annotationOpaquePorts]
	if !given {
		text = *l.settings.values.Proxy.OpaquePorts
	}
	return lenientPorts(text, l.settings.namedPort(p)).has(port) || l.opaqueByServer(p, port)
}
