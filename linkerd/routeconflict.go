package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// parentKinds says which of the kinds of routes that are attached to one parent count: GRPCRoutes before
// HTTPRoutes, TLSRoutes and TCPRoutes, whatever became of those themselves
// (policy-controller/k8s/status/src/index.rs parent_has_conflicting_routes, since 2.16).
type parentKinds struct {
	settings *settings
	rank     map[parentPort]int // the highest rank of the routes that name a parent
}

// parentPort is a parent with the port that routes name; 0 for none.
type parentPort struct {
	ref  source.Ref
	port uint16
}

// rankOf orders the kinds of routes: of those attached to one parent only the highest counts.
func rankOf(kind source.Kind) int {
	switch kind.Kind {
	case "GRPCRoute":
		return 4
	case "HTTPRoute":
		return 3
	case "TLSRoute":
		return 2
	default:
		return 1
	}
}

// newParentKinds notes the parents of routes of all kinds.
func newParentKinds(s *settings, routes []*route, plain []*statusRoute) *parentKinds {
	k := &parentKinds{settings: s, rank: map[parentPort]int{}}
	for _, r := range routes {
		k.note(r.obj.Ref, r.parents)
	}
	for _, r := range plain {
		k.note(r.obj.Ref, r.parents)
	}
	return k
}

// note takes the parents of a route in. Servers have no ports in what is compared.
func (k *parentKinds) note(route source.Ref, parents []kube.ParentRef) {
	for _, p := range parents {
		if at, ok := parentPortOf(route, p); ok {
			k.rank[at] = max(k.rank[at], rankOf(route.Kind))
		}
	}
}

func parentPortOf(route source.Ref, p kube.ParentRef) (parentPort, bool) {
	ref, ok := parentRef(route, p)
	at := parentPort{ref, p.Port}
	if ref.Kind == kindServer {
		at.port = 0
	}
	return at, ok
}

// conflicts reports whether a route of a more specific kind names the same parent.
func (k *parentKinds) conflicts(route source.Ref, at parentPort) bool {
	return k.settings.release.since(16) && k.rank[at] > rankOf(route.Kind)
}

// counts reports whether the policy controller accepts a route for a Server: as it has reported, or would
// report of a route of which nobody has reported anything.
func (k *parentKinds) counts(r *route, srv *server) bool {
	if accepted, known := r.reported(srv.obj.Ref.Name); known {
		return accepted
	}
	return !k.conflicts(r.obj.Ref, parentPort{ref: srv.obj.Ref})
}
