package linkerd

import (
	"net/netip"

	"github.com/meshposture/meshposture/mesh"
)

// podConfig is how the proxy of one pod is configured: by the pod's own annotations where it runs, by those
// that the injector would give it where it is a template.
type podConfig struct {
	annotations map[string]string // all that count
	loc         func(key string) mesh.Step

	skipInbound     portSet // connections to these ports go around the proxy
	skipOutbound    portSet // connections from the pod to these ports do
	skipSubnets     []netip.Prefix
	opaque          portSet // no protocol is detected on them
	requireIdentity portSet
	defaultPolicy   string // for ports without a Server; always a valid one
	ingress         bool   // the proxy routes by the request's authority
}

// config is how the proxy of a pod is configured.
func (l *Layer) config(p *mesh.Pod) *podConfig {
	return l.configs.Of(p, func() *podConfig { return l.readConfig(p) })
}
