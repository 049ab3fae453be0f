package kube

import "cmp"

// Account is the name of the pod's ServiceAccount: "default" when the pod names none.
func (s *PodSpec) Account() string {
	return cmp.Or(s.ServiceAccountName, s.DeprecatedAccount, "default")
}

// Port finds the container port of that name and protocol (TCP when empty), in the order of the
// containers and then of the restartable init containers, as Kubernetes resolves a Service's
// targetPort (k8s.io/kubernetes/pkg/api/v1/pod FindPort).
func (s *PodSpec) Port(name, protocol string) (uint16, bool) {
	find := func(c *Container) (uint16, bool) {
		for _, p := range c.Ports {
			if p.Name == name && cmp.Or(p.Protocol, "TCP") == cmp.Or(protocol, "TCP") {
				return p.ContainerPort, true
			}
		}
		return 0, false
	}
	for i := range s.Containers {
		if n, ok := find(&s.Containers[i]); ok {
			return n, true
		}
	}
	for i := range s.InitContainers {
		if !s.InitContainers[i].IsNativeSidecar() {
			continue
		}
		if n, ok := find(&s.InitContainers[i]); ok {
			return n, true
		}
	}
	return 0, false
}

// IsNativeSidecar reports whether an init container keeps running beside the main containers
// (restartPolicy Always).
func (c *Container) IsNativeSidecar() bool { return c.RestartPolicy == "Always" }
