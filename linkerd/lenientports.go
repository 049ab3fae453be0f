package linkerd

import (
	"iter"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// lenientPorts reads a list of ports as the destination controller does: a part that is no port, range or
// name that named knows is left out, and the rest counts (pkg/util/parsing.go). A nil named knows none.
func lenientPorts(text string, named func(string) (uint16, bool)) portSet {
	var s portSet
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if named != nil {
			if n, ok := named(part); ok {
				s = append(s, portRange{n, n})
				continue
			}
		}
		if r, ok := lenientRange(part); ok {
			s = append(s, r)
		}
	}
	return s
}

// lenientRange reads "80" or "80-90" (linkerd2-proxy-init pkg/util ParsePortRange).
func lenientRange(text string) (portRange, bool) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		return portRange{}, false
	}
	to, err := strconv.ParseUint(last, 10, 16)
	if err != nil || to < from {
		return portRange{}, false
	}
	return portRange{uint16(from), uint16(to)}, true
}

// namedPort finds the port that a container of the pod declares by a name; of several the last counts.
func (s *settings) namedPort(p *mesh.Pod) func(string) (uint16, bool) {
	return func(name string) (n uint16, ok bool) {
		for c := range s.lookedAt(p) {
			for _, cp := range c.Ports {
				if cp.Name == name && name != "" {
					n, ok = cp.ContainerPort, true
				}
			}
		}
		return n, ok
	}
}

// lookedAt yields the containers in which the destination controller looks for ports: init containers since
// edge-25.12.2, and before the others (linkerd2 20eeccff8).
func (s *settings) lookedAt(p *mesh.Pod) iter.Seq[*kube.Container] {
	lists := [][]kube.Container{p.Spec.Containers}
	if s.release.sinceEdge(20, edition{25, 12, 2}) {
		lists = [][]kube.Container{p.Spec.InitContainers, p.Spec.Containers}
	}
	return func(yield func(*kube.Container) bool) {
		for _, list := range lists {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}
