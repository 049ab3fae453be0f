package istio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

var kindEdgeGateway = source.Kind{Group: "networking.istio.io", Kind: "Gateway"}

var kindsBoundary = []source.Kind{
	kindEdgeGateway, kindVirtualService,
}

// boundary is what lets traffic into the mesh and out of it.
type boundary struct {
	entries  []mesh.Entry
	serves   map[source.Ref]bool
	exits    []mesh.Exit
	external map[source.Ref]*serviceEntry
	services *virtualServices
	onward   map[onwardKey][]uint16
}

// Entries lists the servers of Gateways, the listeners of the Gateway API's Gateways whose class is
// Istio's, and the Ingresses that Istio serves.
func (l *Layer) Entries() []mesh.Entry { return slices.Clone(l.boundary.entries) }

// Serves reports whether Istio answers for an Ingress or for a Gateway or ListenerSet of the Gateway
// API. Waypoints are among them: they let nobody in.
func (l *Layer) Serves(object source.Ref) bool { return l.boundary.serves[object] }

// boundaryCompiler makes a boundary.
type boundaryCompiler struct {
	*compiler
	layer    *Layer
	view     *clientView // of the revision that stands for all: the default one, else the first
	domain   string
	services *virtualServices
	routes   map[[2]string]*boundRoutes // by Gateway and the namespace of its proxies
	sni      map[sniSlot]string         // server names that have a route, with the bind of its server
	out      *boundary
}

func (c *compiler) boundary(l *Layer) *boundary {
	b := &boundaryCompiler{compiler: c, layer: l, routes: map[[2]string]*boundRoutes{}, sni: map[sniSlot]string{}, out: &boundary{serves: map[source.Ref]bool{}}}
	gateways, refused := c.edgeGateways()
	rev := l.named("")
	b.view = l.view(rev)
	b.domain = b.view.ruleSettings().domain
	b.services = c.virtualServices(b.domain, rev.routeExports())
	ingress := b.ingressSelectors()
	routers := l.selectRouters(gateways, ingress...)
	l.runServers(gateways, routers)
	for _, g := range gateways {
		for _, s := range g.servers {
			b.out.entries = append(b.out.entries, b.finish(s, routers.of(g)))
		}
	}
	b.unbound(gateways, refused)
	b.gatewayAPI()
	b.ingresses(routers)
	b.rivals()
	b.sharedHosts()
	b.exits()
	return b.out
}

// routeExports are the words of exportTo that count for VirtualServices without any.
func (r *revision) routeExports() exports {
	if r != nil && len(r.mesh.pb.GetDefaultVirtualServiceExportTo()) > 0 {
		return newExports(r.mesh.pb.GetDefaultVirtualServiceExportTo())
	}
	return exports{exportPublic}
}

// finish says who runs a server, how it is reached, and what is behind it.
func (b *boundaryCompiler) finish(s *edgeServer, selected []*router) mesh.Entry {
	e := s.entry
	b.proxies(&e, s, selected)
	e.Why = append(e.Why, s.refusals...)
	runs := s.runs
	if len(runs) == 0 {
		runs = []serverRun{{}}
	}
	rules, toTLS, seen := 0, 0, map[string]bool{}
	for _, run := range runs {
		routes := b.routesOf(s, run.router)
		rules, toTLS = rules+routes.rules, toTLS+routes.toTLS
		for _, bk := range routes.backends {
			// The proxies of two namespaces may see the same routes.
			if key := backendKey(bk); !seen[key] {
				seen[key] = true
				e.Backends = append(e.Backends, bk)
			}
		}
		for _, step := range routes.steps {
			if key := step.Object.String(); !seen[key] {
				seen[key] = true
				e.Why = append(e.Why, step)
			}
		}
	}
	if e.TLS == mesh.EdgePlaintext && rules > 0 && toTLS == rules {
		e.RedirectsToTLS = truth.True
	}
	if rules == 0 && len(s.runs) > 0 && s.needsRoutes() {
		b.unrouted(&e, s)
	}
	return e
}

// needsRoutes reports whether the proxies listen for the server only where some route leads on: each
// route is a filter chain of its own, and Envoy gets no listener without one. Requests are different:
// without a route they are answered with 404.
func (s *edgeServer) needsRoutes() bool {
	return !s.routesHTTP() && s.entry.TLS != mesh.EdgeMeshThrough
}

// unrouted says that a server for connections has no route, so that nobody listens for it
// (pilot/pkg/networking/core/gateway.go createGatewayTCPFilterChainOpts, MutableGatewayListener.build).
func (b *boundaryCompiler) unrouted(e *mesh.Entry, s *edgeServer) {
	if len(b.services.doubtful) > 0 {
		e.Unknown = append(e.Unknown, b.services.doubtful...)
		unsure(e)
		return
	}
	e.Served = truth.False
	e.Why = append(e.Why, mesh.Step{
		Rule: ruleGatewayUnrouted, Object: e.Object, Loc: s.gateway.obj.At(s.path + ".hosts"),
		Detail: "no VirtualService leads connections of the server on, so the proxies do not listen for it",
	})
}

func backendKey(b mesh.Backend) string {
	return b.Route.String() + " " + b.Loc.Field() + " " + b.Match + " " + strings.Join(b.Hosts, " ")
}

// proxies fills in who runs the server.
func (b *boundaryCompiler) proxies(e *mesh.Entry, s *edgeServer, selected []*router) {
	for _, run := range s.runs {
		e.Proxies = append(e.Proxies, run.router.workload)
		e.Exposed = append(e.Exposed, b.in.Cluster.Exposures(run.router.workload, run.port)...)
		e.Unknown = append(e.Unknown, run.router.gaps...)
		if run.router.routes == truth.True {
			e.Served = truth.True
		}
	}
	switch {
	case len(s.runs) > 0:
	case len(selected) == 0:
		e.Unknown = append(e.Unknown, s.gateway.noRouters())
	case len(s.refusals) > 0:
		e.Served = truth.False
	default:
		e.Served = truth.False
		w := selected[0].workload
		e.Why = append(e.Why, mesh.Step{
			Rule: ruleNotAGateway, Object: s.gateway.obj.Ref, Loc: s.gateway.obj.At("spec.selector"),
			Detail: "the selector takes in " + w.ID().String() + ", whose pods are no gateway proxies and get no servers",
		})
	}
	if gap, odd := s.rejected(); odd {
		e.Unknown = append(e.Unknown, gap)
	}
	unsure(e)
}

// unsure withdraws that an entry is served where something about it is not known.
func unsure(e *mesh.Entry) {
	if e.Served == truth.True && len(e.Unknown) > 0 {
		e.Served = truth.Unknown
	}
}

// rejected says that Istio's validation refuses the server: what such an object does is not certain,
// because it cannot have passed the API server while the webhook was there.
func (s *edgeServer) rejected() (mesh.Gap, bool) {
	at := func(field, detail string) (mesh.Gap, bool) {
		return mesh.Gap{Reason: source.ProblemRejected, Object: s.gateway.obj.Ref, Loc: s.gateway.obj.At(s.path + field), Detail: detail}, true
	}
	switch {
	case s.spec.GetPort() == nil || s.port == 0:
		return at(".port", "the server has no port")
	case len(s.hosts) == 0:
		return at(".hosts", "the server has no hosts")
	case s.protocol == serverHTTPS && s.spec.GetTls() == nil:
		return at(".tls", "a server of protocol HTTPS needs TLS settings")
	default:
		return mesh.Gap{}, false
	}
}

// unbound reports the Gateways that VirtualServices are bound to and that the input lacks.
func (b *boundaryCompiler) unbound(gateways []*edgeGateway, refused []string) {
	known := map[string]bool{meshGatewayName: true}
	for _, name := range refused { // which is reported by itself
		known[name] = true
	}
	for _, g := range gateways {
		known[g.name()] = true
	}
	for _, v := range b.services.all {
		for i, name := range v.binds {
			if !known[name] {
				b.report(source.ProblemDangling, v.obj, source.Index("spec.gateways", i), "there is no Gateway "+name+" in the input")
			}
		}
	}
}

// host finds what stands behind a host: a Service of the cluster, else a ServiceEntry that bears exactly
// that host. A wildcard that covers the host is none: the proxy has a cluster for the wildcard alone
// (pilot/pkg/model/push_context.go ServiceForHostname).
func (b *boundaryCompiler) host(host string, port, listener uint16) mesh.Backend {
	rest, inCluster := strings.CutSuffix(host, ".svc."+b.domain)
	name, ns, dotted := strings.Cut(rest, ".")
	entries := b.view.entries.byHost.at(host)
	if !inCluster || !dotted {
		return externalHost(host, entries, port, listener)
	}
	target := source.Ref{Kind: kube.KindService, Namespace: ns, Name: name}
	s := b.in.Cluster.Service(ns, name)
	if s == nil && len(entries) > 0 {
		return externalHost(host, entries, port, listener)
	}
	if s == nil {
		return mesh.Backend{Target: target, Port: port, Unknown: []mesh.Gap{{
			Reason: source.ProblemDangling, Object: target, Detail: "there is no such Service in the input",
		}}}
	}
	switch {
	case port != 0:
	case len(s.Ports) == 1:
		port = s.Ports[0].Port
	default:
		port = listener
	}
	bk := s.Backend(port)
	bk.Target = target
	for _, e := range entries {
		bk.Unknown = append(bk.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: e.obj.Ref, Loc: e.obj.At("spec.hosts"),
			Detail: "the ServiceEntry has the host of the Service, too; which endpoints it adds or takes away is not followed",
		})
	}
	return bk
}

// externalHost is a host that is no Service. A destination without a port means the only one of the
// host, else that of the listener (pilot/pkg/networking/core/route/route.go GetDestinationCluster).
func externalHost(host string, entries []*serviceEntry, port, listener uint16) mesh.Backend {
	bk := mesh.Backend{External: host, Port: port}
	if len(entries) == 0 {
		bk.Port = cmp.Or(port, listener)
		bk.Unknown = []mesh.Gap{{Reason: source.ProblemDangling, Detail: "neither a Service nor a ServiceEntry of the input has host " + host}}
		return bk
	}
	if port != 0 {
		return bk
	}
	for i, e := range entries {
		own := listener
		if ports := e.spec.GetPorts(); len(ports) == 1 {
			own = uint16(min(ports[0].GetNumber(), 65535))
		}
		if i > 0 && own != bk.Port {
			bk.Port, bk.Unknown = 0, []mesh.Gap{{
				Reason: source.ProblemUnsupported, Object: e.obj.Ref, Loc: e.obj.At("spec.ports"),
				Detail: "several ServiceEntries have the host, and the destination leaves open which port of them it means",
			}}
			return bk
		}
		bk.Port = own
	}
	return bk
}
