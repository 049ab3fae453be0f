package plaintext

import (
	"slices"

	"github.com/meshposture/meshposture/check/wording"
)

// Group is the ports of one workload that one setting decided alike. It is never empty.
type Group []Port

// Groups puts the ports of each workload together by setting, mode that is declared and mode that
// is enforced, in the order in which they first appear.
func Groups(ports []Port) []Group {
	var all []Group
	var from int // where the groups of the current workload begin
	for i, p := range ports {
		if i > 0 && p.Workload != ports[i-1].Workload {
			from = len(all)
		}
		k := slices.IndexFunc(all[from:], func(g Group) bool { return alike(g[0], p) })
		if k < 0 {
			all = append(all, Group{p})
			continue
		}
		all[from+k] = append(all[from+k], p)
	}
	return all
}

func alike(a, b Port) bool {
	return a.Setting() == b.Setting() && a.Inbound.Enforced == b.Inbound.Enforced && a.Inbound.Declared == b.Inbound.Declared
}

// Subject names the group. One that holds the ports which nobody declares is the workload's rule
// and named like the workload; others are named by their first port. Within a workload the names
// of all groups differ.
func (g Group) Subject() string {
	if g.whole() {
		return g[0].Workload.ID().String()
	}
	return g[0].Subject()
}

func (g Group) whole() bool {
	return slices.ContainsFunc(g, func(p Port) bool { return p.Number == 0 })
}

// String names the ports and the workload: "port 8443 of Deployment shop/cart", "every port of …",
// "ports 8080, 9090 and undeclared ones of …".
func (g Group) String() string {
	names, declared := g.names()
	var text string
	switch {
	case !g.whole() && len(names) == 1:
		text = "port " + names[0]
	case !g.whole():
		text = "ports " + wording.List(names)
	case len(names) == declared:
		text = "every port"
	case len(names) == 0:
		text = "every undeclared port"
	default:
		text = "ports " + wording.List(names) + " and undeclared ones"
	}
	return text + " of " + wording.Workload(g[0].Workload.ID())
}

// Verb chooses the form of a verb that fits String.
func (g Group) Verb(singular, plural string) string {
	names, declared := g.names()
	if !g.whole() && len(names) > 1 || g.whole() && len(names) > 0 && len(names) < declared {
		return plural
	}
	return singular
}

// names lists the declared ports in the group, and counts all that the workload declares.
func (g Group) names() (names []string, declared int) {
	for _, p := range g {
		if p.Number != 0 {
			names = append(names, p.Name())
		}
	}
	for _, p := range g[0].Workload.Ports() {
		if p.Protocol == "TCP" {
			declared++
		}
	}
	return names, declared
}
