package mesh

import (
	"fmt"
	"net/netip"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Request is one request, or one connection, to a port of a workload.
type Request struct {
	From Client
	To   *Workload // must not be nil
	Port uint16    // of To's pods
	// Protocol is "UDP" or "SCTP" for what is no TCP; empty means TCP.
	Protocol string
	Way      *Way  // how the client addresses it; nil means the first of Graph.Ways, or the pod itself for what is no TCP
	HTTP     *HTTP // nil when what is sent is not HTTP
}

// Client is who sends a request. Either Workload is given, and what its side does follows from the
// graph; or the other fields say what arrives, and whatever they leave zero is not there.
type Client struct {
	Workload *Workload
	// Wire is what arrives. WireUnknown means: what Workload sends; without one, the mesh's mutual TLS
	// as the server takes it when Identity is given, else WirePlaintext.
	Wire Wire
	// Identity is the name in the client's certificate as its mesh writes it, "spiffe://cluster.local/ns/a/sa/b"
	// or "b.a.serviceaccount.identity.linkerd.cluster.local"; empty means Workload's, else none.
	Identity string
	Addr     netip.Addr // the peer's address as the server's proxy sees it; the zero Addr is not known
	// Origin is the address of the client behind trusted proxies (X-Forwarded-For and the like); the
	// zero Addr means Addr.
	Origin netip.Addr
	SNI    string // the server name of the TLS handshake; empty for none
	// ByProxy says that a client which is no Workload sends to the layer-7 proxy that the Service is
	// bound to, as the mesh's clients do where they know of such proxies.
	ByProxy bool
}

// HTTP is what is known of an HTTP or gRPC request.
type HTTP struct {
	Method string
	Path   string // with the query, as sent
	Host   string // the whole authority, with the port when one is sent
	Header map[string][]string
	Token  map[string]any // the claims of a valid bearer token, as JSON gives them; nil when none is sent
	// BadToken is true when a token is sent that does not verify or that nobody trusted has issued.
	BadToken bool
}

// Verdict is whether a request gets through to the application.
type Verdict struct {
	// Allowed is the conjunction of Transport.Connects and of all Points; Unknown is undecided.
	Allowed   truth.Value
	Transport Transport
	Points    []Point // where it was judged, in the order of the path; empty when nobody judges it
	Unknown   []Gap   // what left the verdict open beside that of Transport and Points
}

// Decisive is the point that refused the request, else the first that is undecided, else the last;
// false when there is none.
func (v Verdict) Decisive() (Point, bool) {
	for _, want := range []truth.Value{truth.False, truth.Unknown} {
		for _, p := range v.Points {
			if p.Allowed == want {
				return p, true
			}
		}
	}
	if len(v.Points) == 0 {
		return Point{}, false
	}
	return v.Points[len(v.Points)-1], true
}

// PointKind is where on the path a request is judged.
type PointKind uint8

// The zero PointKind is unknown.
const (
	PointUnknown  PointKind = iota
	PointClient             // on the client's side: its own proxy, or an egress policy
	PointGateway            // at an edge gateway of the mesh
	PointWaypoint           // at a layer-7 proxy between client and server
	PointServer             // at the proxy beside the server
	PointNode               // at the server's node, beneath or beside the mesh
)

var pointNames = [...]string{"unknown", "client", "gateway", "waypoint", "server", "node"}

// String returns the word of k, such as "waypoint".
func (k PointKind) String() string {
	if int(k) < len(pointNames) {
		return pointNames[k]
	}
	return fmt.Sprintf("PointKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k PointKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Point is one place at which a request is judged.
type Point struct {
	Mesh     string
	Kind     PointKind
	Proxy    string // "namespace/name" of the object that declares the proxy, at a waypoint or gateway; else empty
	Identity string // of the client, as this point sees it; empty when it sees none
	Allowed  truth.Value
	By       Rule // the policy and rule that decided; zero when none did
	// Matched are rules that match as well and do not decide: further grants, audits, and policies in a
	// trial run.
	Matched []Rule
	Asks    []string // external authorizers that are asked as well, by name
	// Status is the HTTP status of the answer to a request that the point refuses; 0 when it refuses the
	// connection, lets the request pass, or the status is not known.
	Status  int
	Limits  []Limit // rates beyond which a request that the point lets pass is refused; nil for none
	Why     []Step
	Unknown []Gap
}

// Rule names a rule of a policy.
type Rule struct {
	Policy source.Ref // zero for no policy
	Index  int        // of the rule in its policy, from 0; -1 when the policy as a whole decides
	Loc    source.Loc // its place
}

// Authorizer judges requests at the points that belong to the layer. It is asked for clients and
// servers of any mesh, for connections of any protocol, and returns no points where it has no say. t is what becomes of the connection;
// r is complete: its From.Wire is what arrives, and From.Identity what is known of the client by it.
type Authorizer interface {
	Authorize(e Edge, t Transport, r Request) []Point
}
