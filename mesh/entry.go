package mesh

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// EntryKind is what lets traffic into the cluster.
type EntryKind uint8

// The zero EntryKind is unknown.
const (
	EntryUnknown      EntryKind = iota
	EntryGateway                // a listener of a gateway
	EntryIngress                // an Ingress
	EntryLoadBalancer           // a load balancer of a Service
	EntryNodePort               // a port of a Service on every node
	EntryExternalIP             // an external address of a Service
	EntryHostPort               // a port of a container on its node
	EntryHostNetwork            // a port of a pod that shares its node's network
)

var entryNames = [...]string{
	"unknown", "gateway", "ingress", "load-balancer", "node-port", "external-ip", "host-port", "host-network",
}

// String returns the word of k, such as "node-port".
func (k EntryKind) String() string {
	if int(k) < len(entryNames) {
		return entryNames[k]
	}
	return fmt.Sprintf("EntryKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k EntryKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// EdgeTLS is what becomes of TLS at an entry.
type EdgeTLS uint8

// The zero EdgeTLS is unknown, never "terminated".
const (
	EdgeUnknown     EdgeTLS = iota
	EdgePlaintext           // requests are taken in the clear
	EdgeOpaque              // bytes are handed on as they come: in the clear, or TLS that the backend ends
	EdgePassthrough         // only TLS is taken, and handed on by its server name for the backend to end
	EdgeTerminated          // TLS ends at the entry, with a certificate that is not the mesh's
	EdgeMeshMutual          // mutual TLS with the mesh's certificates ends at the entry
	EdgeMeshThrough         // mutual TLS with the mesh's certificates is handed on for the backend to end
)

var edgeNames = [...]string{
	"unknown", "plaintext", "opaque", "passthrough", "terminated", "mesh-mutual", "mesh-passthrough",
}

// String returns the word of t, such as "terminated".
func (t EdgeTLS) String() string {
	if int(t) < len(edgeNames) {
		return edgeNames[t]
	}
	return fmt.Sprintf("EdgeTLS(%d)", uint8(t))
}

// MarshalText writes String's word.
func (t EdgeTLS) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Entry is a place at which traffic enters the cluster from outside: a listener of a gateway, an
// Ingress, or a port of pods that needs neither. An entry is not less one for being refused: Served
// says what becomes of it.
type Entry struct {
	Mesh     string // the adapter that answers for it; empty for plain Kubernetes and for other controllers
	Kind     EntryKind
	Object   source.Ref // that declares it
	Loc      source.Loc // the listener, server or port in Object
	Listener string     // its name; empty when it has none
	Port     uint16     // that Object names; 0 when it names none
	Protocol string     // as Object spells it, such as "HTTPS"; empty when it does not say
	Hosts    []string   // names that are taken, such as "*.example.com"; empty means all
	// Proxies are the workloads that run it, ordered by ID. Empty for an entry that leads straight to
	// its Backends, and where the proxies are not in the input, which Unknown then says.
	Proxies []*Workload
	// Exposed lists how the entry is reached from outside the cluster, in a fixed order; empty when
	// nothing in the input leads to it from there.
	Exposed []Exposure
	// Served is whether connections are taken: False when nothing answers, as for a listener that
	// is refused, or whose proxies do not exist.
	Served truth.Value
	TLS    EdgeTLS
	// ClientCertificate is whether a valid certificate of the client is demanded: False when it is
	// only asked for. Unknown where TLS does not end at the entry.
	ClientCertificate truth.Value
	RedirectsToTLS    truth.Value // every plaintext request is answered with a redirect to https
	Backends          []Backend   // in the order in which they are declared
	Why               []Step
	Unknown           []Gap
}

// Exposure is a way from outside the cluster to a port of pods.
type Exposure struct {
	Kind   EntryKind // EntryLoadBalancer, EntryNodePort, EntryExternalIP, EntryHostPort or EntryHostNetwork
	Object source.Ref
	Loc    source.Loc
	Port   uint16 // that clients address; 0 for one that the cluster has yet to choose
	// Addresses are those that the object names; empty means those that the cluster gives.
	Addresses []string
	// Sources are the address ranges to which a load balancer is kept; empty means everybody.
	Sources []string
	// Local is true when nodes hand connections to their own pods only, which keeps the client's
	// address (externalTrafficPolicy Local).
	Local bool
}

// Backend is where an entry sends traffic.
type Backend struct {
	Route    source.Ref // the object that says so; the entry's own when there is no other
	Loc      source.Loc // the reference in it
	Target   source.Ref // the object that Route names, in the input or not; zero for a host or for pods themselves
	Hosts    []string   // names of requests or connections that go there; empty means all of the entry's
	Match    string     // what else must hold, such as "path prefix /api"; empty for nothing
	Mirror   bool       // gets a copy of requests whose answer nobody waits for
	Weight   int        // its share among the backends of one rule; 0 where there is only one
	Service  *Service   // nil when the backend is no Service of the input
	Port     uint16     // of the Service or host, or of the pods themselves; 0 when it is not said
	External string     // the host outside the cluster, or that the input does not know; empty for a Service or pods
	Subset   string     // the part of the Service's pods that the mesh's rules name; empty for all
	// Workloads are behind the Service's port, ordered by ID, whether or not a Subset leaves them out.
	Workloads []*Workload
	Unknown   []Gap // why it is not known, or will not work
}

// EntryLister lists the entries that a layer answers for.
type EntryLister interface {
	// Entries returns them in a fixed order.
	Entries() []Entry
	// Serves reports whether the layer answers for an Ingress, a Gateway or a ListenerSet: then what
	// plain Kubernetes would say of it is left out, whether or not Entries has something in its place.
	Serves(object source.Ref) bool
}

// Entries returns the places at which traffic enters the cluster: those that the adapters answer for,
// the Ingresses and Gateways that none does, and the ports of pods that are exposed without any of
// them. They are ordered by object and port.
func (g *Graph) Entries() []Entry {
	all := slices.Clone(g.exposed())
	var listers []EntryLister
	for _, e := range answering[EntryLister](g.layers) {
		listers = append(listers, e)
		all = append(all, e.Entries()...)
	}
	for _, e := range g.routed() {
		if !slices.ContainsFunc(listers, func(l EntryLister) bool { return l.Serves(e.Object) }) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, Entry.Compare)
	return all
}

// Compare orders entries by object, port, listener and mesh.
func (e Entry) Compare(f Entry) int {
	return cmp.Or(
		e.Object.Compare(f.Object), cmp.Compare(e.Port, f.Port),
		strings.Compare(e.Listener, f.Listener), strings.Compare(e.Mesh, f.Mesh),
	)
}

// Workloads returns the workloads behind an entry's backends, ordered by ID.
func (e Entry) Workloads() []*Workload {
	seen := map[*Workload]bool{}
	var all []*Workload
	for _, b := range e.Backends {
		for _, w := range b.Workloads {
			if !seen[w] {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Workload) int { return a.id.Compare(b.id) })
	return all
}

// The rules of plain Kubernetes about what is reached from outside.
const (
	RuleServiceType = "mesh/service-type"  // a Service is reached from outside by its type
	RuleExternalIP  = "mesh/external-ip"   // a Service has external addresses
	RuleHostPort    = "mesh/host-port"     // a container has a port on its node
	RuleHostNetwork = "mesh/host-network"  // a pod shares its node's network
	RuleIngress     = "mesh/ingress"       // an Ingress takes requests
	RuleListener    = "mesh/listener"      // a listener of a Gateway takes connections
	RuleAttached    = "mesh/route"         // a route is attached to a listener
	RuleNotAttached = "mesh/route-refused" // a route asks for a listener that does not take it
)
