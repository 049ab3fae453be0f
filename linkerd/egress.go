package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// egress is what the policy controller knows of outbound traffic that leaves the cluster.
type egress struct{}

func (c *compiler) egress(l *Layer) *egress { return &egress{} }

// Exits lists the EgressNetworks and the Services of other clusters.
func (l *Layer) Exits() []mesh.Exit { return nil }

// Depart says what becomes of connections from a client to an exit.
func (l *Layer) Depart(client mesh.Party, e mesh.Exit) mesh.Departure { return mesh.Departure{} }

// Outlet says whether connections to unknown destinations get out.
func (l *Layer) Outlet(client mesh.Party) (mesh.Outlet, bool) {
	return mesh.Outlet{Passes: truth.Unknown}, false
}

// AuthorizeEgress judges a request to an address.
func (l *Layer) AuthorizeEgress(client mesh.Party, r mesh.EgressRequest) []mesh.Point { return nil }
