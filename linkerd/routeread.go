package linkerd

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	policyroute "github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
	"github.com/meshposture/meshposture/source"
)

// routeKinds are the kinds of routes for requests.
var routeKinds = []source.Kind{kindPolicyHTTPRoute, kube.KindHTTPRoute, kube.KindGRPCRoute}

// readRoutes reads all HTTPRoutes and GRPCRoutes, once.
func (c *compiler) readRoutes() []*route {
	if c.routes != nil {
		return c.routes
	}
	for _, kind := range routeKinds {
		for o := range c.in.Objects.Objects(kind) {
			c.routes = append(c.routes, c.readRoute(o))
		}
	}
	return c.routes
}

func (c *compiler) readRoute(o source.Object) *route {
	b := routeBuilder{c: c}
	switch o.Ref.Kind {
	case kube.KindGRPCRoute:
		v, r := decode(c, o, func(v *kube.GRPCRoute) *kube.Meta { return &v.Meta })
		b.route = &route{resource: r, grpc: true, parents: v.Spec.ParentRefs, statuses: v.Status.Parents}
		b.hosts(v.Spec.Hostnames)
		b.grpcRules(v.Spec.Rules)
	case kube.KindHTTPRoute:
		v, r := decode(c, o, func(v *kube.HTTPRoute) *kube.Meta { return &v.Meta })
		b.route = &route{resource: r, parents: v.Spec.ParentRefs, statuses: v.Status.Parents}
		b.hosts(v.Spec.Hostnames)
		b.httpRules(v.Spec.Rules)
	default:
		v, r := decode(c, o, func(v *policyroute.HTTPRoute) *kube.Meta { return &v.Meta })
		b.route = &route{resource: r, parents: v.Spec.ParentRefs, statuses: policyStatuses(v.Status.Parents)}
		b.hosts(v.Spec.Hostnames)
		b.httpRules(policyRules(v.Spec.Rules))
	}
	if b.route.resource.refused {
		b.route.refused = "no cluster has it as it stands"
	}
	b.route.step = b.route.resource.step(ruleRoute, "metadata.name", "the request goes by this route")
	return b.route
}

// routeBuilder fills a route. Where a part is not one that the policy controller takes the whole route is
// refused; where it is not known what the proxy makes of it the route has a gap.
type routeBuilder struct {
	c *compiler
	*route
}

func (b routeBuilder) hosts(names []string) {
	for _, n := range names {
		b.route.hosts = append(b.route.hosts, parseHost(n))
	}
}

// refuse says why the policy controller leaves the route out.
func (b routeBuilder) refuse(field, why string) {
	if b.refused == "" {
		b.refused, b.refusedAt = why, field
	}
}

// httpRules reads the rules; where there is no list the API server writes one that takes everything.
func (b routeBuilder) httpRules(rules []kube.HTTPRouteRule) {
	if rules == nil {
		rules = []kube.HTTPRouteRule{{}}
	}
	for i := range rules {
		at := source.Index("spec.rules", i)
		rule := routeRule{backends: rules[i].BackendRefs, at: at}
		for j := range rules[i].Matches {
			rule.matches = append(rule.matches, b.httpMatch(&rules[i].Matches[j], source.Index(at+".matches", j)))
		}
		for j := range rules[i].Filters {
			b.httpFilter(&rule, &rules[i].Filters[j], source.Index(at+".filters", j))
		}
		b.rules = append(b.rules, rule)
	}
}

func (b routeBuilder) httpMatch(m *kube.HTTPRouteMatch, at string) requestMatch {
	out := requestMatch{method: m.Method, headers: b.texts(m.Headers, at+".headers"), query: b.texts(m.QueryParams, at+".queryParams")}
	value := cmp.Or(m.Path.Value, "/")
	if m.Path.Type != "RegularExpression" && value[0] != '/' {
		b.refuse(at+".path.value", strconv.Quote(value)+" is no absolute path")
	}
	switch m.Path.Type {
	case "Exact":
		out.path = pathMatch{kind: pathExact, text: value}
	case "RegularExpression":
		out.path = pathMatch{kind: pathPattern, pattern: b.pattern(value, at+".path.value")}
	default:
		out.path = prefixOf(value)
	}
	for i, q := range m.QueryParams {
		if q.Name == "" {
			b.broken = "a test of a parameter without a name in " + source.Index(at+".queryParams", i)
		}
	}
	return out
}

// httpFilter takes a filter in (policy-controller/k8s/index/src/inbound/index/http.rs try_gateway_filter).
func (b routeBuilder) httpFilter(rule *routeRule, f *kube.HTTPRouteFilter, at string) {
	switch f.Type {
	case "RequestHeaderModifier", "ResponseHeaderModifier":
	case "RequestRedirect":
		if rule.redirect = f.RequestRedirect; rule.redirect == nil {
			b.refuse(at, "a redirect that says nothing")
		}
	default:
		b.refuse(at+".type", "filters of type "+strconv.Quote(f.Type)+" are not supported")
	}
}

func (b routeBuilder) grpcRules(rules []kube.GRPCRouteRule) {
	for i := range rules {
		at := source.Index("spec.rules", i)
		rule := routeRule{backends: rules[i].BackendRefs, at: at}
		for j := range rules[i].Matches {
			rule.matches = append(rule.matches, b.grpcMatch(&rules[i].Matches[j], source.Index(at+".matches", j)))
		}
		for j, f := range rules[i].Filters {
			if f.Type != "RequestHeaderModifier" && f.Type != "ResponseHeaderModifier" {
				b.refuse(source.Index(at+".filters", j)+".type", "filters of type "+strconv.Quote(f.Type)+" are not supported")
			}
		}
		b.rules = append(b.rules, rule)
	}
}

// grpcMatch reads a match. One without a method reaches the proxy in a form that it does not take, and with
// it nothing of the Server's policy (linkerd2-proxy linkerd/http/route/src/grpc/match.rs MissingRpc).
func (b routeBuilder) grpcMatch(m *kube.GRPCRouteMatch, at string) requestMatch {
	out := requestMatch{headers: b.texts(m.Headers, at+".headers"), rpc: &rpcMatch{}}
	switch {
	case m.Method == nil:
		b.broken = at + " names no method"
	case m.Method.Type == "RegularExpression":
		b.refuse(at+".method.type", "patterns for methods are not supported")
	default:
		out.rpc.service, out.rpc.method = m.Method.Service, m.Method.Method
	}
	return out
}

// texts reads tests of headers or of parameters.
func (b routeBuilder) texts(tests []kube.NamedMatch, at string) []textMatch {
	var all []textMatch
	for i, t := range tests {
		m := textMatch{name: t.Name, value: t.Value}
		if t.Type == "RegularExpression" {
			m.pattern = b.pattern(t.Value, source.Index(at, i)+".value")
		}
		if strings.HasSuffix(at, "headers") && (!isToken(t.Name) || m.pattern == nil && !isHeaderValue(t.Value)) {
			b.refuse(source.Index(at, i), "no header can be so")
		}
		all = append(all, m)
	}
	return all
}

// pattern reads a regular expression; one that may mean something else to the proxy leaves a gap and
// spans nothing.
func (b routeBuilder) pattern(text, at string) *pattern {
	p, ok := parsePattern(text)
	if !ok && !b.concernsMesh() {
		return neverSpans() // a route of somebody else
	}
	if !ok {
		b.gaps = append(b.gaps, b.c.report(source.ProblemUnsupported, b.obj, at, "what the proxy makes of the pattern "+strconv.Quote(text)+" is not worked out"))
		return neverSpans()
	}
	return p
}

// isToken reports whether a text can name a header.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isHeaderValue reports whether the policy controller takes a text for the value of a header.
func isHeaderValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return (r < ' ' || r >= 0x7f) && r != '\t' })
}

// policyRules are the rules of Linkerd's own HTTPRoute as those of the Gateway API's.
func policyRules(rules []policyroute.HTTPRouteRule) []kube.HTTPRouteRule {
	if rules == nil {
		return nil
	}
	all := make([]kube.HTTPRouteRule, len(rules))
	for i, r := range rules {
		for _, m := range r.Matches {
			all[i].Matches = append(all[i].Matches, policyMatch(m))
		}
		for _, f := range r.Filters {
			all[i].Filters = append(all[i].Filters, policyFilter(f))
		}
		for _, ref := range r.BackendRefs {
			all[i].BackendRefs = append(all[i].BackendRefs, ref.BackendRef)
		}
	}
	return all
}

func policyMatch(m policyroute.HTTPRouteMatch) kube.HTTPRouteMatch {
	out := kube.HTTPRouteMatch{Method: m.Method}
	if m.Path != nil {
		out.Path.Type, out.Path.Value = m.Path.Type, m.Path.Value
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, kube.NamedMatch{Type: h.Type, Name: h.Name, Value: h.Value})
	}
	for _, q := range m.QueryParams {
		out.QueryParams = append(out.QueryParams, kube.NamedMatch{Type: q.Type, Name: q.Name, Value: q.Value})
	}
	return out
}

func policyFilter(f policyroute.HTTPRouteFilter) kube.HTTPRouteFilter {
	out := kube.HTTPRouteFilter{Type: f.Type}
	if r := f.RequestRedirect; r != nil {
		out.RequestRedirect = &kube.Redirect{Scheme: r.Scheme, Hostname: r.Hostname, Port: r.Port, StatusCode: int32(r.StatusCode)}
		if r.Path != nil {
			out.RequestRedirect.Path = &kube.PathModifier{Type: r.Path.Type}
		}
	}
	return out
}

func policyStatuses(all []policyroute.RouteParentStatus) []kube.RouteParentStatus {
	var out []kube.RouteParentStatus
	for _, s := range all {
		k := kube.RouteParentStatus{ParentRef: s.ParentRef, ControllerName: s.ControllerName}
		for _, c := range s.Conditions {
			k.Conditions = append(k.Conditions, kube.Condition{Type: c.Type, Status: c.Status, Reason: c.Reason})
		}
		out = append(out, k)
	}
	return out
}
