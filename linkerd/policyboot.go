package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
)

const labelControlPlane = "linkerd.io/control-plane-ns"

// bootsOnly reports whether the policy controller does not know the pod, so that its proxy goes by the policy
// with which it was started: it watches only pods with the label (policy-controller/runtime/src/args.rs), and
// proxies that are told "not found" keep what they have (linkerd2-proxy
// linkerd/app/inbound/src/policy/store.rs spawn_with_init, api.rs GrpcRecover).
func (l *Layer) bootsOnly(s mesh.Party) bool {
	_, labelled := s.Pod.Labels[labelControlPlane]
	return !labelled && !s.Pod.Machine && !s.Pod.IsTemplate()
}

// bootShape is the gate of such a pod: nothing but the default policy of the proxy's environment.
func (l *Layer) bootShape(s mesh.Party, port uint16, shape gateShape) gateShape {
	shape.boot, shape.probes = true, ""
	shape.step = mesh.Step{Rule: ruleBootPolicy, Object: s.Pod.Object(), Loc: s.Pod.At("metadata.labels")}
	if c := proxyContainer(s.Pod); c != nil {
		for _, e := range c.Env {
			if e.Name == envPrefix+"INBOUND_DEFAULT_POLICY" {
				shape.name, shape.explain = e.Value, true
			}
		}
	}
	cfg := l.config(s.Pod)
	if shape.opaque = cfg.opaque.has(port); cfg.requireIdentity.has(port) {
		shape.name = withIdentity(shape.name)
	}
	shape.step.Detail = shape.name + ": the pod has no label " + labelControlPlane + ", so that the policy controller does not know it and the proxy goes by its environment"
	return shape
}
