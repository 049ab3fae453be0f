package linkerd

import (
	"strconv"
	"strings"
	"time"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// admittedRoute is what the webhook looks at of a route for requests. Pointers tell what is empty from what
// is not there.
type admittedRoute[Match any] struct {
	kube.Meta `json:"metadata"`
	Spec      struct {
		ParentRefs []kube.ParentRef      `json:"parentRefs"`
		Rules      []admittedRule[Match] `json:"rules"`
	} `json:"spec"`
}

type admittedRule[Match any] struct {
	Matches     []Match           `json:"matches"`
	Filters     []admittedFilter  `json:"filters"`
	BackendRefs []kube.BackendRef `json:"backendRefs"`
	Timeouts    admittedTimeouts  `json:"timeouts"`
}

type admittedTimeouts struct {
	Request        string `json:"request"`
	BackendRequest string `json:"backendRequest"`
}

type admittedHTTPMatch struct {
	Path        *admittedPath     `json:"path"`
	Headers     []kube.NamedMatch `json:"headers"`
	QueryParams []kube.NamedMatch `json:"queryParams"`
}

type admittedPath struct {
	Type  string  `json:"type"`
	Value *string `json:"value"`
}

type admittedGRPCMatch struct {
	Method *struct {
		Type    string `json:"type"`
		Service string `json:"service"`
		Method  string `json:"method"`
	} `json:"method"`
	Headers []kube.NamedMatch `json:"headers"`
}

type admittedFilter struct {
	RequestHeaderModifier  *admittedHeaders  `json:"requestHeaderModifier"`
	ResponseHeaderModifier *admittedHeaders  `json:"responseHeaderModifier"`
	RequestRedirect        *admittedRedirect `json:"requestRedirect"`
}

type admittedRedirect struct {
	StatusCode *int              `json:"statusCode"`
	Path       *admittedModifier `json:"path"`
}

type admittedModifier struct {
	ReplaceFullPath    *string `json:"replaceFullPath"`
	ReplacePrefixMatch *string `json:"replacePrefixMatch"`
}

type admittedHeaders struct {
	Set    []admittedHeader `json:"set"`
	Add    []admittedHeader `json:"add"`
	Remove []string         `json:"remove"`
}

type admittedHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// routes: the webhook is asked about HTTPRoutes of the Gateway API since 2.15, about GRPCRoutes since 2.16 and
// about other routes since 2.17 (charts/linkerd-control-plane/templates/destination-rbac.yaml).
func (a *validator) routes() {
	http := func(v *admittedRoute[admittedHTTPMatch]) *kube.Meta { return &v.Meta }
	each(a, kindPolicyHTTPRoute, ruleAdmitRoute, http, func(v review, r *admittedRoute[admittedHTTPMatch]) {
		v.httpRoute(r)
		for i, rule := range r.Spec.Rules {
			v.timeouts(source.Index("spec.rules", i)+".timeouts", rule.Timeouts.Request, rule.Timeouts.BackendRequest)
		}
	})
	if a.c.release.since(15) {
		each(a, kube.KindHTTPRoute, ruleAdmitRoute, http, func(v review, r *admittedRoute[admittedHTTPMatch]) {
			v.httpRoute(r)
			for i, rule := range r.Spec.Rules {
				v.backends(source.Index("spec.rules", i), rule.BackendRefs)
			}
		})
	}
	if a.c.release.since(16) {
		each(a, kube.KindGRPCRoute, ruleAdmitRoute,
			func(v *admittedRoute[admittedGRPCMatch]) *kube.Meta { return &v.Meta }, review.grpcRoute)
	}
	if a.c.release.since(17) {
		each(a, kube.KindTLSRoute, ruleAdmitRoute,
			func(v *kube.TLSRoute) *kube.Meta { return &v.Meta },
			func(v review, r *kube.TLSRoute) { v.connectionRoute(r.Spec.ParentRefs, len(r.Spec.Rules)) })
		each(a, kube.KindTCPRoute, ruleAdmitRoute,
			func(v *kube.TCPRoute) *kube.Meta { return &v.Meta },
			func(v review, r *kube.TCPRoute) { v.connectionRoute(r.Spec.ParentRefs, len(r.Spec.Rules)) })
	}
}

// httpRoute: impl Validate<HttpRouteSpec>, for both groups.
func (v review) httpRoute(r *admittedRoute[admittedHTTPMatch]) {
	v.parents(r.Spec.ParentRefs, r.Annotations, false)
	for i, rule := range r.Spec.Rules {
		at := source.Index("spec.rules", i)
		for k, m := range rule.Matches {
			in := source.Index(at+".matches", k)
			if m.Path != nil {
				v.path(in+".path.value", m.Path.Type, m.Path.Value)
			}
			v.headerTests(in+".headers", m.Headers)
			for n, q := range m.QueryParams {
				v.pattern(source.Index(in+".queryParams", n)+".value", q)
			}
		}
		v.filters(at, rule.Filters)
	}
}

// grpcRoute: impl Validate<GrpcRouteSpec>. Up to 2.17 patterns for methods were taken, and tests of neither
// service nor method were not.
func (v review) grpcRoute(r *admittedRoute[admittedGRPCMatch]) {
	v.parents(r.Spec.ParentRefs, r.Annotations, true)
	for i, rule := range r.Spec.Rules {
		at := source.Index("spec.rules", i)
		for k, m := range rule.Matches {
			in := source.Index(at+".matches", k)
			switch {
			case m.Method == nil:
			case v.a.c.release.since(18):
				if m.Method.Type == "RegularExpression" {
					v.refuse(in+".method.type", "unsupported GRPCRoute method match type: RegularExpression")
				}
			case m.Method.Service == "" && m.Method.Method == "":
				v.refuse(in+".method", "one of service and method must not be empty")
			default:
			}
			v.headerTests(in+".headers", m.Headers)
		}
		v.filters(at, rule.Filters)
		v.backends(at, rule.BackendRefs)
	}
}

// connectionRoute: impl Validate<TlsRouteSpec> and impl Validate<TcpRouteSpec>.
func (v review) connectionRoute(parents []kube.ParentRef, rules int) {
	v.parentPorts(parents)
	if rules != 1 {
		v.refuse("spec.rules", v.r.obj.Ref.Kind.Kind+" supports a single rule only")
	}
}

// parents judges to what a route is attached, and the annotations that count for requests to Services and
// EgressNetworks (policy-controller/k8s/index/src/outbound/index.rs).
func (v review) parents(refs []kube.ParentRef, annotations map[string]string, grpc bool) {
	v.parentPorts(refs)
	outbound := false
	for _, p := range refs {
		kind, ok := parentKind(v.r.obj.Ref, p)
		outbound = outbound || ok && (kind == kube.KindService || kind == kindEgressNetwork && v.a.c.release.since(17))
	}
	if !outbound || !v.a.c.release.since(16) {
		return
	}
	if fault := badRouteAnnotation(annotations, grpc); fault != "" {
		v.refuse("metadata.annotations", fault)
	}
	if key := badAccrual(annotations); key != "" && !v.a.c.release.since(20) {
		v.refuse(source.Key("metadata.annotations", key), "its annotation "+key+" is not understood")
	}
}

func (v review) parentPorts(refs []kube.ParentRef) {
	for i, p := range refs {
		kind, ok := parentKind(v.r.obj.Ref, p)
		if ok && kind == kindEgressNetwork && p.Port == 0 && v.a.c.release.since(17) {
			v.refuse(source.Index("spec.parentRefs", i), "cannot target an EgressNetwork without specifying a port")
		}
	}
}

// backends: Services need a port (validate_http_backend_if_service), since 2.17.
func (v review) backends(at string, refs []kube.BackendRef) {
	for i, b := range refs {
		isService := (b.Group == "" || b.Group == "core") && (b.Kind == "" || b.Kind == "Service")
		if isService && b.Port == 0 && v.a.c.release.since(17) {
			v.refuse(source.Index(at+".backendRefs", i), "invalid backendRef: Service backendRef without port")
		}
	}
}

// path: policy-controller/k8s/index/src/routes/http.rs path_match.
func (v review) path(at, typ string, value *string) {
	switch {
	case value == nil:
	case typ == "RegularExpression":
		v.pattern(at, kube.NamedMatch{Type: typ, Value: *value})
	case !strings.HasPrefix(*value, "/"):
		v.refuse(at, "paths must be absolute: "+strconv.Quote(*value)+" does not begin with a slash")
	default:
	}
}

// headerTests: policy-controller/k8s/index/src/routes/http.rs header_match.
func (v review) headerTests(at string, tests []kube.NamedMatch) {
	for i, t := range tests {
		in := source.Index(at, i)
		v.header(in, t.Name, t.Value, t.Type == "RegularExpression")
		v.pattern(in+".value", t)
	}
}

// header refuses what cannot be the name or, unless it is a pattern, the value of a header.
func (v review) header(at, name, value string, isPattern bool) {
	if !isToken(name) {
		v.refuse(at+".name", "invalid HTTP header name "+strconv.Quote(name))
	}
	if !isPattern && !isHeaderValue(value) {
		v.refuse(at+".value", "invalid HTTP header value "+strconv.Quote(value))
	}
}

// filters: request_header_modifier, response_header_modifier and req_redirect in
// policy-controller/k8s/index/src/routes/http.rs.
func (v review) filters(at string, all []admittedFilter) {
	for i, f := range all {
		in := source.Index(at+".filters", i)
		v.headerChanges(in+".requestHeaderModifier", f.RequestHeaderModifier)
		v.headerChanges(in+".responseHeaderModifier", f.ResponseHeaderModifier)
		if f.RequestRedirect != nil {
			v.redirect(in+".requestRedirect", f.RequestRedirect)
		}
	}
}

func (v review) redirect(at string, r *admittedRedirect) {
	if r.StatusCode != nil && (*r.StatusCode < 100 || *r.StatusCode > 999) {
		v.refuse(at+".statusCode", "invalid status code "+strconv.Itoa(*r.StatusCode))
	}
	if r.Path == nil {
		return
	}
	path := r.Path.ReplaceFullPath
	if path == nil {
		path = r.Path.ReplacePrefixMatch
	}
	switch {
	case path == nil:
		v.refuse(at+".path", "the redirect must have replaceFullPath or replacePrefixMatch")
	case !strings.HasPrefix(*path, "/"):
		v.refuse(at+".path", "paths must be absolute: "+strconv.Quote(*path)+" does not begin with a slash")
	default:
	}
}

func (v review) headerChanges(at string, h *admittedHeaders) {
	if h == nil {
		return
	}
	for i, e := range h.Add {
		v.header(source.Index(at+".add", i), e.Name, e.Value, false)
	}
	for i, e := range h.Set {
		v.header(source.Index(at+".set", i), e.Name, e.Value, false)
	}
	for i, name := range h.Remove {
		if !isToken(name) {
			v.refuse(source.Index(at+".remove", i), "invalid HTTP header name "+strconv.Quote(name))
		}
	}
}

// timeouts: validate_timeouts. What is no duration the definition refuses.
func (v review) timeouts(at, request, backend string) {
	all, errAll := time.ParseDuration(request)
	one, errOne := time.ParseDuration(backend)
	switch {
	case errAll == nil && all < 0:
		v.refuse(at+".request", "request timeout must not be negative")
	case errOne == nil && one < 0:
		v.refuse(at+".backendRequest", "backendRequest timeout must not be negative")
	case errAll == nil && errOne == nil && one > all:
		v.refuse(at+".backendRequest", "backendRequest timeout ("+backend+") must not be greater than request timeout ("+request+")")
	default:
	}
}
