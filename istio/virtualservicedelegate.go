package istio

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// delegate puts the routes of delegates in the place of the routes that delegate to them.
// pilot/pkg/model/virtualservice_controller.go mergeVirtualServices: a delegate is a VirtualService
// without hosts; one that is not there, or not exported to the namespace, drops the route.
func (c *compiler) delegate(v *virtualService, byName map[string]*virtualService, defaults exports) {
	for i, r := range v.spec.GetHttp() {
		path := source.Index("spec.http", i)
		own := httpRoute{owner: v, path: path, spec: r, matches: r.GetMatch()}
		if r.GetDelegate() == nil || len(v.hosts) == 0 {
			v.http = append(v.http, own)
			continue
		}
		ns := r.GetDelegate().GetNamespace()
		if ns == "" {
			ns = v.namespace()
		}
		name := ns + "/" + r.GetDelegate().GetName()
		d := byName[name]
		if d == nil || len(d.hosts) > 0 {
			c.report(source.ProblemDangling, v.obj, path+".delegate", "there is no VirtualService "+name+" without hosts in the input; the route is dropped")
			continue
		}
		if _, ok := d.seenFrom(v.namespace(), defaults); !ok {
			c.report(source.ProblemRejected, v.obj, path+".delegate", "VirtualService "+name+" is not exported to namespace "+v.namespace()+"; the route is dropped")
			continue
		}
		c.adopt(v, own, d)
	}
}

// adopt adds a delegate's routes, each for what both match (MergeHTTPRoutes).
func (c *compiler) adopt(v *virtualService, root httpRoute, d *virtualService) {
	for j, r := range d.spec.GetHttp() {
		path := source.Index("spec.http", j)
		matches, ok := mergeMatches(root.spec.GetMatch(), r.GetMatch(), v.namespace(), d.namespace())
		if !ok {
			c.report(source.ProblemRejected, d.obj, path+".match", "the delegate's conditions lie outside those of VirtualService "+v.name()+"; the route is dropped")
			continue
		}
		merged := httpRoute{owner: d, path: path, spec: r, matches: matches}
		if len(r.GetMirrors()) == 0 && r.GetMirror() == nil {
			merged.mirrors = &root
		}
		v.http = append(v.http, merged)
	}
}

// mergeMatches is what a route and its delegate both match; false when some condition of the delegate
// fits none of the route's.
func mergeMatches(root, leaf []*networkingv1alpha3.HTTPMatchRequest, rootNS, leafNS string) ([]*networkingv1alpha3.HTTPMatchRequest, bool) {
	switch {
	case len(root) == 0:
		return leaf, true
	case len(leaf) == 0:
		return inNamespace(root, rootNS), true
	}
	var all []*networkingv1alpha3.HTTPMatchRequest
	for _, l := range leaf {
		found := false
		for _, r := range root {
			if !conflicts(r, l, rootNS, leafNS) {
				all, found = append(all, mergeMatch(r, l, rootNS)), true
			}
		}
		if !found {
			return nil, false
		}
	}
	return all, true
}

// mergeMatch takes the delegate's conditions, and the route's for what the delegate leaves open.
func mergeMatch(root, leaf *networkingv1alpha3.HTTPMatchRequest, rootNS string) *networkingv1alpha3.HTTPMatchRequest {
	m := &networkingv1alpha3.HTTPMatchRequest{
		Uri: leaf.GetUri(), Scheme: leaf.GetScheme(), Method: leaf.GetMethod(), Authority: leaf.GetAuthority(),
		Headers: merged(root.GetHeaders(), leaf.GetHeaders()), WithoutHeaders: merged(root.GetWithoutHeaders(), leaf.GetWithoutHeaders()),
		QueryParams: merged(root.GetQueryParams(), leaf.GetQueryParams()), SourceLabels: merged(root.GetSourceLabels(), leaf.GetSourceLabels()),
		IgnoreUriCase: leaf.GetIgnoreUriCase(), Port: leaf.GetPort(), SourceNamespace: leaf.GetSourceNamespace(), Gateways: leaf.GetGateways(),
	}
	if m.Uri == nil {
		m.Uri = root.GetUri()
	}
	if m.Scheme == nil {
		m.Scheme = root.GetScheme()
	}
	if m.Method == nil {
		m.Method = root.GetMethod()
	}
	if m.Authority == nil {
		m.Authority = root.GetAuthority()
	}
	if m.Port == 0 {
		m.Port = root.GetPort()
	}
	if m.SourceNamespace == "" {
		m.SourceNamespace = root.GetSourceNamespace()
	}
	if len(m.Gateways) == 0 {
		m.Gateways = fullGatewayNames(root.GetGateways(), rootNS)
	}
	return m
}

// inNamespace are conditions whose Gateways are called by names that hold in every namespace.
func inNamespace(matches []*networkingv1alpha3.HTTPMatchRequest, own string) []*networkingv1alpha3.HTTPMatchRequest {
	all := slices.Clone(matches)
	for i, m := range all {
		if len(m.GetGateways()) > 0 {
			all[i] = proto.CloneOf(m)
			all[i].Gateways = fullGatewayNames(m.GetGateways(), own)
		}
	}
	return all
}

func fullGatewayNames(names []string, own string) []string {
	var all []string
	for _, n := range names {
		all = append(all, gatewayName(n, own))
	}
	return all
}

func merged[V any](a, b map[string]V) map[string]V {
	if len(a) == 0 {
		return b
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// conflicts reports whether a delegate's condition is outside the route's
// (pilot/pkg/model/virtualservice.go hasConflict).
func conflicts(root, leaf *networkingv1alpha3.HTTPMatchRequest, rootNS, leafNS string) bool {
	if outside(root.GetUri(), leaf.GetUri()) || outside(root.GetScheme(), leaf.GetScheme()) ||
		outside(root.GetMethod(), leaf.GetMethod()) || outside(root.GetAuthority(), leaf.GetAuthority()) {
		return true
	}
	if anyOutside(root.GetHeaders(), leaf.GetHeaders()) || anyOutside(root.GetWithoutHeaders(), leaf.GetWithoutHeaders()) ||
		anyOutside(root.GetQueryParams(), leaf.GetQueryParams()) {
		return true
	}
	return otherSource(root, leaf) || gatewaysOutside(fullGatewayNames(root.GetGateways(), rootNS), fullGatewayNames(leaf.GetGateways(), leafNS))
}

// otherSource is the part of conflicts about the port and where requests come from.
func otherSource(root, leaf *networkingv1alpha3.HTTPMatchRequest) bool {
	if root.GetIgnoreUriCase() != leaf.GetIgnoreUriCase() || root.GetPort() > 0 && leaf.GetPort() > 0 && root.GetPort() != leaf.GetPort() ||
		root.GetSourceNamespace() != "" && leaf.GetSourceNamespace() != root.GetSourceNamespace() {
		return true
	}
	for k, v := range leaf.GetSourceLabels() {
		if r, ok := root.GetSourceLabels()[k]; ok && r != v {
			return true
		}
	}
	return false
}

func gatewaysOutside(root, leaf []string) bool {
	if len(root) == 0 || len(leaf) == 0 {
		return false
	}
	set := map[string]bool{}
	for _, g := range root {
		set[g] = true
	}
	for _, g := range leaf {
		if !set[g] {
			return true
		}
	}
	return len(root) < len(leaf)
}

func anyOutside(root, leaf map[string]*networkingv1alpha3.StringMatch) bool {
	for k, l := range leaf {
		if outside(root[k], l) {
			return true
		}
	}
	return false
}

// outside reports whether leaf matches what root does not; expressions are never compared
// (stringMatchConflict).
func outside(root, leaf *networkingv1alpha3.StringMatch) bool {
	if root == nil || leaf == nil {
		return false
	}
	text := leaf.GetPrefix() + leaf.GetExact() // one of them
	switch {
	case root.GetRegex() != "" || leaf.GetRegex() != "":
		return true
	case root.GetExact() != "":
		return leaf.GetPrefix() != "" || leaf.GetExact() != root.GetExact()
	case root.GetPrefix() != "" && text != "":
		return !strings.HasPrefix(text, root.GetPrefix())
	default:
		return true
	}
}
