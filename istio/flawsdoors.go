package istio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// door is a port that a site's policies judge, with the number by which they know it.
type door struct {
	port      uint16
	served    bool // a Service sends to it, or a container of the application declares it
	protocol  mesh.Protocol
	captured  truth.Value
	plaintext truth.Value // it takes connections without an identity
	gaps      []mesh.Gap
}

// http reports whether requests are looked into there, if only where they are HTTP.
func (d door) http() bool {
	return d.protocol == mesh.ProtocolHTTP || d.protocol == mesh.ProtocolDetected
}

// doors are the ports that containers declare, that Services send to or that configuration names. Those
// of a waypoint are the ports of its Service; of a gateway, whose own listeners decide, none is known.
func (s *site) doors() []door {
	if s.opened {
		return s.inner
	}
	s.opened = true
	switch s.kind {
	case siteSidecar, siteZtunnel:
		for _, p := range s.workloads[0].Ports() {
			if p.Protocol != "TCP" {
				continue
			}
			in := s.finder.Inbound(s.party.Pod, s.party.Enrolment, p.Number)
			s.inner = append(s.inner, door{p.Number, p.Service || ownPort(s.party.Pod, p.Number), in.Protocol, in.Captured, in.Enforced.AcceptsPlaintext(), in.Unknown})
		}
	case siteWaypoint:
		for _, sp := range s.proxied.service.Ports {
			if sp.Protocol == "TCP" {
				s.inner = append(s.inner, door{sp.Port, true, servicePortProtocol(sp), truth.True, truth.False, nil})
			}
		}
	default:
	}
	return s.inner
}

// ownPort reports whether a container beside the proxy declares a port.
func ownPort(p *mesh.Pod, port uint16) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c kube.Container) bool {
		return c.Name != proxyContainer && slices.ContainsFunc(c.Ports, func(cp kube.ContainerPort) bool { return cp.ContainerPort == port })
	})
}

// atDoors are ports at sites, for a sentence.
type atDoors struct {
	sites []*site
	ports []uint16
}

func (a *atDoors) add(s *site, port uint16) {
	if n := len(a.sites); n == 0 || a.sites[n-1] != s {
		a.sites = append(a.sites, s)
	}
	if !slices.Contains(a.ports, port) {
		a.ports = append(a.ports, port)
	}
}

// String names a few of the ports: "port 80", "ports 80, 443 and 2 more".
func (a *atDoors) String() string {
	const few = 3
	slices.Sort(a.ports)
	var words []string
	for _, p := range a.ports[:min(few, len(a.ports))] {
		words = append(words, strconv.Itoa(int(p)))
	}
	text := "port " + words[0]
	if len(words) > 1 {
		text = "ports " + strings.Join(words, ", ")
	}
	if more := len(a.ports) - few; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}
