package linkerd

import (
	"net/netip"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// cidr is a network as policies write it.
type cidr struct {
	text   string
	except []string
}

// networksOf reads the networks of a policy. What is no network is reported and leaves a gap: the policy
// controller cannot read the object then.
func (c *compiler) networksOf(o source.Object, field string, list []cidr) (networks, []mesh.Gap) {
	var all networks
	var gaps []mesh.Gap
	for i, n := range list {
		at := source.Index(field, i)
		bad := func(where, text string) {
			gaps = append(gaps, c.report(source.ProblemBadValue, o, where, strconv.Quote(text)+" is no network"))
		}
		p, ok := parseNet(n.text)
		if !ok {
			bad(at+".cidr", n.text)
			continue
		}
		one := network{cidr: p}
		for j, text := range n.except {
			hole, ok := parseNet(text)
			if !ok {
				bad(source.Index(at+".except", j), text)
				continue
			}
			one.except = append(one.except, hole)
		}
		all = append(all, one)
	}
	return all, gaps
}

// beyondPod reports whether an address is in the networks that another pod can have, as far as single holes
// tell: nothing else than the pod itself connects to it from a loopback address.
func (ns networks) beyondPod() bool {
	for _, n := range ns {
		if !n.filled() && !n.looped() {
			return true
		}
	}
	return false
}

// looped reports whether all addresses of the network are loopback ones.
func (n network) looped() bool {
	return n.cidr.Addr().IsLoopback() && n.cidr.Bits() >= map[bool]int{true: 8, false: 128}[n.cidr.Addr().Is4()]
}

// filled reports whether one hole takes the whole network out.
func (n network) filled() bool {
	for _, hole := range n.except {
		if hole.Bits() <= n.cidr.Bits() && hole.Contains(n.cidr.Addr()) {
			return true
		}
	}
	return false
}

// loopback are the addresses from which proxies take everything: 127.0.0.1 and ::1 alone (linkerd2-proxy
// linkerd/proxy/server-policy/src/lib.rs, localhost).
func loopback() networks {
	v4, v6 := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	return networks{{cidr: netip.PrefixFrom(v4, v4.BitLen())}, {cidr: netip.PrefixFrom(v6, v6.BitLen())}}
}

// texts are the networks as policies write them, without their holes.
func (ns networks) texts() []string {
	var all []string
	for _, n := range ns {
		text := n.cidr.String()
		for _, hole := range n.except {
			text += " without " + hole.String()
		}
		all = append(all, text)
	}
	return all
}
