package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// routeFlaws looks at what a route for requests is meant to be attached to.
func (f *flawFinder) routeFlaws(r *route) {
	if r.resource.refused || len(r.doubts()) > 0 {
		return
	}
	f.unkindParents(r)
	if !r.concernsMesh() {
		return
	}
	if r.refused != "" {
		flaw := r.flaw(mesh.FlawNoEffect, ruleRouteLeftOut, r.refusedAt, r.refused+": the policy controller leaves the whole route out")
		f.displacing(&flaw, r)
		f.follows(flaw, nil)
		return
	}
	if field, why := r.illegalParent(); why != "" {
		flaw := r.flaw(mesh.FlawNoEffect, ruleRouteLeftOut, field, "the route refers to "+why+": the policy controller attaches it to no Server")
		f.displacing(&flaw, r)
		f.follows(flaw, nil)
		return
	}
	for i, p := range r.parents {
		if ref, ok := parentRef(r.obj.Ref, p); ok && ref.Kind == kindServer {
			f.serverParent(r, ref, source.Index("spec.parentRefs", i))
		}
	}
}

// concernsMesh reports whether some parent is one that the policy controller attaches routes to.
func (r *route) concernsMesh() bool {
	return slices.ContainsFunc(r.parents, func(p kube.ParentRef) bool {
		_, ok := r.parentKind(p)
		return ok
	})
}

// unkindParents reports references of Linkerd's own HTTPRoutes to what such routes cannot be attached to, and
// references without a kind to a Gateway by the name of a Server.
func (f *flawFinder) unkindParents(r *route) {
	for i, p := range r.parents {
		if _, ok := r.parentKind(p); ok {
			continue
		}
		ns := r.obj.Ref.Namespace
		if p.Namespace != "" {
			ns = p.Namespace
		}
		named := f.policy.servers[source.Ref{Kind: kindServer, Namespace: ns, Name: p.Name}] != nil
		meant := named && (p.Kind == "" || p.Kind == kindServer.Kind)
		if !meant && r.obj.Ref.Kind != kindPolicyHTTPRoute {
			continue
		}
		kind := p.Kind
		if kind == "" {
			kind = "Gateway, because it names no kind"
		}
		detail := "parentRef " + p.Name + " is to a " + kind + ", to which Linkerd attaches no routes"
		if named {
			detail += "; it must name kind Server and group " + groupPolicy
		}
		f.report(r.flaw(mesh.FlawNoEffect, ruleRouteUnattached, source.Index("spec.parentRefs", i), detail), nil)
	}
}

// serverParent looks at a route for one Server.
func (f *flawFinder) serverParent(r *route, ref source.Ref, at string) {
	srv := f.policy.servers[ref]
	flaw := r.flaw(mesh.FlawNoEffect, ruleRouteUnattached, at+".name", "")
	var sites []*site
	if srv != nil {
		sites = f.guarded([]*server{srv})
	}
	switch {
	case srv == nil:
		flaw.Kind, flaw.Rule = mesh.FlawSelectsNothing, ruleSelectsNothing
		flaw.Detail = "there is no Server " + ref.Name + " in namespace " + ref.Namespace
		flaw.Unknown = f.input.Absent(ref.Namespace)
	case srv.protocol == protocolUnread || slices.Contains(srv.routes, r):
		return
	case r.grpc && !f.settings.release.since(16):
		flaw.Detail = "Linkerd attaches GRPCRoutes to Servers since 2.16"
	case srv.protocol.blind():
		flaw.Detail = "Server " + ref.Name + " has a proxyProtocol by which proxies look for no requests, and so for no routes"
	case r.grpc != (srv.protocol == protocolGRPC):
		flaw.Detail = "on ports of Server " + ref.Name + " proxies look for HTTPRoutes only, because its proxyProtocol is not gRPC"
		if !r.grpc {
			flaw.Detail = "on ports of Server " + ref.Name + " proxies look for GRPCRoutes only, because its proxyProtocol is gRPC"
		}
	default:
		f.notAccepted(&flaw, r, srv)
	}
	f.displacing(&flaw, r)
	f.report(flaw, sites)
}

// displacing notes that a route which does nothing itself takes others off their Servers: whether a route is
// accepted depends on the kinds of all that name the Server, whatever became of those
// (policy-controller/k8s/status/src/index.rs parent_has_conflicting_routes).
func (f *flawFinder) displacing(flaw *mesh.Flaw, r *route) {
	if !r.grpc || !f.settings.release.since(16) {
		return
	}
	var names []string
	for _, other := range f.policy.routes {
		if other.grpc || other.obj.Ref.Namespace != r.obj.Ref.Namespace {
			continue
		}
		for _, name := range other.servers() {
			ref := source.Ref{Kind: kindServer, Namespace: other.obj.Ref.Namespace, Name: name}
			if f.policy.servers[ref] != nil && r.names(ref) && !slices.Contains(names, other.obj.Ref.String()) {
				names = append(names, other.obj.Ref.String())
			}
		}
	}
	if len(names) > 0 {
		flaw.Kind, flaw.Rule = mesh.FlawClosesMore, ruleDisplaces
		flaw.Detail += "; because it names a Server, the policy controller does not accept " + commaed(names) + " there"
	}
}

// names reports whether an object is among the route's parents.
func (r *route) names(ref source.Ref) bool {
	return slices.ContainsFunc(r.parents, func(p kube.ParentRef) bool {
		at, ok := parentRef(r.obj.Ref, p)
		return ok && at == ref
	})
}

// notAccepted says why the policy controller does not accept a route for a Server.
func (f *flawFinder) notAccepted(flaw *mesh.Flaw, r *route, srv *server) {
	switch {
	case f.policy.kinds.conflicts(r.obj.Ref, parentPort{ref: srv.obj.Ref}):
		flaw.Detail = "a GRPCRoute names Server " + srv.obj.Ref.Name + " as well, and the policy controller accepts routes of the most specific kind alone"
	default:
		flaw.Detail = "its status does not say that the policy controller accepts it for Server " + srv.obj.Ref.Name
	}
}

// brokenRoute reports a route with which proxies take nothing of the Server's policy, so that they refuse
// everything.
func (f *flawFinder) brokenRoute(srv *server) {
	for _, r := range srv.routes {
		if r.broken == "" {
			continue
		}
		sites := f.guarded([]*server{srv})
		sites = slices.DeleteFunc(sites, func(s *site) bool { return s.inside != truth.True })
		f.report(r.flaw(mesh.FlawClosesMore, ruleInvalidPolicy, "spec.rules",
			r.broken+", and with such a route proxies take no policy of Server "+srv.obj.Ref.Name+" and refuse everything"), sites)
	}
}
