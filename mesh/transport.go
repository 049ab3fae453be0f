package mesh

import (
	"net/netip"

	"github.com/meshposture/meshposture/truth"
)

// Way is how a client addresses a port of a workload: by a port of a Service, or by the address of
// the pod itself when Service is nil.
type Way struct {
	Service *Service
	Port    uint16 // of the Service; 0 when Service is nil
}

// Party is one end of a connection.
type Party struct {
	Pod       *Pod      // nil for a client that is no workload of the input
	Enrolment Enrolment // by the mesh that the pod is enrolled in; the zero Enrolment when Pod is nil
	// Addrs are the addresses of all pods that Pod stands for, each once, in the order of the pods; empty
	// when that of one is not known.
	Addrs []netip.Addr
	// Newcomer is true for a client without a Pod that proves an identity of the server's mesh, in the
	// server's own trust domain, that no policy and no workload names; Enrolment is then zero.
	Newcomer bool
}

// Edge is a connection from one pod to a port of another.
type Edge struct {
	Client, Server Party
	Port           uint16 // of the server's pod
	Protocol       string // "UDP" or "SCTP"; empty means TCP
	Way            Way
}

// TCP reports whether the connection is one of TCP, which is all that a mesh's proxies handle.
func (e Edge) TCP() bool { return e.Protocol == "" || e.Protocol == "TCP" }

// Sending is what leaves the client's side of an edge.
type Sending struct {
	Wire   Wire
	Inside Wire // what travels inside a tunnel: WireTLS or WireTLSMutual; else WireUnknown
	// Proxy is the layer-7 proxy ("namespace/name") that the client's side sends to instead of the
	// server; empty for none. What leaves that proxy for the server is the mesh's own mutual TLS or
	// what its own rules say.
	Proxy string
	// Port is the port of the server's pod that the connection is made to, which is what the network
	// sees; 0 for that of the edge. With Proxy nothing is said of it.
	Port uint16
	// Expects is the identity that the server's end must prove; empty when it need not, may prove one of
	// several, or is not known.
	Expects string
	Why     []Step
	Unknown []Gap
}

// Transport is what becomes of a connection: three facts, each decided on its own.
//
// Mutual TLS is the case in which all three are True by WireMesh or WireTunnel. TLS that the
// application has to terminate is Encrypted, and whether it Connects depends on the application.
type Transport struct {
	Way           Way
	Sends         Wire
	Inside        Wire        // as in Sending
	Proxy         string      // as in Sending
	Port          uint16      // as in Sending
	Expects       string      // as in Sending
	Connects      truth.Value // the bytes arrive at an end that understands them
	Encrypted     truth.Value // on the whole path; meaningful where Connects is not False
	Authenticated truth.Value // each end has proved its mesh identity to the other
	Why           []Step
	Unknown       []Gap
}

// MTLS reports whether the connection is made, and by mutual TLS of the mesh.
func (t Transport) MTLS() truth.Value {
	return truth.All(t.Connects, t.Encrypted, t.Authenticated)
}

// Sender judges what leaves the client's side of an edge, for clients that are enrolled in the mesh.
type Sender interface {
	Send(e Edge) Sending
}

// Receiver judges what becomes of what a client sends, for servers that are enrolled in the mesh.
// in is the layer's own answer about the port. It fills Connects, Encrypted, Authenticated, Why and
// Unknown; the rest is the graph's.
type Receiver interface {
	Receive(e Edge, s Sending, in Inbound) Transport
}
