package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// profileFlaws reports routes for a Service of which clients go by its ServiceProfile: one with routes or
// overrides counts before them (linkerd2-proxy linkerd/app/outbound/src/http/logical/profile.rs
// should_override_policy). The profile of a client's own namespace is not looked at: others may do without.
func (f *flawFinder) profileFlaws() {
	var services []*mesh.Service
	for s := range f.clients.outbound {
		services = append(services, s)
	}
	slices.SortFunc(services, func(a, b *mesh.Service) int { return a.Object().Compare(b.Object()) })
	for _, s := range services {
		o := f.clients.outbound[s]
		p := o.profiles[s.Namespace.Name]
		if p == nil || !p.routes && len(p.targets) == 0 || len(p.doubts()) > 0 {
			continue
		}
		routes := slices.Concat(o.http, o.grpc)
		slices.SortFunc(routes, func(a, b outboundRoute) int { return cmp.Or(a.obj.Ref.Compare(b.obj.Ref), cmp.Compare(a.port, b.port)) })
		routes = slices.CompactFunc(routes, func(a, b outboundRoute) bool { return a.route == b.route })
		for _, r := range routes {
			i := slices.IndexFunc(r.parents, func(ref kube.ParentRef) bool {
				at, ok := parentRef(r.obj.Ref, ref)
				return ok && at.Kind == kube.KindService && at.Name == s.Name && strings.EqualFold(at.Namespace, s.Namespace.Name)
			})
			flaw := r.flaw(mesh.FlawNoEffect, ruleProfileFirst, source.Index("spec.parentRefs", max(i, 0)),
				"Service "+s.Name+" has a ServiceProfile with routes or overrides, by which proxies go before any route")
			flaw.Why = []mesh.Step{p.step(ruleProfile, "metadata.name", "the ServiceProfile is for the Service")}
			f.found = append(f.found, flaw)
		}
	}
}
