package linkerd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// network is an address range with holes.
type network struct {
	cidr   netip.Prefix
	except []netip.Prefix
}

// has reports whether a is in the network; addresses of one family are never in networks of the other.
func (n network) has(a netip.Addr) bool {
	return n.cidr.Contains(a) && !slices.ContainsFunc(n.except, func(p netip.Prefix) bool { return p.Contains(a) })
}

// networks is a list of them; an address is in it when it is in one.
type networks []network

func (ns networks) has(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(ns, func(n network) bool { return n.has(a) })
}

// everywhere is every address.
func everywhere() networks {
	return networks{{cidr: netip.MustParsePrefix("0.0.0.0/0")}, {cidr: netip.MustParsePrefix("::/0")}}
}

// all reports whether the networks have every address.
func (ns networks) all() bool {
	whole := func(v4 bool) bool {
		return slices.ContainsFunc(ns, func(n network) bool {
			return n.cidr.Bits() == 0 && len(n.except) == 0 && n.cidr.Addr().Is4() == v4
		})
	}
	return whole(true) && whole(false)
}

// hasAll reports whether all addresses are in the networks: Unknown where some are and some are not, or
// where none is known.
func (ns networks) hasAll(addrs []netip.Addr) truth.Value {
	if ns.all() {
		return truth.True
	}
	in := 0
	for _, a := range addrs {
		if ns.has(a) {
			in++
		}
	}
	switch {
	case len(addrs) == 0 || in != 0 && in != len(addrs):
		return truth.Unknown
	default:
		return truth.Of(in > 0)
	}
}

// parseNet reads a range or a single address (ipnet with the address's full length), without a zone.
func parseNet(text string) (netip.Prefix, bool) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
