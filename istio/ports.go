package istio

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// NamedPorts lists the ports for which the configuration has a word of its own: port-level modes
// of the PeerAuthentications that select the pod, inbound listeners of its Sidecar resource, and
// the annotations that include ports in redirection or exclude them.
func (l *Layer) NamedPorts(p *mesh.Pod) []uint16 {
	var named []uint16
	for _, pa := range l.policies.byNamespace[p.Namespace.Name] {
		if pa.selectsAll() || !pa.matches(p) {
			continue
		}
		for _, port := range sortedPorts(pa.spec) {
			if 0 < port && port <= 65535 {
				named = append(named, uint16(port))
			}
		}
	}
	_, listeners := l.sidecars.ingress(l.rootOf(l.named(revisionOf(p))), p)
	for port := range listeners {
		named = append(named, port)
	}
	for _, list := range []string{p.Annotations[annotationIncludeIn], p.Annotations[annotationExcludeIn]} {
		for _, port := range parsePorts(list).numbers {
			if !slices.Contains(ownPorts(p), port) {
				named = append(named, port)
			}
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}
