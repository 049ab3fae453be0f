package linkerd

import (
	"net/netip"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// overIPv6Sends is what a client sends to addresses of IPv6 that its redirection leaves out; false where it does
// not matter. Addresses that are not known are taken for ones of IPv4, which is all that Linkerd handles
// unless it is told otherwise.
func (l *Layer) overIPv6Sends(c sender, d *destination) (mesh.Sending, bool) {
	six := 0
	for _, a := range d.addrs {
		if a.Is6() && !a.Is4In6() {
			six++
		}
	}
	if six == 0 {
		return mesh.Sending{}, false
	}
	step, around := l.ipv6Step(c.Pod)
	if c.many && step.Object == c.Pod.Object() {
		step.Object, step.Loc = source.Ref{}, source.Loc{}
	}
	switch {
	case around == truth.False:
		return mesh.Sending{}, false
	case around == truth.True && six == len(d.addrs):
		return plainly(step), true
	default:
		g := c.gap("over IPv6, connections of the client may go around its proxy: which address it connects to decides")
		return mesh.Sending{Why: []mesh.Step{step}, Unknown: []mesh.Gap{g}}, true
	}
}

// dialledAddrs are the addresses that clients connect to; empty where they are not known.
func dialledAddrs(t mesh.Target) []netip.Addr {
	if s := t.Way.Service; s != nil && !s.Headless {
		return s.ClusterIPs
	}
	return t.Server.Addrs
}
