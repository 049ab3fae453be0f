package istio

import (
	"net/netip"
	"sync"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

var (
	kindAuthorizationPolicy   = source.Kind{Group: "security.istio.io", Kind: "AuthorizationPolicy"}
	kindRequestAuthentication = source.Kind{Group: "security.istio.io", Kind: "RequestAuthentication"}

	kindsAuthorization = []source.Kind{kindAuthorizationPolicy, kindRequestAuthentication}
)

// authorization are the AuthorizationPolicies and RequestAuthentications, with what was made of them
// for the pods that were asked about.
type authorization struct {
	policies *attachments[*authzPolicy]
	tokens   *attachments[*requestAuth]

	// What is compiled on demand. Each is a function of the objects alone, so that it does not
	// matter who asks first.
	gates   memo.Map[gateKey, *gate]
	bundles memo.Map[bundleKey, *bundle]
	rules   memo.Map[ruleKey, []*rule]

	hosts *hostIndex        // which services external authorizers may be
	names func() *nameIndex // who bears which identity
}

// authorization reads the policies that Istio would accept.
func (c *compiler) authorization(*Layer) *authorization {
	a := &authorization{policies: newAttachments[*authzPolicy](), tokens: newAttachments[*requestAuth]()}
	for o := range c.in.Objects.Objects(kindAuthorizationPolicy) {
		if p, ok := c.authzPolicy(o); ok {
			a.policies.add(p)
		}
	}
	for o := range c.in.Objects.Objects(kindRequestAuthentication) {
		if ra, ok := c.requestAuth(o); ok {
			a.tokens.add(ra)
		}
	}
	a.policies.index()
	a.tokens.index()
	a.hosts = c.hostIndex()
	a.names = sync.OnceValue(func() *nameIndex { return newNameIndex(c.in.Cluster) })
	return a
}

// Authorize judges a request at the points of Istio on its path: the waypoint that the client's side
// sends to, and the proxy beside the server. A connection that is not made is judged nowhere, and a
// port before which no proxy stands has no point.
func (l *Layer) Authorize(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point {
	if !l.guards(e.Server) || !e.TCP() || t.Connects == truth.False {
		return nil
	}
	who := peerOf(t, r.From)
	var points []mesh.Point
	if proxy := t.Proxy; proxy != "" && e.Server.Enrolment.Mode != mesh.ModeWaypoint {
		points = append(points, l.waypointGate(proxy, e.Way, e.Server.Pod, e.Port).judge(who, &r))
		who, r.From.Wire = l.behindWaypoint(proxy, t)
		r.From.Addr, r.From.Origin, r.From.SNI = netip.Addr{}, netip.Addr{}, ""
	}
	if g := l.gateOf(e.Server, e.Port, e.Way); g.stands() {
		points = append(points, g.judge(who, &r))
	}
	return points
}

// guards reports whether Istio has a say about requests to the server: not where another mesh has it.
func (l *Layer) guards(s mesh.Party) bool {
	return s.Pod != nil && (s.Enrolment.Mesh == "" || s.Enrolment.Mesh == Name)
}

// peer is what a proxy knows of who opened the connection.
type peer struct {
	name string     // "spiffe://…"; empty for none, or for one that is not known
	seen peerStatus // whether there is a name
}

type peerStatus uint8

const (
	peerUnknown peerStatus = iota // it is not known whether there is a name
	peerNone                      // there is none
	peerUnnamed                   // there is one, which is not known
	peerNamed
)

// peerOf is what the first proxy on the path sees of a client: nothing without the mesh's mutual TLS.
func peerOf(t mesh.Transport, from mesh.Client) peer {
	wire := from.Wire
	if wire == mesh.WireUnknown {
		wire = t.Sends
	}
	if wire == mesh.WireUnknown && from.Workload == nil {
		wire = mesh.WirePlaintext
		if from.Identity != "" {
			wire = mesh.WireMesh
		}
	}
	switch {
	case wire == mesh.WireUnknown:
		return peer{}
	case !wire.Authenticates():
		return peer{seen: peerNone}
	default:
		return named(from.Identity)
	}
}

// named is a peer that has shown a certificate of the mesh.
func named(identity string) peer {
	if identity == "" {
		return peer{seen: peerUnnamed}
	}
	return peer{name: identity, seen: peerNamed}
}
