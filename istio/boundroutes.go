package istio

import (
	"slices"
	"strings"
)

// boundRoutes are the VirtualServices that are bound to a Gateway and seen from one namespace, in the
// order in which they count, with an index for servers that list their names one by one: a Gateway with
// a server for each of thousands of hosts has as many VirtualServices.
type boundRoutes struct {
	all    []*virtualService
	byHost hostTable[[]int] // indexes into all, by the VirtualServices' hosts
}

// bound returns the VirtualServices of a Gateway as the proxies of a namespace see them.
func (b *boundaryCompiler) bound(gateway, namespace string) *boundRoutes {
	key := [2]string{gateway, namespace}
	if r := b.routes[key]; r != nil {
		return r
	}
	r := &boundRoutes{all: b.services.forGateway(gateway, namespace)}
	for i, v := range r.all {
		for _, h := range v.hosts {
			r.byHost.put(h, append(r.byHost.at(h), i))
		}
	}
	b.routes[key] = r
	return r
}

// forServer are those that may share a host with the server: all of them when it takes a wildcard.
func (r *boundRoutes) forServer(s *edgeServer) []*virtualService {
	if slices.ContainsFunc(s.hosts, func(h serverHost) bool { return strings.HasPrefix(h.name, "*") }) {
		return r.all
	}
	var found []int
	for _, h := range s.hosts {
		r.byHost.all(h.name, func(list []int) { found = append(found, list...) })
	}
	slices.Sort(found)
	var list []*virtualService
	for _, i := range slices.Compact(found) {
		list = append(list, r.all[i])
	}
	return list
}
