package istio

import (
	"cmp"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// meshGatewayName stands in a VirtualService for the sidecars.
const meshGatewayName = "mesh"

// virtualService is a networking.istio.io VirtualService.
type virtualService struct {
	resource
	spec     *networkingv1alpha3.VirtualService
	domain   string
	hosts    []string // completed by the namespace; empty for a delegate
	exportTo exports
	binds    []string    // names of Gateways, "namespace/name", and "mesh"
	http     []httpRoute // delegates' routes in the place of those that delegate
}

// httpRoute is a route for requests with its place.
type httpRoute struct {
	owner   *virtualService // that declares it: the delegate, where there is one
	path    string
	spec    *networkingv1alpha3.HTTPRoute
	matches []*networkingv1alpha3.HTTPMatchRequest // merged with those of the route that delegates
	mirrors *httpRoute                             // the route that delegates, when its mirrors count; nil for none
}

func (v *virtualService) namespace() string { return v.obj.Ref.Namespace }

// name is "namespace/name".
func (v *virtualService) name() string { return v.obj.Ref.Namespace + "/" + v.obj.Ref.Name }

// virtualServices are those of the cluster by the Gateways that they are bound to, oldest first.
type virtualServices struct {
	byGateway map[string][]*virtualService
	byHost    hostTable[[]*virtualService] // those for sidecars
	all       []*virtualService
	exports   exports // that count for a VirtualService without any
	// doubtful are what was not understood of any VirtualService that may decide where connections go.
	doubtful []mesh.Gap
}

func (c *compiler) virtualServices(domain string, defaults exports) *virtualServices {
	vs := &virtualServices{byGateway: map[string][]*virtualService{}, exports: defaults}
	byName := map[string]*virtualService{}
	for o := range c.in.Objects.Objects(kindVirtualService) {
		v := &virtualService{spec: &networkingv1alpha3.VirtualService{}, domain: domain}
		v.resource = c.decode(o, v.spec)
		if !c.acceptsVirtualService(v.resource, v.spec) && !c.opts.KeepInvalid {
			continue
		}
		v.exportTo = newExports(v.spec.GetExportTo())
		for _, h := range v.spec.GetHosts() {
			v.hosts = append(v.hosts, fullHost(h, v.namespace(), domain))
		}
		for _, g := range v.spec.GetGateways() {
			v.binds = append(v.binds, gatewayName(g, v.namespace()))
		}
		vs.all = append(vs.all, v)
		byName[v.name()] = v
	}
	slices.SortFunc(vs.all, func(a, b *virtualService) int { return compareAge(a.resource, b.resource) })
	for _, v := range vs.all {
		for _, gap := range v.gaps {
			if touches(gap, "spec.hosts", "spec.gateways", "spec.exportTo", "spec.tcp", "spec.tls", "metadata") {
				vs.doubtful = append(vs.doubtful, gap)
			}
		}
		c.delegate(v, byName, vs.exports)
		bound := slices.Clone(v.binds)
		if len(bound) == 0 {
			bound = []string{meshGatewayName}
		}
		slices.Sort(bound)
		for _, g := range slices.Compact(bound) {
			if len(v.hosts) > 0 {
				vs.byGateway[g] = append(vs.byGateway[g], v)
			}
		}
		if slices.Contains(bound, meshGatewayName) {
			for _, h := range v.hosts {
				vs.byHost.put(h, append(vs.byHost.at(h), v))
			}
		}
	}
	return vs
}

// gatewayName completes the name of a Gateway: "gw", "ns/gw", "./gw", and the old "gw.ns.svc.…"
// (pilot/pkg/model/config.go resolveGatewayName).
func gatewayName(name, own string) string {
	if name == meshGatewayName {
		return name
	}
	if ns, rest, ok := strings.Cut(name, "/"); ok {
		if ns == "." {
			return own + "/" + rest
		}
		return name
	}
	short, rest, ok := strings.Cut(name, ".")
	if !ok {
		return own + "/" + name
	}
	ns, _, _ := strings.Cut(rest, ".")
	return ns + "/" + short
}

// seenFrom reports whether a VirtualService is visible to the proxies of a namespace, and comes in the
// order in which they take it: what is kept to the namespace, what is exported to it by name, what is
// public (pilot/pkg/model/push_context.go initVirtualServices, VirtualServicesForGateway).
func (v *virtualService) seenFrom(namespace string, defaults exports) (rank int, ok bool) {
	e := v.exportTo
	if len(e) == 0 {
		e = defaults
	}
	switch {
	case e.has(exportPublic):
		return 2, true
	case v.namespace() == namespace:
		return 0, e.reaches(v.namespace(), namespace)
	default:
		return 1, e.reaches(v.namespace(), namespace)
	}
}

// forGateway are the VirtualServices bound to a Gateway that the proxies of a namespace see, in the
// order in which they count.
func (vs *virtualServices) forGateway(gateway, namespace string) []*virtualService {
	type ranked struct {
		*virtualService
		rank int
	}
	var found []ranked
	for _, v := range vs.byGateway[gateway] {
		if rank, ok := v.seenFrom(namespace, vs.exports); ok {
			found = append(found, ranked{v, rank})
		}
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	all := make([]*virtualService, len(found))
	for i, f := range found {
		all[i] = f.virtualService
	}
	return all
}

// loc is the place of a field of the VirtualService.
func (v *virtualService) loc(field string) source.Loc { return v.obj.At(field) }

// doubts are what was not understood of the VirtualService as a whole or of one of its routes.
func (v *virtualService) doubts(path string) []mesh.Gap {
	var gaps []mesh.Gap
	for _, gap := range v.gaps {
		if touches(gap, path, "spec.hosts", "spec.gateways", "spec.exportTo", "metadata") {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}
