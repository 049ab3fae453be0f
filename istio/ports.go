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
	if own := l.policies.byNamespace[p.Namespace.Name]; own != nil {
		named = append(named, own.lostPorts...)
		for _, s := range own.selecting(p.Labels) {
			named = append(named, s.ports...)
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
