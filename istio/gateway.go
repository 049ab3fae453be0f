package istio

import (
	"cmp"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// edgeGateway is a networking.istio.io Gateway.
type edgeGateway struct {
	resource
	spec    *networkingv1alpha3.Gateway
	servers []*edgeServer
}

// name is how VirtualServices call the Gateway: "namespace/name".
func (g *edgeGateway) name() string { return g.obj.Ref.Namespace + "/" + g.obj.Ref.Name }

// edgeServer is one server of a Gateway.
type edgeServer struct {
	gateway  *edgeGateway
	spec     *networkingv1alpha3.Server
	path     string
	port     uint16
	protocol serverProtocol
	hosts    []serverHost
	runs     []serverRun
	refusals []mesh.Step
	entry    mesh.Entry
}

// serverHost is an entry of a server's hosts.
type serverHost struct {
	namespace string // of the VirtualServices that it is for; empty for all
	name      string // "*" for all
}

// serverRun is a workload whose proxy runs the server, and the port of its pods.
type serverRun struct {
	router *router
	port   uint16
}

// serverProtocol is how a gateway treats a server's connections (pkg/config/protocol, and
// pkg/config/gateway for what follows from it).
type serverProtocol uint8

const (
	serverOther serverProtocol = iota // TCP, TLS, MONGO, … and words that Istio does not know: connections
	serverHTTP
	serverHTTPS
)

func parseServerProtocol(word string) serverProtocol {
	switch strings.ToLower(word) {
	case "http", "http2", "grpc", "grpc-web", "http_proxy":
		return serverHTTP
	case "https":
		return serverHTTPS
	default:
		return serverOther
	}
}

// edgeGateways reads the Gateways in the order in which istiod merges their servers, oldest first, and
// the names of those that Istio refuses.
func (c *compiler) edgeGateways() (all []*edgeGateway, refused []string) {
	for o := range c.in.Objects.Objects(kindEdgeGateway) {
		g := &edgeGateway{spec: &networkingv1alpha3.Gateway{}}
		g.resource = c.decode(o, g.spec)
		if !c.acceptsGateway(g.resource, g.spec) && !c.opts.KeepInvalid {
			refused = append(refused, g.name())
			continue
		}
		for i, s := range g.spec.GetServers() {
			g.servers = append(g.servers, newEdgeServer(g, s, source.Index("spec.servers", i)))
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *edgeGateway) int { return compareAge(a.resource, b.resource) })
	return all, refused
}

func newEdgeServer(g *edgeGateway, spec *networkingv1alpha3.Server, path string) *edgeServer {
	s := &edgeServer{gateway: g, spec: spec, path: path, protocol: parseServerProtocol(spec.GetPort().GetProtocol())}
	if n := spec.GetPort().GetNumber(); n <= 65535 {
		s.port = uint16(n)
	}
	for _, h := range spec.GetHosts() {
		s.hosts = append(s.hosts, parseServerHost(h, g.obj.Ref.Namespace))
	}
	s.entry = mesh.Entry{
		Mesh: Name, Kind: mesh.EntryGateway, Object: g.obj.Ref, Loc: g.obj.At(path),
		Listener: cmp.Or(spec.GetName(), spec.GetPort().GetName()), Port: s.port, Protocol: spec.GetPort().GetProtocol(),
		Hosts: s.hostNames(), RedirectsToTLS: truth.False, Unknown: g.doubts(path),
	}
	s.describeTLS(&s.entry)
	return s
}

// doubts are what was not understood of the Gateway as a whole or of one of its servers.
func (g *edgeGateway) doubts(path string) []mesh.Gap {
	var gaps []mesh.Gap
	for _, gap := range g.gaps {
		if touches(gap, path, "spec.selector", "metadata") {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}

// parseServerHost reads "host", "namespace/host", "./host" and "*/host"
// (pilot/pkg/model/gateway.go sanitizeServerHostNamespace).
func parseServerHost(text, own string) serverHost {
	ns, name, ok := strings.Cut(text, "/")
	if !ok {
		return serverHost{name: text}
	}
	switch ns {
	case "*":
		return serverHost{name: name}
	case ".":
		return serverHost{own, name}
	default:
		return serverHost{ns, name}
	}
}

// hostNames are the names that the server takes; nil for all.
func (s *edgeServer) hostNames() []string {
	var names []string
	for _, h := range s.hosts {
		if h.name == "*" {
			return nil
		}
		names = append(names, h.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hostsFor are the names that the server takes for VirtualServices of a namespace.
func (s *edgeServer) hostsFor(namespace string) []string {
	var names []string
	for _, h := range s.hosts {
		if h.namespace == "" || h.namespace == namespace {
			names = append(names, h.name)
		}
	}
	return names
}

// passthrough reports whether the server hands TLS on (pkg/config/gateway IsPassThroughServer). A TLS
// section without a mode does: PASSTHROUGH is the enumeration's first value.
func (s *edgeServer) passthrough() bool {
	m := s.spec.GetTls().GetMode()
	return s.spec.GetTls() != nil &&
		(m == networkingv1alpha3.ServerTLSSettings_PASSTHROUGH || m == networkingv1alpha3.ServerTLSSettings_AUTO_PASSTHROUGH)
}

// routesHTTP reports whether the server reads requests (pkg/config/gateway IsHTTPServer).
func (s *edgeServer) routesHTTP() bool {
	return s.protocol == serverHTTP || s.protocol == serverHTTPS && s.spec.GetTls() != nil && !s.passthrough()
}

// describeTLS says what becomes of TLS at the server.
// pilot/pkg/networking/core/gateway.go buildGatewayTCPBasedFilterChains, listener.go BuildListenerTLSContext.
func (s *edgeServer) describeTLS(e *mesh.Entry) {
	step := mesh.Step{Rule: ruleGatewayServer, Object: e.Object, Loc: s.gateway.obj.At(s.path + ".tls.mode")}
	tls := s.spec.GetTls()
	switch {
	case s.protocol == serverHTTP:
		e.TLS, e.ClientCertificate = mesh.EdgePlaintext, truth.False
		step.Loc = s.gateway.obj.At(s.path + ".port.protocol")
		step.Detail = "a server of protocol " + e.Protocol + " takes requests in the clear"
		if tls.GetHttpsRedirect() {
			e.RedirectsToTLS = truth.True
			step.Loc, step.Detail = s.gateway.obj.At(s.path+".tls.httpsRedirect"), "the server answers every request with a redirect to https"
		}
	case tls == nil:
		e.TLS = mesh.EdgeOpaque
		step.Loc = s.gateway.obj.At(s.path + ".port.protocol")
		step.Detail = "a server of protocol " + e.Protocol + " without TLS settings hands bytes on as they come"
	default:
		e.TLS, e.ClientCertificate, step.Detail = serverTLS(tls)
	}
	e.Why = append(e.Why, step)
}

// serverTLS reads the TLS mode of a server.
func serverTLS(tls *networkingv1alpha3.ServerTLSSettings) (mesh.EdgeTLS, truth.Value, string) {
	unchecked := tls.GetInsecureSkipVerify().GetValue()
	demanded, also := truth.Of(!unchecked), ""
	if unchecked {
		also = ", which it does not verify (insecureSkipVerify)"
	}
	switch tls.GetMode() {
	case networkingv1alpha3.ServerTLSSettings_PASSTHROUGH:
		return mesh.EdgePassthrough, truth.Unknown, "TLS is handed on by its server name (PASSTHROUGH, which is also the mode of TLS settings without one)"
	case networkingv1alpha3.ServerTLSSettings_AUTO_PASSTHROUGH:
		return mesh.EdgeMeshThrough, truth.Unknown, "the mesh's mutual TLS is handed on by the server name of the cluster (AUTO_PASSTHROUGH)"
	case networkingv1alpha3.ServerTLSSettings_SIMPLE:
		return mesh.EdgeTerminated, truth.False, "TLS ends at the gateway, which asks for no client certificate (SIMPLE)"
	case networkingv1alpha3.ServerTLSSettings_MUTUAL:
		return mesh.EdgeTerminated, demanded, "TLS ends at the gateway, which demands a client certificate (MUTUAL)" + also
	case networkingv1alpha3.ServerTLSSettings_OPTIONAL_MUTUAL:
		return mesh.EdgeTerminated, truth.False, "TLS ends at the gateway, which verifies a client certificate when there is one (OPTIONAL_MUTUAL)"
	case networkingv1alpha3.ServerTLSSettings_ISTIO_MUTUAL:
		return mesh.EdgeMeshMutual, demanded, "the mesh's mutual TLS ends at the gateway, which demands an identity of the mesh (ISTIO_MUTUAL)" + also
	default:
		return mesh.EdgeUnknown, truth.Unknown, "the TLS mode is not known"
	}
}
