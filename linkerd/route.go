package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// route is an HTTPRoute or GRPCRoute as the proxies compare requests with it.
type route struct {
	resource
	grpc     bool
	hosts    []hostMatch // empty takes every host
	rules    []routeRule
	parents  []kube.ParentRef
	statuses []kube.RouteParentStatus

	// refused is why the policy controller leaves the whole route out; empty when it does not.
	refused   string
	refusedAt string // the field
	// broken is why proxies take no policy at all that the route is part of; empty when they do.
	broken string
	step   mesh.Step // that the route was chosen
}

// routeRule is a rule of a route.
type routeRule struct {
	matches  []requestMatch // any of them; empty takes every request
	redirect *kube.Redirect // nil when requests go on
	backends []kube.BackendRef
	at       string // the field of the route
}

// ref names the route.
func (r *route) ref() source.Ref { return r.obj.Ref }

// compareRoutes puts routes in the order in which proxies get them: the oldest first, those without a time
// last, then by name, group and kind (policy-controller/grpc/src/inbound/http.rs to_route_list,
// policy-controller/core/src/routes.rs GroupKindName).
func compareRoutes(a, b *route) int {
	return cmp.Or(
		compareAge(a.resource, b.resource),
		strings.Compare(a.obj.Ref.Group, b.obj.Ref.Group), strings.Compare(a.obj.Ref.Kind.Kind, b.obj.Ref.Kind.Kind),
	)
}

// chosen is the rule that a request goes by.
type chosen struct {
	route *route
	rule  int
	match int // of the rule's matches; -1 where it has none
}

// ok reports whether there is one.
func (c chosen) ok() bool { return c.route != nil }

// hit is how well a request meets a match: the greatest counts.
type hit struct {
	host  hostRank
	parts [4]int
	match int
}

func (h hit) compare(other hit) int {
	return cmp.Or(h.host.compare(other.host), slices.Compare(h.parts[:], other.parts[:]))
}

// findRoute is the rule that a request goes by: that with the greatest hit, and of equal ones the first
// (linkerd2-proxy linkerd/http/route/src/lib.rs find).
func findRoute(routes []*route, q *asked) chosen {
	var best hit
	var found chosen
	for _, r := range routes {
		rank, ok := r.host(q)
		if !ok {
			continue
		}
		for i := range r.rules {
			h, ok := r.rules[i].meet(q, r.grpc)
			if h.host = rank; ok && (!found.ok() || h.compare(best) > 0) {
				best, found = h, chosen{r, i, h.match}
			}
		}
	}
	return found
}

// host is how well the request's host meets the route's; false when it does not.
func (r *route) host(q *asked) (hostRank, bool) {
	if len(r.hosts) == 0 {
		return hostRank{}, true
	}
	var best hostRank
	found := false
	for _, h := range r.hosts {
		if rank, ok := h.meet(q.host, q.foldHost); ok && (!found || rank.compare(best) > 0) {
			best, found = rank, true
		}
	}
	return best, found
}

// meet is the best of the rule's matches. A rule without matches takes every request, even one of
// another method than POST to a GRPCRoute.
func (r *routeRule) meet(q *asked, grpc bool) (hit, bool) {
	if len(r.matches) == 0 {
		h := hit{match: -1}
		if !grpc {
			h.parts[0] = len("/")
		}
		return h, true
	}
	var best hit
	found := false
	for i := range r.matches {
		parts, ok := r.matches[i].meet(q)
		if h := (hit{parts: parts, match: i}); ok && (!found || h.compare(best) > 0) {
			best, found = h, true
		}
	}
	return best, found
}
