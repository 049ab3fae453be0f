package linkerd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// egress is what the policy controller knows of outbound traffic that leaves the cluster.
type egress struct {
	networks map[string][]*egressNetwork // by namespace, ordered by name
	global   string                      // the namespace whose networks count where a client's has none
	byRef    map[source.Ref]*egressNetwork
	services map[netip.Addr]*mesh.Service
	// conditions are those of EgressNetworks and of routes attached to them.
	conditions map[source.Ref][]Condition
	exits      []mesh.Exit
	outlets    memo.Map[string, egressOutlet] // by namespace of the client
}

// firstEgress is the release that has EgressNetworks: linkerd2 7bb867b12 and b0f087c19.
const firstEgress = 17

// egress reads the EgressNetworks and the routes that are attached to them.
func (c *compiler) egress(l *Layer) *egress {
	e := &egress{
		networks: map[string][]*egressNetwork{}, global: l.settings.values.Egress.GlobalEgressNetworkNamespace,
		byRef: map[source.Ref]*egressNetwork{}, services: servicesByAddr(l.cluster), conditions: map[source.Ref][]Condition{},
	}
	for o := range c.in.Objects.Objects(kindEgressNetwork) {
		if n := c.egressNetwork(l.settings, o); n != nil {
			e.networks[o.Ref.Namespace] = append(e.networks[o.Ref.Namespace], n)
			e.byRef[o.Ref] = n
		}
	}
	for _, all := range e.networks {
		slices.SortFunc(all, func(a, b *egressNetwork) int { return strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name) })
	}
	if l.settings.release.since(firstEgress) {
		e.attach(c.egressRoutes())
	}
	e.exits = e.listExits(l.cluster)
	return e
}

// servicesByAddr finds Services by their cluster's addresses; of two that claim one, the first counts.
func servicesByAddr(cluster *mesh.Cluster) map[netip.Addr]*mesh.Service {
	all := map[netip.Addr]*mesh.Service{}
	for s := range cluster.Services() {
		for _, a := range s.ClusterIPs {
			if all[a.Unmap()] == nil {
				all[a.Unmap()] = s
			}
		}
	}
	return all
}
