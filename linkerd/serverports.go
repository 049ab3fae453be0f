package linkerd

import (
	"iter"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// ports are the ports of a pod for which the Server stands: its number, declared or not, or every TCP port
// of that name. late tells which of them the Server has only since the ports of init containers count
// (policy-controller/k8s/index/src/inbound/workload.rs pod_tcp_ports_by_name, since edge-25.6.3).
func (srv *server) ports(p *mesh.Pod, coming []kube.Container) (ports []uint16, late []uint16) {
	if srv.port.Name == "" {
		if n := srv.port.Int; n > 0 && n <= 65535 {
			ports = append(ports, uint16(n))
		}
		return ports, nil
	}
	for list, init := range containers(p, coming) {
		for i := range list {
			for _, n := range portsNamed(&list[i], srv.port.Name) {
				switch {
				case slices.Contains(ports, n) || slices.Contains(late, n):
				case init:
					late = append(late, n)
				default:
					ports = append(ports, n)
				}
			}
		}
	}
	return ports, late
}

// containers yields a pod's containers, and then those that begin it. A template that was not injected yet
// gets those that are coming.
func containers(p *mesh.Pod, coming []kube.Container) iter.Seq2[[]kube.Container, bool] {
	return func(yield func([]kube.Container, bool) bool) {
		if p.IsTemplate() && !p.Machine && proxyContainer(p) == nil && !yield(coming, false) {
			return
		}
		if yield(p.Spec.Containers, false) {
			yield(p.Spec.InitContainers, true)
		}
	}
}

// comingProxy is what is known of the proxy's container before the pod was injected
// (charts/partials/templates/_proxy.tpl).
func (s *settings) comingProxy() []kube.Container {
	ports := s.values.Proxy.Ports
	ask := func(path string) *kube.Probe {
		return &kube.Probe{HTTPGet: &kube.HTTPGet{Path: path, Port: kube.IntOrString{Int: int32(ports.Admin)}}}
	}
	return []kube.Container{{
		Name:          containerProxy,
		Ports:         []kube.ContainerPort{{Name: proxyPortName, ContainerPort: ports.Inbound}, {Name: "linkerd-admin", ContainerPort: ports.Admin}},
		LivenessProbe: ask("/live"), ReadinessProbe: ask("/ready"),
	}}
}

// portsNamed are the TCP ports of a container by that name.
func portsNamed(c *kube.Container, name string) []uint16 {
	var ports []uint16
	for _, cp := range c.Ports {
		if cp.Name == name && cp.Name != "" && cp.ContainerPort != 0 && (cp.Protocol == "" || strings.EqualFold(cp.Protocol, "TCP")) {
			ports = append(ports, cp.ContainerPort)
		}
	}
	return ports
}

// stands reports whether the Server stands for a port of a pod that it selects. unsure is true when that
// depends on the release of Linkerd, which is not known.
func (srv *server) stands(p *mesh.Pod, port uint16, of *policy) (stands, unsure bool) {
	ports, late := srv.ports(p, of.coming)
	if slices.Contains(ports, port) {
		return true, false
	}
	if !slices.Contains(late, port) {
		return false, false
	}
	r := of.settings.release
	return r.sinceEdge(19, edition{25, 6, 3}), r.minor == 0
}

// NamedPorts lists the ports for which a Server of the pod stands.
func (l *Layer) NamedPorts(p *mesh.Pod) []uint16 {
	var all []uint16
	for _, srv := range l.policy.serversOf(p) {
		ports, late := srv.ports(p, l.policy.coming)
		all = append(all, ports...)
		if l.settings.release.sinceEdge(19, edition{25, 6, 3}) {
			all = append(all, late...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if p.IsTemplate() && !p.Machine && proxyContainer(p) == nil && l.Admit(p).Mode == mesh.ModeNone {
		own := l.settings.values.Proxy.Ports
		all = slices.DeleteFunc(all, func(n uint16) bool { return n == own.Inbound || n == own.Admin })
	}
	return all
}
