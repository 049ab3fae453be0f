package linkerd

import (
	"net/netip"

	"github.com/meshposture/meshposture/kube"
	policyv1alpha1 "github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// egressNetwork is an EgressNetwork.
type egressNetwork struct {
	resource
	blocks []egressBlock
	deny   truth.Value // what becomes of traffic that no route takes; Unknown where the word is none
	// opaque are the ports on which no protocol is detected.
	opaque     portSet
	opaqueLoc  source.Loc // zero where the installation's default counts
	overlap    string     // a network of the cluster that it has a part of; empty for none
	overlapLoc source.Loc
	ports      map[uint16]*egressPort
	// namesakes are routes of a Service of the same name that may count for the EgressNetwork too.
	namesakes []mesh.Gap
}

// egressBlock is one of the networks, with the size that says how specific it is.
type egressBlock struct {
	network
	size uint64
}

// accepted reports whether the policy controller accepts the EgressNetwork. That decides whether routes
// attach to it, and not whether it counts.
func (n *egressNetwork) accepted() bool { return n.overlap == "" }

// egressNetwork reads an EgressNetwork; nil for one that counts for nothing, as all do before 2.17. Without
// networks it is everything outside of the cluster
// (policy-controller/k8s/index/src/outbound/index/egress_network.rs EgressNetwork::from_resource).
func (c *compiler) egressNetwork(s *settings, o source.Object) *egressNetwork {
	v, res := decode(c, o, func(v *policyv1alpha1.EgressNetwork) *kube.Meta { return &v.Meta })
	if res.refused {
		return nil
	}
	res.gaps = res.doubts()
	n := &egressNetwork{resource: res, ports: map[uint16]*egressPort{}}
	switch v.Spec.TrafficPolicy {
	case "Allow":
		n.deny = truth.False
	case "Deny":
		n.deny = truth.True
	default:
		n.gaps = append(n.gaps, c.report(source.ProblemBadValue, o, "spec.trafficPolicy", "trafficPolicy is neither Allow nor Deny"))
	}
	if v.Spec.Networks == nil {
		n.blocks = outsideBlocks(s.networks)
	}
	for i, given := range v.Spec.Networks {
		n.read(c, source.Index("spec.networks", i), given)
	}
	n.readOpaque(s)
	n.findOverlap(s.networks)
	return n
}

func (n *egressNetwork) read(c *compiler, field string, given *policyv1alpha1.Network) {
	if given == nil {
		n.gaps = append(n.gaps, c.report(source.ProblemBadValue, n.obj, field, "a network without a cidr"))
		return
	}
	cidr, ok := parseNet(given.Cidr)
	if !ok {
		n.gaps = append(n.gaps, c.report(source.ProblemBadValue, n.obj, field+".cidr", given.Cidr+" is no network"))
		return
	}
	b := network{cidr: cidr}
	for i, text := range given.Except {
		p, ok := parseNet(text)
		if !ok {
			n.gaps = append(n.gaps, c.report(source.ProblemBadValue, n.obj, source.Index(field+".except", i), text+" is no network"))
			continue
		}
		b.except = append(b.except, p)
	}
	n.blocks = append(n.blocks, newBlock(b))
}

// outsideBlocks is every address that is not in the cluster's networks.
func outsideBlocks(cluster networks) []egressBlock {
	all := everywhere()
	for _, c := range cluster {
		for i := range all {
			if all[i].cidr.Addr().Is4() == c.cidr.Addr().Is4() {
				all[i].except = append(all[i].except, c.cidr)
			}
		}
	}
	blocks := make([]egressBlock, len(all))
	for i, n := range all {
		blocks[i] = newBlock(n)
	}
	return blocks
}

// newBlock works out how specific a network is: by the number of its hosts, less those of its exceptions
// (policy-controller/k8s/api/src/policy/network.rs Network::block_size). Numbers wrap at 64 bits, as they do
// there: exceptions larger than the network make it the least specific of all.
func newBlock(n network) egressBlock {
	size := hosts(n.cidr)
	for _, p := range n.except {
		size -= hosts(p)
	}
	return egressBlock{n, size}
}

// hosts is the number of hosts as the crate ipnet counts them (src/ipext.rs, Iterator::count): without the
// first and the last address of an IPv4 network of four or more, and modulo 2^64 for IPv6. All IPv6
// networks of /64 and wider therefore count as 0, which makes them more specific than any narrower one.
func hosts(p netip.Prefix) uint64 {
	free := p.Addr().BitLen() - p.Bits()
	switch {
	case free >= 64:
		return 0
	case p.Addr().Is4() && free > 1:
		return 1<<free - 2
	default:
		return 1 << free
	}
}

// readOpaque finds the ports on which no protocol is detected: the annotation's, which is taken for empty
// where it is not understood, else the installation's
// (policy-controller/k8s/index/src/outbound/index.rs, IndexNamespacedResource<EgressNetwork>::apply).
func (n *egressNetwork) readOpaque(s *settings) {
	text, given := n.meta.Annotations[annotationOpaquePorts]
	if given {
		n.opaqueLoc = n.at(source.Key("metadata.annotations", annotationOpaquePorts))
	} else if s.values.Proxy.OpaquePorts != nil {
		text = *s.values.Proxy.OpaquePorts
	}
	n.opaque, _ = parsePortSet(text)
}

// findOverlap finds the first of the cluster's networks of which one of the blocks has a part that is not
// excepted by one exception alone (policy-controller/k8s/status/src/index.rs network_condition and
// policy-controller/k8s/api/src/policy/network.rs Network::intersect).
func (n *egressNetwork) findOverlap(cluster networks) {
	for i, b := range n.blocks {
		for _, c := range cluster {
			if b.intersects(c.cidr) {
				n.overlap, n.overlapLoc = c.cidr.String(), n.at(source.Index("spec.networks", i))
				return
			}
		}
	}
}

func (n network) intersects(p netip.Prefix) bool {
	for _, hole := range n.except {
		if covers(hole, p) {
			return false
		}
	}
	return covers(n.cidr, p) || covers(p, n.cidr)
}

// covers reports whether all of q is in p.
func covers(p, q netip.Prefix) bool { return p.Bits() <= q.Bits() && p.Contains(q.Addr()) }

// cidrs are the networks as text, without their exceptions.
func (n *egressNetwork) cidrs() []string {
	all := make([]string, len(n.blocks))
	for i, b := range n.blocks {
		all[i] = b.cidr.String()
	}
	return all
}

// name is "namespace/name".
func (n *egressNetwork) name() string { return n.obj.Ref.Namespace + "/" + n.obj.Ref.Name }
