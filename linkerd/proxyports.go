package linkerd

import (
	"net/netip"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// proxyPorts are the ports on which a pod's own proxy listens.
type proxyPorts struct {
	inbound, admin, control uint16
	legible                 bool // whether the pod says so, as the destination controller reads it
}

// own reports whether the port is one on which the proxy itself answers.
func (pp proxyPorts) own(port uint16) bool {
	return pp.legible && (port == pp.inbound || port == pp.admin || port == pp.control)
}

// proxyPorts are the ports of a pod's proxy.
func (l *Layer) proxyPorts(s mesh.Party) proxyPorts {
	return l.clients.ports.Of(s.Pod, func() proxyPorts { return l.readProxyPorts(s) })
}

func (l *Layer) readProxyPorts(s mesh.Party) proxyPorts {
	p, c := s.Pod, proxyContainer(s.Pod)
	switch {
	case l.asksInjector(p) && joined(s.Enrolment), c != nil && silent(c):
		return l.portsByAnnotation(p)
	case c == nil:
		return proxyPorts{}
	}
	inbound, ok1 := listens(c, envInbound)
	admin, ok2 := listens(c, envAdmin)
	control, ok3 := listens(c, envControl)
	return proxyPorts{inbound, admin, control, ok1 && ok2 && ok3 && inbound != 0}
}

// portsByAnnotation are the ports that the injector would set.
func (l *Layer) portsByAnnotation(p *mesh.Pod) proxyPorts {
	cfg, ports := l.config(p), l.settings.values.Proxy.Ports
	inbound := cfg.portOf(annotationInboundPort, ports.Inbound)
	return proxyPorts{inbound, cfg.portOf(annotationAdminPort, ports.Admin), cfg.portOf(annotationControlPort, ports.Control), inbound != 0}
}

// silent reports whether nothing of the proxy's environment is in the input. No proxy starts without it,
// so that what is there is not the whole container.
func silent(c *kube.Container) bool {
	for _, e := range c.Env {
		if strings.HasPrefix(e.Name, envPrefix) {
			return false
		}
	}
	return true
}

// listens is the port of an address in the proxy's environment; of several values the last counts.
func listens(c *kube.Container, name string) (port uint16, ok bool) {
	for _, e := range c.Env {
		if e.Name != name {
			continue
		}
		a, err := netip.ParseAddrPort(e.Value)
		if err != nil {
			return 0, false
		}
		port, ok = a.Port(), true
	}
	return port, ok
}
