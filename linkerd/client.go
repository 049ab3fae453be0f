package linkerd

import "github.com/meshposture/meshposture/mesh"

// clientSide is what the destination controller tells proxies.
type clientSide struct{}

func (c *compiler) clientSide(l *Layer) *clientSide { return &clientSide{} }

// Send says what leaves the client's proxy.
func (l *Layer) Send(e mesh.Edge) mesh.Sending { return mesh.Sending{} }

// Receive says what becomes of what a client sends.
func (l *Layer) Receive(e mesh.Edge, s mesh.Sending, in mesh.Inbound) mesh.Transport {
	return mesh.Transport{}
}

// Connections groups workloads by what becomes of their connections to a target.
func (l *Layer) Connections(t mesh.Target) []mesh.ConnectionGroup { return nil }
