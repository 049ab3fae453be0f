package istio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// servicesByAge are the Services of every workload, oldest first.
func servicesByAge(c *mesh.Cluster) map[*mesh.Workload][]*mesh.Service {
	all := slices.SortedStableFunc(c.Services(), func(a, b *mesh.Service) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.Name, b.Name))
	})
	byWorkload := map[*mesh.Workload][]*mesh.Service{}
	for _, s := range all {
		if s.Type == "ExternalName" {
			continue
		}
		for _, w := range s.Workloads() {
			byWorkload[w] = append(byWorkload[w], s)
		}
	}
	return byWorkload
}

// protocolOf is the protocol that the oldest Service sending to a pod's port declares; detected
// when none declares one, or when no Service sends to it.
// pilot/pkg/networking/core/listener_inbound.go getFilterChainsByServicePort.
func (l *Layer) protocolOf(p *mesh.Pod, port uint16) mesh.Protocol {
	for _, s := range l.services[p.Workload] {
		for _, sp := range s.Ports {
			if n, ok := sp.Target(p); ok && n == port && sp.Protocol == "TCP" && kube.Subset(s.Selector, p.Labels) {
				return servicePortProtocol(sp)
			}
		}
	}
	return mesh.ProtocolDetected
}

// servicePortProtocol reads appProtocol, else the prefix of the port's name, else knows a few
// ports whose protocols cannot be detected (pkg/config/kube/conversion.go ConvertProtocol).
func servicePortProtocol(sp mesh.ServicePort) mesh.Protocol {
	name := sp.Name
	if sp.AppProtocol != "" {
		name = sp.AppProtocol
		switch name {
		case "kubernetes.io/h2c", "kubernetes.io/ws":
			return mesh.ProtocolHTTP
		case "kubernetes.io/wss":
			return mesh.ProtocolTCP
		}
	}
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "grpc-web") {
		return mesh.ProtocolHTTP
	}
	prefix, _, _ := strings.Cut(name, "-")
	protocol := parseProtocol(prefix)
	if protocol == mesh.ProtocolDetected && slices.Contains([]uint16{25, 53, 3306, 27017}, sp.Port) {
		return mesh.ProtocolTCP
	}
	return protocol
}

// parseProtocol knows Istio's words for protocols (pkg/config/protocol Parse).
func parseProtocol(word string) mesh.Protocol {
	switch strings.ToLower(word) {
	case "http", "http2", "http_proxy", "grpc", "grpc-web":
		return mesh.ProtocolHTTP
	case "tcp", "tls", "https", "mongo", "redis", "mysql":
		return mesh.ProtocolTCP
	case "udp":
		return mesh.ProtocolUDP
	default:
		return mesh.ProtocolDetected
	}
}
