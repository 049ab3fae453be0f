package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	externalworkload "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	"github.com/meshposture/meshposture/source"
)

// defaultInboundPort is where the proxy of a machine listens that names no port for it
// (controller/api/destination/server.go defaultProxyInboundPort).
const defaultInboundPort = 4143

// proxyPortName is the name of the proxy's port on a machine outside of the cluster.
const proxyPortName = "linkerd-proxy"

// external is a machine outside of the cluster as clients are told of it.
type external struct {
	resource
	identity string
	inbound  uint16  // on which its proxy listens
	opaque   portSet // by its annotation, else the ports that are opaque everywhere
}

// externals reads the ExternalWorkloads.
func (c *compiler) externals(s *settings) map[source.Ref]*external {
	all := map[source.Ref]*external{}
	for o := range c.in.Objects.Objects(kindExternalWorkload) {
		v, r := decode(c, o, func(v *externalworkload.ExternalWorkload) *kube.Meta { return &v.Meta })
		x := &external{resource: r, identity: v.Spec.MeshTLS.Identity, inbound: defaultInboundPort}
		if n, ok := portOf(v.Spec.Ports, proxyPortName); ok {
			x.inbound = n
		}
		text, given := v.Annotations[annotationOpaquePorts]
		if !given {
			text = *s.values.Proxy.OpaquePorts
		}
		x.opaque = lenientPorts(text, func(name string) (uint16, bool) { return portOf(v.Spec.Ports, name) })
		all[o.Ref] = x
	}
	return all
}

// portOf is the first port of that name.
func portOf(ports []externalworkload.PortSpec, name string) (uint16, bool) {
	for _, p := range ports {
		if p.Name == name && name != "" && 0 < p.Port && p.Port <= 65535 {
			return uint16(p.Port), true
		}
	}
	return 0, false
}
