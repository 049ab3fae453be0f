package linkerd

import (
	"cmp"
	"net/netip"
	"strings"
)

// seen are the EgressNetworks that count for clients of a namespace: its own where it has any, whether or
// not they have the address, else those of the global namespace
// (policy-controller/k8s/index/src/outbound/index/egress_network.rs resolve_egress_network).
func (e *egress) seen(namespace string) []*egressNetwork {
	if own := e.networks[namespace]; len(own) > 0 {
		return own
	}
	return e.networks[e.global]
}

// resolve is the EgressNetwork that judges traffic from a namespace to an address; nil for none.
func (e *egress) resolve(namespace string, a netip.Addr) *egressNetwork {
	a = a.Unmap()
	var best *egressNetwork
	var size uint64
	for _, n := range e.seen(namespace) {
		s, ok := n.match(a)
		if ok && (best == nil || cmp.Or(cmp.Compare(s, size), compareEgress(n, best)) < 0) {
			best, size = n, s
		}
	}
	return best
}

// match is the size of the most specific block that has the address.
func (n *egressNetwork) match(a netip.Addr) (uint64, bool) {
	var size uint64
	found := false
	for _, b := range n.blocks {
		if b.has(a) && (!found || b.size < size) {
			size, found = b.size, true
		}
	}
	return size, found
}

// compareEgress orders networks that match equally: the older first, then by namespace and name
// (egress_network.rs compare_matched_egress_network). One that was never stored would be the youngest; that
// Rust orders None before all times is of no account, because what is stored has a time.
func compareEgress(a, b *egressNetwork) int {
	return cmp.Or(
		cmp.Compare(ageless(a.resource), ageless(b.resource)),
		a.meta.CreationTimestamp.Compare(b.meta.CreationTimestamp),
		strings.Compare(a.obj.Ref.Namespace, b.obj.Ref.Namespace),
		strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name),
	)
}
