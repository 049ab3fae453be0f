package linkerd

import (
	"slices"
	"strings"
	"sync"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// policy is what the policy controller knows of inbound traffic. All but the memos is fixed once compiled,
// and what is in those follows from it.
type policy struct {
	settings  *settings
	servers   map[source.Ref]*server
	list      []*server // in the order of namespace and name
	index     *labelIndex[*server]
	vague     map[string][]*server // by namespace: those of which it is not known what they select
	authns    map[source.Ref]*authentication
	authzs    []*authzPolicy
	sazs      []*serverAuthz
	routes    []*route
	plain     []*statusRoute // TLSRoutes and TCPRoutes
	kinds     *parentKinds
	limits    []*rateLimit
	coming    []kube.Container // of pods that are not injected yet
	probe     *grant           // nil where probes are not let in
	localhost *grant
	foldHosts bool // the proxies compare hosts without case
	labels    func(*mesh.Pod) map[string]string

	selected memo.Map[*mesh.Pod, []*server]
	gates    memo.Map[gateKey, *gate]
	shapes   memo.Map[gateShape, *gate]
	crowd    func() *crowdIndex
}

// hostsFolded is the first release whose proxies compare the hosts of routes without case: linkerd2-proxy
// ef80b9936 came after the proxy of edge-26.8.3.
func hostsFolded(r release) bool { return r.sinceEdge(21, edition{26, 8, 4}) }

// policy reads the Servers and all that stands for them.
func (c *compiler) policy(l *Layer) *policy {
	s := l.settings
	p := &policy{
		settings: s, servers: map[source.Ref]*server{}, vague: map[string][]*server{},
		list: c.servers(s), sazs: c.serverAuthzs(s), routes: c.readRoutes(), limits: c.rateLimits(s),
		coming: s.comingProxy(), probe: c.probeGrant(s), localhost: localhostGrant(), foldHosts: hostsFolded(s.release),
		labels: l.madeLabels,
	}
	p.authns = c.authentications(s)
	p.authzs = c.authzPolicies(s, p.authns)
	for _, srv := range p.list {
		p.servers[srv.obj.Ref] = srv
		if srv.vague() {
			p.vague[srv.obj.Ref.Namespace] = append(p.vague[srv.obj.Ref.Namespace], srv)
		}
	}
	p.index = newLabelIndex(p.list, func(srv *server) (string, *kube.LabelSelector) { return srv.obj.Ref.Namespace, srv.selector })
	p.plain = c.plainRoutes()
	p.kinds = newParentKinds(s, p.routes, p.plain)
	p.addGrants()
	p.addRoutes()
	p.addLimits()
	p.crowd = sync.OnceValue(func() *crowdIndex { return newCrowdIndex(c.in.Cluster) })
	return p
}

// vague reports whether it is not known which ports of which pods the Server stands for.
func (srv *server) vague() bool {
	return slices.ContainsFunc(srv.doubtful, func(g mesh.Gap) bool {
		f := g.Loc.Field()
		for _, sure := range []string{"spec.proxyProtocol", "spec.accessPolicy", "metadata", "status"} {
			if strings.HasPrefix(f, sure) {
				return false
			}
		}
		return true
	})
}

// addGrants gives the Servers the grants of the policies that reach them: those of AuthorizationPolicies
// before those of ServerAuthorizations, by name, and last what the Server grants itself
// (policy-controller/k8s/index/src/inbound/index.rs client_authzs; the controller has no order).
func (p *policy) addGrants() {
	aimed := map[source.Ref][]*authzPolicy{} // by Server or namespace
	for _, a := range p.authzs {
		switch {
		case a.grant == nil:
		case len(a.grant.gaps) > 0 && a.vague():
			aimed[namespaceTarget(a.obj.Ref.Namespace)] = append(aimed[namespaceTarget(a.obj.Ref.Namespace)], a)
		default:
			aimed[a.target] = append(aimed[a.target], a)
		}
	}
	byRef, bySelector := map[source.Ref][]*serverAuthz{}, []*serverAuthz(nil)
	for _, z := range p.sazs {
		switch {
		case z.grant == nil:
			continue
		case z.vague():
			ref := namespaceTarget(z.obj.Ref.Namespace)
			byRef[ref] = append(byRef[ref], z)
			continue
		case z.server != "":
			ref := source.Ref{Kind: kindServer, Namespace: z.obj.Ref.Namespace, Name: z.server}
			byRef[ref] = append(byRef[ref], z)
			continue
		}
		bySelector = append(bySelector, z)
	}
	index := newLabelIndex(bySelector, func(z *serverAuthz) (string, *kube.LabelSelector) { return z.obj.Ref.Namespace, z.selector })
	for _, srv := range p.list {
		ns := srv.obj.Ref.Namespace
		authzs := slices.Concat(aimed[srv.obj.Ref], aimed[namespaceTarget(ns)])
		slices.SortFunc(authzs, func(a, b *authzPolicy) int { return strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name) })
		var all []*grant
		for _, a := range authzs {
			all = append(all, a.grant)
		}
		sazs := slices.Concat(byRef[srv.obj.Ref], byRef[namespaceTarget(ns)], index.candidates(ns, srv.meta.Labels))
		slices.SortFunc(sazs, func(a, b *serverAuthz) int { return strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name) })
		for _, z := range sazs {
			if z.vague() || z.stands(srv.obj.Ref.Name, srv.meta.Labels) {
				all = append(all, z.grant)
			}
		}
		srv.grants = append(all, srv.grants...)
	}
}

// vague reports whether it is not known for what the policy stands.
func (p *authzPolicy) vague() bool {
	return slices.ContainsFunc(p.grant.gaps, func(g mesh.Gap) bool {
		f := g.Loc.Field()
		return g.Object == p.obj.Ref && !strings.HasPrefix(f, "spec.requiredAuthenticationRefs") && !strings.HasPrefix(f, "metadata")
	})
}

func namespaceTarget(ns string) source.Ref {
	return source.Ref{Kind: kube.KindNamespace, Namespace: ns}
}

// addRoutes attaches the routes that count to their Servers, with the grants of the policies for them.
func (p *policy) addRoutes() {
	grants := p.routeGrants()
	astray := map[string][]*route{} // by namespace: those of which it is not known to what they are attached
	for _, r := range p.routes {
		switch {
		case r.refused != "" || r.grpc && !p.settings.release.since(16):
		case r.astray():
			astray[r.obj.Ref.Namespace] = append(astray[r.obj.Ref.Namespace], r)
		default:
			p.attach(r)
		}
	}
	for _, srv := range p.list {
		slices.SortFunc(srv.routes, compareRoutes)
		for _, r := range srv.routes {
			srv.own = append(srv.own, grants[routeTarget(r.obj.Ref)])
		}
		for _, r := range astray[srv.obj.Ref.Namespace] {
			if srv.protocol.takes(r) {
				srv.unsettled = append(srv.unsettled, r.doubts()...)
			}
		}
	}
}

// routeGrants are the grants of policies for routes, by the route as policies name it.
func (p *policy) routeGrants() map[source.Ref][]*grant {
	grants := map[source.Ref][]*grant{}
	for _, a := range p.authzs {
		if a.grant != nil && !a.target.IsZero() && a.target.Kind != kindServer {
			grants[a.target] = append(grants[a.target], a.grant)
		}
	}
	return grants
}

// attach adds a route to the Servers for which it counts.
func (p *policy) attach(r *route) {
	for _, name := range r.servers() {
		srv := p.servers[source.Ref{Kind: kindServer, Namespace: r.obj.Ref.Namespace, Name: name}]
		if srv != nil && srv.protocol.takes(r) && p.kinds.counts(r, srv) && !slices.Contains(srv.routes, r) {
			srv.routes = append(srv.routes, r)
		}
	}
}

// astray reports whether it is not known to what the route is attached.
func (r *route) astray() bool {
	return slices.ContainsFunc(r.doubts(), func(g mesh.Gap) bool {
		f := g.Loc.Field()
		return !strings.HasPrefix(f, "spec.rules") && !strings.HasPrefix(f, "spec.hostnames") && !strings.HasPrefix(f, "metadata")
	})
}

// takes reports whether proxies look for routes of this kind on a port of this protocol
// (policy-controller/grpc/src/inbound.rs to_server).
func (p protocol) takes(r *route) bool {
	return !p.blind() && p != protocolUnread && (p == protocolGRPC) == r.grpc
}

// serversOf are the Servers that select a pod, the oldest first.
func (p *policy) serversOf(pod *mesh.Pod) []*server {
	return p.selected.Of(pod, func() []*server {
		var all []*server
		labels := p.labels(pod)
		for _, srv := range p.index.candidates(pod.Namespace.Name, labels) {
			if srv.machines == pod.Machine && selects(srv.selector, labels) && !srv.vague() {
				all = append(all, srv)
			}
		}
		slices.SortFunc(all, func(a, b *server) int { return compareAge(a.resource, b.resource) })
		return all
	})
}

// governing are the Servers that stand for a port of a pod, the oldest first, and what is not known of them.
func (p *policy) governing(pod *mesh.Pod, port uint16) ([]*server, []mesh.Gap) {
	var all []*server
	var gaps []mesh.Gap
	for _, srv := range p.serversOf(pod) {
		stands, unsure := srv.stands(pod, port, p)
		if stands {
			all = append(all, srv)
		}
		if unsure {
			gaps = append(gaps, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: srv.obj.Ref, Loc: srv.at("spec.port"),
				Detail: "Servers stand for the named ports of init containers since 2.19, and the release is not known",
			})
		}
	}
	return all, gaps
}
