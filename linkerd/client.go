package linkerd

import (
	"sync"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
)

// clientSide is what the destination controller tells proxies, and what they make of it.
type clientSide struct {
	opaque   opaqueServers
	oldWire  []mesh.Gap // where the release is not known: that older ones send to another port
	links    []*link
	mirrors  map[*mesh.Service]*Mirror // the Services that stand for others
	ports    memo.Map[*mesh.Pod, proxyPorts]
	outbound map[*mesh.Service]*outbound // what routes and ServiceProfiles say of Services
	diverted memo.Map[outboundKey, mesh.Set]
	crowd    func() []clientClass // all workloads as clients, worked out when first asked for
}

func (c *compiler) clientSide(l *Layer) *clientSide {
	l.clients = &clientSide{
		opaque:  c.opaqueServers(l.settings),
		oldWire: l.settings.wireGap(),
		crowd:   sync.OnceValue(func() []clientClass { return newCrowd(l) }),
		links:   c.links(),
	}
	l.clients.mirrors = c.findMirrors(l)
	l.clients.outbound = c.outbounds(l)
	return l.clients
}
