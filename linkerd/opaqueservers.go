package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	"github.com/meshposture/meshposture/mesh"
)

// opaqueServers are the Servers that declare opaque ports, by what opaqueReach says of their namespaces. They are needed only where the
// port that clients connect to depends on them; else nil.
type opaqueServers map[string][]*serverapi.Server

// opaqueServers reads them.
func (c *compiler) opaqueServers(s *settings) opaqueServers {
	if s.everyPortTagged() {
		return nil
	}
	all := opaqueServers{}
	for o := range c.in.Objects.Objects(kindServer) {
		v, r := decode(c, o, func(v *serverapi.Server) *kube.Meta { return &v.Meta })
		if v.Spec.ProxyProtocol == "opaque" && !r.refused {
			namespace := s.opaqueReach(o.Ref.Namespace)
			all[namespace] = append(all[namespace], v)
		}
	}
	return all
}

// opaqueReach names the pods that such a Server concerns: those of its namespace, or all of them, which are
// the empty name, before edge-26.5.2, when the destination controller asked for the Servers of every
// namespace (controller/api/destination/watcher/endpoints_watcher.go SetToServerProtocol).
func (s *settings) opaqueReach(namespace string) string {
	if s.release.sinceEdge(20, edition{26, 5, 2}) {
		return namespace
	}
	return ""
}

// opaqueByServer reports whether a Server calls the port of a pod, or of a machine, opaque
// (controller/api/destination/watcher/endpoints_watcher.go SetToServerProtocol).
func (l *Layer) opaqueByServer(p *mesh.Pod, port uint16) bool {
	for _, s := range l.clients.opaque[l.settings.opaqueReach(p.Namespace.Name)] {
		selector := s.Spec.PodSelector
		if p.Machine {
			selector = s.Spec.ExternalWorkloadSelector
		}
		if selector == nil || !selector.Matches(p.Labels) {
			continue // here a selector that is missing selects nothing, and others are Kubernetes' own
		}
		if s.Spec.Port.Name == "" && int64(s.Spec.Port.Int) == int64(port) || l.declares(p, s.Spec.Port.Name, port) {
			return true
		}
	}
	return false
}

// declares reports whether a container declares the port, or a port of the node, by that name.
func (l *Layer) declares(p *mesh.Pod, name string, port uint16) bool {
	for c := range l.settings.lookedAt(p) {
		for _, cp := range c.Ports {
			if name != "" && cp.Name == name && (cp.ContainerPort == port || cp.HostPort == port) {
				return true
			}
		}
	}
	return false
}
