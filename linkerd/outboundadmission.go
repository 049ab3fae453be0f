package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// outboundKey is a port of a Service and what it leads to.
type outboundKey struct {
	way  mesh.Way
	pod  *mesh.Pod
	port uint16
}

// outboundAdmission says of which clients what they send to a target may be sent elsewhere, or answered,
// on their own side, and what is known of it; false where that concerns nobody.
func (l *Layer) outboundAdmission(t mesh.Target) (mesh.Set, mesh.Admission, bool) {
	o := l.clients.outbound[t.Way.Service]
	if t.Way.Service == nil || t.Way.Service.Headless || o == nil {
		return mesh.Set{}, mesh.Admission{}, false
	}
	clients := l.clients.diverted.Of(outboundKey{t.Way, t.Server.Pod, t.Port}, func() mesh.Set {
		diverts := map[string]bool{}
		return l.cluster.SetWhere(func(w *mesh.Workload) bool {
			ns := w.ID().Namespace
			v, known := diverts[ns]
			if !known {
				v = l.mayDivert(o, t, ns)
				diverts[ns] = v
			}
			return v && l.anyRoutes(w, t.Way)
		})
	})
	if clients.IsEmpty() {
		return mesh.Set{}, mesh.Admission{}, false
	}
	s := t.Way.Service
	return clients, mesh.Admission{
		Why: []mesh.Step{{Rule: ruleOutboundRoute, Object: s.Object(), Loc: s.At("metadata.name"), Detail: "routes or a ServiceProfile decide on the client's side where requests go"}},
		Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: s.Object(), Detail: "which requests the client's own proxy sends elsewhere, or answers, is not worked out",
		}},
	}, true
}

// anyRoutes reports whether the proxy of a pod of the workload has a say about what goes to a Service.
func (l *Layer) anyRoutes(w *mesh.Workload, way mesh.Way) bool {
	for _, v := range w.Variants() {
		if l.routesRequests(v, way) {
			return true
		}
	}
	return false
}

// mayDivert reports whether anything that clients of a namespace send to the target goes elsewhere, or
// nowhere.
func (l *Layer) mayDivert(o *outbound, t mesh.Target, client string) bool {
	q := outboundQuestion{layer: l, outbound: o, edge: mesh.Edge{Server: t.Server, Port: t.Port, Way: t.Way}, client: client}
	p := o.profileOf(client, t.Way.Service)
	if p != nil && l.asksProfile(t.Way.Service) {
		switch {
		case len(p.gaps) > 0:
			return true
		case len(p.targets) > 0:
			return q.mayLeave(p.backends(t.Way.Port))
		case p.routes:
			return false
		}
	}
	routes := o.requestRoutes(t.Way, client)
	switch {
	case len(routes) == 0:
		return slices.ContainsFunc(o.connectionRoutes(t.Way, client), func(r lowerRoute) bool {
			return len(r.gaps) > 0 || q.mayLeave(l.backendsOf(r.backends, t.Way.Service))
		})
	case l.opaqueService(t.Way, p):
		return false
	default:
		return q.anyLeaves(routes)
	}
}

// mayLeave reports whether not all that goes to the backends arrives at the server.
func (q *outboundQuestion) mayLeave(all []backend) bool {
	return q.byBackends(all, mesh.Step{}, mesh.Rule{}).Allowed != truth.True
}

// anyLeaves reports whether a rule of the routes may send requests elsewhere or answers them, or whether
// none takes what all others do not.
func (q *outboundQuestion) anyLeaves(routes []*route) bool {
	whole := false
	for _, r := range routes {
		if len(r.gaps) > 0 || r.broken != "" {
			return true
		}
		for i := range r.rules {
			rule := &r.rules[i]
			if rule.redirect != nil || q.mayLeave(q.layer.backendsOf(rule.backends, q.edge.Way.Service)) {
				return true
			}
			whole = whole || len(r.hosts) == 0 && rule.takesAll()
		}
	}
	return !whole
}

// takesAll reports whether the rule takes every request.
func (r *routeRule) takesAll() bool {
	if len(r.matches) == 0 {
		return true
	}
	for i := range r.matches {
		m := &r.matches[i]
		if m.method == "" && len(m.headers) == 0 && len(m.query) == 0 && m.rpc == nil && m.path.kind == pathAny {
			return true
		}
	}
	return false
}
