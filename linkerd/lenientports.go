package linkerd

import (
	"strconv"
	"strings"

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
func namedPort(p *mesh.Pod) func(string) (uint16, bool) {
	return func(name string) (uint16, bool) { return lastNamed(p, name) }
}

func lastNamed(p *mesh.Pod, name string) (n uint16, ok bool) {
	if name == "" {
		return 0, false
	}
	for _, c := range p.Spec.InitContainers {
		for _, cp := range c.Ports {
			if cp.Name == name {
				n, ok = cp.ContainerPort, true
			}
		}
	}
	for _, c := range p.Spec.Containers {
		for _, cp := range c.Ports {
			if cp.Name == name {
				n, ok = cp.ContainerPort, true
			}
		}
	}
	return n, ok
}
