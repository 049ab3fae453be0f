package linkerd

import "github.com/meshposture/meshposture/mesh"

// bootShape is the gate of a pod that the policy controller does not know: the default policy of the proxy's
// own environment, without what the controller adds for probes and for the pod itself, and without what the
// annotation for ports that need an identity asks of the controller: the proxy reads nothing of that. By deny it
// refuses connections before it looks for HTTP (linkerd2-proxy linkerd/app/src/env.rs and
// linkerd/app/inbound/src/policy.rs, ServerPolicy::from).
func (l *Layer) bootShape(s mesh.Party, port uint16, shape gateShape) gateShape {
	shape.boot, shape.probes = true, ""
	shape.name, shape.step = l.enforcedByDefault(s.Pod)
	shape.opaque = shape.name == policyDeny || l.opaqueAtStart(s.Pod).has(port)
	shape.explain = true
	shape.step.Rule, shape.step.Detail = ruleDefaultPolicy, shape.name+": the policy controller does not know the pod, which has no label "+labelControlPlane
	return shape
}

// opaqueAtStart are the ports that the proxy's environment calls opaque; where that cannot be seen, those of
// the annotation from which the injector makes it.
func (l *Layer) opaqueAtStart(p *mesh.Pod) portSet {
	if px, ok := proxyOf(p); ok && !silent(px.container) {
		text, _ := px.env(envOpaque)
		ports, _ := parsePortSet(text)
		return ports
	}
	return l.config(p).opaque
}
