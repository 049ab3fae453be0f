package linkerd

import "github.com/meshposture/meshposture/mesh"

// bootShape is the gate of a pod that the policy controller does not know: the default policy of the proxy's
// own environment, without what the controller adds for probes and for the pod itself.
func (l *Layer) bootShape(s mesh.Party, port uint16, shape gateShape) gateShape {
	cfg := l.config(s.Pod)
	shape.boot, shape.probes = true, ""
	shape.name, shape.step = l.enforcedByDefault(s.Pod)
	if shape.opaque = cfg.opaque.has(port); cfg.requireIdentity.has(port) {
		shape.name = withIdentity(shape.name)
	}
	shape.explain = true
	shape.step.Rule, shape.step.Detail = ruleDefaultPolicy, shape.name+": the policy controller does not know the pod, which has no label "+labelControlPlane
	return shape
}
