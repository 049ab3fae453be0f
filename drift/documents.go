package drift

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
)

// Documents reports whether an exclusion of kind port-bypass or cidr-bypass speaks of all ports and ranges of a
// bypass, in its direction. Whether it is in force, and matches the workload, is asked of the exclusion.
func Documents(e *decision.Exclusion, b mesh.Bypass) bool {
	return !slices.ContainsFunc(items(b), func(item string) bool { return !documents(e, b, item) })
}

// items are the ports or address ranges of a bypass; one that names none takes everything.
func items(b mesh.Bypass) []string {
	if all := slices.Concat(b.Ports, b.CIDRs); len(all) > 0 {
		return all
	}
	return []string{"*"}
}

// documents reports whether the exclusion speaks of one item of a bypass. An item that is neither a
// port nor a range, such as "*", is documented only by an exclusion of all.
func documents(e *decision.Exclusion, b mesh.Bypass, item string) bool {
	var direction decision.Direction // either, where the bypass does not say
	switch b.Direction {
	case mesh.Inwards:
		direction = decision.Inbound
	case mesh.Outwards:
		direction = decision.Outbound
	}
	switch {
	case e.Kind == decision.PortBypass && len(b.CIDRs) == 0:
		return documentsPorts(e, direction, item)
	case e.Kind == decision.CIDRBypass && len(b.CIDRs) > 0:
		return e.Selector.MatchesPort(direction, 0) && holdsRange(e.Selector.CIDRs, item)
	default:
		return false
	}
}

// documentsPorts reads an item as meshes write it: "80", "80-90" or "53/udp". An exclusion speaks of numbers,
// whatever the protocol.
func documentsPorts(e *decision.Exclusion, d decision.Direction, item string) bool {
	number, _, _ := strings.Cut(item, "/")
	first, last, isRange := strings.Cut(number, "-")
	if !isRange {
		last = first
	}
	from, errFrom := strconv.ParseUint(first, 10, 16)
	to, errTo := strconv.ParseUint(last, 10, 16)
	if errFrom != nil || errTo != nil || from == 0 || to < from {
		return e.Selector.MatchesPort(d, 0)
	}
	for port := from; port <= to; port++ {
		if !e.Selector.MatchesPort(d, decision.Port(port)) {
			return false
		}
	}
	return true
}

// holdsRange reports whether one of the ranges holds the whole range that text names; no ranges
// are all.
func holdsRange(ranges []decision.CIDR, text string) bool {
	if len(ranges) == 0 {
		return true
	}
	want, err := netip.ParsePrefix(text)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(ranges, func(r decision.CIDR) bool {
		return r.Bits() <= want.Bits() && r.Contains(want.Addr())
	})
}
