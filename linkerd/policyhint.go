package linkerd

import "github.com/meshposture/meshposture/mesh"

// opaqueHint says that meshed clients are told by the pod's annotation that a port is opaque. Their proxies
// send everything then to the proxy's own port, and do not say that it is HTTP; the server's proxy takes it for a
// connection, also where a Server has it look for HTTP (linkerd2-proxy linkerd/app/outbound/src/http/endpoint.rs
// SessionProtocol, linkerd/app/inbound/src/direct.rs LocalTcp). A Server that declares another protocol does not
// change what clients are told (controller/api/destination/endpoint_translator.go createWeightedAddr). It is
// zero for other ports. The ports that are opaque without an annotation are left aside: the injector annotates
// the pods that declare them.
func (l *Layer) opaqueHint(s mesh.Party, port uint16) mesh.Step {
	cfg := l.config(s.Pod)
	text := cfg.annotations[annotationOpaquePorts]
	if text == "" || l.proxyPorts(s).own(port) || port == l.inboundPort(s) || !lenientPorts(text, l.settings.namedPort(s.Pod)).has(port) {
		return mesh.Step{}
	}
	step := cfg.loc(annotationOpaquePorts)
	step.Rule, step.Detail = ruleOpaqueToClients, "meshed clients are told that the port is opaque, and do not say that they send HTTP: "+step.Detail
	return step
}
