package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var kindsClientSide = []source.Kind{
	{Group: "networking.istio.io", Kind: "DestinationRule"},
	{Group: "networking.istio.io", Kind: "ServiceEntry"},
}

// clientSide is what steers the clients' proxies.
type clientSide struct{}

func (c *compiler) clientSide(*Layer) *clientSide { return &clientSide{} }

// Send says what leaves the client's side.
func (l *Layer) Send(mesh.Edge) mesh.Sending { return mesh.Sending{} }

// Receive says what becomes of what a client sends.
func (l *Layer) Receive(mesh.Edge, mesh.Sending, mesh.Inbound) mesh.Transport {
	return mesh.Transport{}
}

// sendGroup is a set of clients whose side sends the same to a target.
type sendGroup struct {
	clients   mesh.Set
	sending   mesh.Sending
	transport mesh.Transport
}

// senders groups all workloads of the cluster by what their side sends to a target, and what becomes
// of it. The groups are disjoint and cover every workload.
func (l *Layer) senders(mesh.Target) []sendGroup { return nil }
