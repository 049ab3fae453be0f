package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// gatewayRoute is a route of the Gateway API, whatever its kind.
type gatewayRoute struct {
	object  source.Object
	parents []kube.ParentRef
	hosts   []string // empty for all
	rules   []routeRule
	gaps    []Gap
}

// routeRule is a rule of a route.
type routeRule struct {
	matches []string // what requests must fulfil, any of them; empty for everything
	refs    []routeRef
	toTLS   bool // requests are answered with a redirect to https
	other   bool // requests are answered with another redirect
}

// routeRef is a reference to a backend.
type routeRef struct {
	kube.BackendRef
	path   string
	mirror bool
}

// attachment is a route that a listener takes.
type attachment struct {
	route *gatewayRoute
	hosts []string // that the listener hands to the route; empty for all
	gaps  []Gap    // why it is not sure that the listener takes it
}

// readRoutes attaches every route to the listeners that take it, in the order of kinds and names.
func (r *gatewayReader) readRoutes() {
	for o := range r.objs.Objects(kube.KindGRPCRoute) {
		v, gaps := decode[kube.GRPCRoute](r.c, o)
		rt := &gatewayRoute{object: o, parents: v.Spec.ParentRefs, hosts: v.Spec.Hostnames, gaps: gaps}
		for i := range v.Spec.Rules {
			rt.rules = append(rt.rules, grpcRule(&v.Spec.Rules[i], source.Index("spec.rules", i)))
		}
		r.attach(rt)
	}
	for o := range r.objs.Objects(kube.KindHTTPRoute) {
		v, gaps := decode[kube.HTTPRoute](r.c, o)
		rt := &gatewayRoute{object: o, parents: v.Spec.ParentRefs, hosts: v.Spec.Hostnames, gaps: gaps}
		for i := range v.Spec.Rules {
			rt.rules = append(rt.rules, httpRule(&v.Spec.Rules[i], source.Index("spec.rules", i)))
		}
		r.attach(rt)
	}
	for o := range r.objs.Objects(kube.KindTLSRoute) {
		v, gaps := decode[kube.TLSRoute](r.c, o)
		r.unread = r.unread || len(gaps) > 0
		r.attach(&gatewayRoute{object: o, parents: v.Spec.ParentRefs, hosts: v.Spec.Hostnames, rules: layer4Rules(v.Spec.Rules), gaps: gaps})
	}
	for o := range r.objs.Objects(kube.KindTCPRoute) {
		v, gaps := decode[kube.TCPRoute](r.c, o)
		r.unread = r.unread || len(gaps) > 0
		r.attach(&gatewayRoute{object: o, parents: v.Spec.ParentRefs, rules: layer4Rules(v.Spec.Rules), gaps: gaps})
	}
}

func layer4Rules(rules []kube.L4Rule) []routeRule {
	var all []routeRule
	for i, rule := range rules {
		all = append(all, routeRule{refs: routeRefs(rule.BackendRefs, source.Index("spec.rules", i))})
	}
	return all
}

func routeRefs(refs []kube.BackendRef, path string) []routeRef {
	var all []routeRef
	for i, ref := range refs {
		all = append(all, routeRef{BackendRef: ref, path: source.Index(path+".backendRefs", i)})
	}
	return all
}

func mirrorRef(m *kube.Mirror, path string) []routeRef {
	if m == nil {
		return nil
	}
	b := m.BackendRef
	ref := kube.BackendRef{Group: b.Group, Kind: b.Kind, Namespace: b.Namespace, Name: b.Name, Port: b.Port}
	return []routeRef{{BackendRef: ref, path: path + ".requestMirror.backendRef", mirror: true}}
}

func httpRule(rule *kube.HTTPRouteRule, path string) routeRule {
	out := routeRule{refs: routeRefs(rule.BackendRefs, path)}
	for i, f := range rule.Filters {
		out.refs = append(out.refs, mirrorRef(f.RequestMirror, source.Index(path+".filters", i))...)
		if f.RequestRedirect != nil {
			out.toTLS = f.RequestRedirect.Scheme == "https"
			out.other = !out.toTLS
		}
	}
	for _, m := range rule.Matches {
		var terms []string
		switch {
		case m.Path.Value == "" || m.Path.Value == "/" && (m.Path.Type == "" || m.Path.Type == "PathPrefix"):
		case m.Path.Type == "Exact":
			terms = append(terms, "path "+m.Path.Value)
		case m.Path.Type == "RegularExpression":
			terms = append(terms, "path matches "+m.Path.Value)
		default:
			terms = append(terms, "path prefix "+m.Path.Value)
		}
		if m.Method != "" {
			terms = append(terms, "method "+m.Method)
		}
		terms = append(terms, namedTerms("header", m.Headers)...)
		terms = append(terms, namedTerms("parameter", m.QueryParams)...)
		out.matches = append(out.matches, strings.Join(terms, ", "))
	}
	return out
}

func grpcRule(rule *kube.GRPCRouteRule, path string) routeRule {
	out := routeRule{refs: routeRefs(rule.BackendRefs, path)}
	for i, f := range rule.Filters {
		out.refs = append(out.refs, mirrorRef(f.RequestMirror, source.Index(path+".filters", i))...)
	}
	for _, m := range rule.Matches {
		var terms []string
		if m.Method != nil && (m.Method.Service != "" || m.Method.Method != "") {
			verb := "method "
			if m.Method.Type == "RegularExpression" {
				verb = "method matches "
			}
			terms = append(terms, verb+cmp.Or(m.Method.Service, "*")+"/"+cmp.Or(m.Method.Method, "*"))
		}
		out.matches = append(out.matches, strings.Join(append(terms, namedTerms("header", m.Headers)...), ", "))
	}
	return out
}

func namedTerms(what string, matches []kube.NamedMatch) []string {
	var terms []string
	for _, m := range matches {
		verb := " is "
		if m.Type == "RegularExpression" {
			verb = " matches "
		}
		terms = append(terms, what+" "+m.Name+verb+m.Value)
	}
	return terms
}

// match is the condition of the rule as a phrase; empty when everything matches.
func (r routeRule) match() string {
	if slices.Contains(r.matches, "") {
		return ""
	}
	return strings.Join(r.matches, " or ")
}

// attach finds the listeners that take a route. A parent that is not there, or that takes the route
// nowhere, is a problem of the route.
func (r *gatewayReader) attach(rt *gatewayRoute) {
	for i, p := range rt.parents {
		kind := cmp.Or(p.Kind, "Gateway")
		if p.Group != nil && *p.Group != kube.GatewayGroup || kind != "Gateway" && kind != "ListenerSet" {
			continue // a Service, say, whose clients' side the route is for
		}
		path := source.Index("spec.parentRefs", i)
		ns := cmp.Or(p.Namespace, rt.object.Ref.Namespace)
		parent := source.Ref{Kind: source.Kind{Group: kube.GatewayGroup, Kind: kind}, Namespace: ns, Name: p.Name}
		listeners, known := r.byParent[parent]
		if !known && !(kind == "Gateway" && r.gateways[ns+"/"+p.Name] != nil) {
			r.dangling(rt.object, path+".name", "there is no "+kind+" "+ns+"/"+p.Name+" in the input")
			continue
		}
		r.attachTo(rt, p, path, listeners)
	}
}

// attachTo attaches a route to those of its parent's listeners that it asks for and that take it.
func (r *gatewayReader) attachTo(rt *gatewayRoute, p kube.ParentRef, path string, listeners []*GatewayListener) {
	var refusals []string
	asked, taken := false, false
	for _, l := range listeners {
		if p.SectionName != "" && p.SectionName != l.Spec.Name || p.Port != 0 && p.Port != l.Entry.Port {
			continue
		}
		asked = true
		a, refusal := r.taken(rt, l)
		if refusal != "" {
			refusals = append(refusals, refusal)
			continue
		}
		taken = true
		l.attached = append(l.attached, a)
	}
	switch {
	case !asked:
		r.dangling(rt.object, path, "the parent has no listener "+strings.TrimSpace(p.SectionName+" "+portWord(p.Port)))
	case !taken:
		slices.Sort(refusals)
		r.report(source.ProblemRejected, rt.object, path, "no listener takes the route: "+strings.Join(slices.Compact(refusals), "; "))
	}
}

// taken reports how a listener takes a route, or why it does not.
func (r *gatewayReader) taken(rt *gatewayRoute, l *GatewayListener) (attachment, string) {
	if !l.takesKind(rt.object.Ref.Kind.Kind) {
		return attachment{}, "listener " + l.Spec.Name + " takes no " + rt.object.Ref.Kind.Kind
	}
	ns := r.c.namespace(rt.object.Ref.Namespace)
	takes, gaps := scopeTakes(l.Spec.AllowedRoutes.Namespaces, "Same", l.object.Ref.Namespace, ns)
	if takes == truth.False {
		return attachment{}, "listener " + l.Spec.Name + " takes no routes from namespace " + ns.Name
	}
	hosts := CommonHosts(l.Entry.Hosts, rt.hosts)
	if len(hosts) == 0 && len(l.Entry.Hosts)+len(rt.hosts) > 0 {
		return attachment{}, "the host names of listener " + l.Spec.Name + " and of the route have nothing in common"
	}
	return attachment{route: rt, hosts: hosts, gaps: slices.Concat(rt.gaps, gaps)}, ""
}

// takesKind reports whether the listener takes routes of a kind: those that fit its protocol, and of
// them those that allowedRoutes names.
func (l *GatewayListener) takesKind(kind string) bool {
	var fit []string
	switch l.Spec.Protocol {
	case "HTTP", "HTTPS":
		fit = []string{"HTTPRoute", "GRPCRoute"}
	case "TLS":
		fit = []string{"TLSRoute"}
		if t := l.Spec.TLS; t != nil && t.Mode != "Passthrough" {
			fit = append(fit, "TCPRoute")
		}
	case "TCP":
		fit = []string{"TCPRoute"}
	case "UDP":
	default:
		fit = []string{"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"}
	}
	if !slices.Contains(fit, kind) {
		return false
	}
	named := l.Spec.AllowedRoutes.Kinds
	return len(named) == 0 || slices.ContainsFunc(named, func(k kube.RouteKind) bool {
		return k.Kind == kind && (k.Group == nil || *k.Group == kube.GatewayGroup)
	})
}
