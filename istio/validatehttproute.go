package istio

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// httpRoute judges a route of HTTP: pkg/config/validation/virtualservice.go validateHTTPRoute.
func (v routing) httpRoute(at string, r *networkingv1alpha3.HTTPRoute) {
	v.httpActions(at, r)
	warnings := v.warnings
	for i, m := range r.GetMatch() {
		v.httpMatch(source.Index(at+".match", i), m)
	}
	v.warnings = warnings // the webhook has none for matches
	v.headers(at+".headers", r.GetHeaders())
	v.cors(at+".corsPolicy", r.GetCorsPolicy())
	v.fault(at+".fault", r.GetFault())
	v.mirrors(at, r)
	v.redirect(at+".redirect", r)
	v.directResponse(at+".directResponse", r.GetDirectResponse())
	v.retries(at+".retries", r.GetRetries())
	v.rewrite(at+".rewrite", r.GetRewrite())
	v.authority(at, r)
	v.duration(at+".timeout", r.GetTimeout())
	var weights []int32
	for i, d := range r.GetRoute() {
		at := source.Index(at+".route", i)
		v.weighted(at, d)
		v.headers(at+".headers", d.GetHeaders())
		weights = append(weights, d.GetWeight())
	}
	v.totalWeight(at+".route", weights)
}

// httpActions judges which actions a route has: validateHTTPRouteConflict.
func (v routing) httpActions(at string, r *networkingv1alpha3.HTTPRoute) {
	isDelegate := len(v.spec.GetHosts()) == 0
	if r.GetDelegate() != nil {
		if isDelegate {
			v.refuse(at+".delegate", "a route that others delegate to cannot delegate itself")
		} else {
			v.excluded(at, r, "delegate", "redirect", "route")
			return
		}
	}
	switch {
	case r.GetRedirect() != nil:
		v.excluded(at, r, "redirect", "route", "fault", "rewrite", "directResponse")
	case r.GetDirectResponse() != nil:
		v.excluded(at, r, "directResponse", "route", "fault", "rewrite")
	case len(r.GetRoute()) == 0:
		v.refuse(at+".route", "a destination, a redirect or a direct response is required")
	default:
	}
	if r.GetMirror() != nil {
		v.excluded(at, r, "mirror", "mirrors")
	}
}

// excluded refuses the fields that are set beside one that excludes them.
func (v routing) excluded(at string, r *networkingv1alpha3.HTTPRoute, by string, fields ...string) {
	set := map[string]bool{
		"redirect": r.GetRedirect() != nil, "route": len(r.GetRoute()) > 0, "fault": r.GetFault() != nil,
		"rewrite": r.GetRewrite() != nil, "directResponse": r.GetDirectResponse() != nil, "mirrors": len(r.GetMirrors()) > 0,
	}
	for _, f := range fields {
		if set[f] {
			v.refuse(source.Key(at, f), by+" and "+f+" exclude each other")
		}
	}
}

// longestPattern is the length that Istio takes for a regular expression's.
const longestPattern = 1024

func regularExpression(text string) string {
	if text == "" || len(text) > longestPattern {
		return fmt.Sprintf("a regular expression must have 1 to %d bytes", longestPattern)
	}
	if _, err := regexp.Compile(text); err != nil {
		return "the pattern is no regular expression of RE2"
	}
	return ""
}

// stringMatch judges how a text is matched. A URI may have an empty prefix.
func (v *review) stringMatch(at string, m *networkingv1alpha3.StringMatch, emptyPrefix bool) {
	switch t := m.GetMatchType().(type) {
	case *networkingv1alpha3.StringMatch_Prefix:
		if t.Prefix == "" && !emptyPrefix {
			v.refuse(at+".prefix", "a prefix must not be empty")
		}
	case *networkingv1alpha3.StringMatch_Regex:
		v.refuseIf(at+".regex", regularExpression(t.Regex))
	default:
	}
}

func (v routing) httpMatch(at string, m *networkingv1alpha3.HTTPMatchRequest) {
	for _, name := range sortedKeys(m.GetHeaders()) {
		field := source.Key(at+".headers", name)
		v.matchedHeader(field, name)
		v.stringMatch(field, m.GetHeaders()[name], false)
	}
	for _, name := range sortedKeys(m.GetWithoutHeaders()) {
		field := source.Key(at+".withoutHeaders", name)
		v.matchedHeader(field, name)
		if h := m.GetWithoutHeaders()[name]; h.GetRegex() != "*" { // which means that the header is there
			v.stringMatch(field, h, false)
		}
	}
	v.stringMatch(at+".uri", m.GetUri(), true)
	v.stringMatch(at+".scheme", m.GetScheme(), false)
	v.stringMatch(at+".method", m.GetMethod(), false)
	v.stringMatch(at+".authority", m.GetAuthority(), false)
	for _, name := range sortedKeys(m.GetQueryParams()) {
		v.stringMatch(source.Key(at+".queryParams", name), m.GetQueryParams()[name], false)
	}
	if m.GetPort() != 0 {
		v.refuseIf(at+".port", port(m.GetPort()))
	}
	v.labels(at+".sourceLabels", m.GetSourceLabels())
	v.gatewayNames(at+".gateways", m.GetGateways(), false)
	if ns := m.GetSourceNamespace(); ns != "" && !isLabel(ns) {
		v.refuse(at+".sourceNamespace", quoted(ns)+" is no namespace")
	}
}

// matchedHeader judges the name of a header in a match, which may stand for a claim of a token.
func (v routing) matchedHeader(field, name string) {
	switch {
	case isClaim(name):
		if !v.gateway {
			v.refuse(field, "only a gateway routes by claims")
		}
	case v.c.since(25) && slices.Contains([]string{":method", ":scheme", ":authority", ":path", ":status"}, name):
	case !v.isHeaderName(name):
		v.refuse(field, quoted(name)+" is no name of a header")
	default:
	}
}

// isClaim reports whether the name of a header stands for a claim: pkg/jwt/routing.go ToRoutingClaim.
func isClaim(name string) bool {
	const prefix = "@request.auth.claims"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return false
	}
	rest := name[len(prefix):]
	return strings.HasPrefix(rest, ".") && len(rest) > 1 ||
		strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") && len(rest) > 2
}

// isHeaderName reports whether a header can have the name. Istio before 1.25 took letters, digits,
// dashes and underscores only.
func (v *review) isHeaderName(name string) bool {
	others := "-_"
	if v.c.since(25) {
		others = "!#$%&'*+-.^_`|~"
	}
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune(others, r) && (r > 127 || !isAlphanumeric(byte(r)))
	})
}

// headers judges changes of headers. Nil changes nothing.
func (v *review) headers(at string, h *networkingv1alpha3.Headers) {
	for _, d := range []struct {
		name    string
		changes *networkingv1alpha3.Headers_HeaderOperations
	}{{"request", h.GetRequest()}, {"response", h.GetResponse()}} {
		host := d.name == "request" // the host of a request may be set
		at := source.Key(at, d.name)
		v.headerValues(at+".add", d.changes.GetAdd(), host)
		v.headerValues(at+".set", d.changes.GetSet(), host)
		for i, name := range d.changes.GetRemove() {
			v.refuseIf(source.Index(at+".remove", i), changedHeader(name, false))
		}
	}
}

func (v *review) headerValues(at string, values map[string]string, host bool) {
	for _, name := range sortedKeys(values) {
		field := source.Key(at, name)
		v.refuseIf(field, changedHeader(name, host))
		v.refuseIf(field, headerValue(values[name]))
	}
}

// changedHeader judges the name of a header that is changed; host allows that of the host.
func changedHeader(name string, host bool) string {
	isHost := strings.EqualFold(name, ":authority") || strings.EqualFold(name, "host")
	switch {
	case name == "":
		return "a header needs a name"
	case host && isHost:
		return ""
	case isHost, strings.HasPrefix(name, ":"):
		return "header " + quoted(name) + " cannot be changed"
	default:
		return ""
	}
}

// headerValue judges a value, which may hold Envoy's %COMMANDS%: ValidateHTTPHeaderValue.
func headerValue(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return "the value holds a control character"
	}
	if !commandsEnd(value) {
		return "the value holds a % that begins no command; a % itself is written %%"
	}
	return ""
}

// authority refuses to set the host of a request in more than one place: validateAuthorityRewrite.
func (v routing) authority(at string, r *networkingv1alpha3.HTTPRoute) {
	current := r.GetRewrite().GetAuthority()
	for _, part := range []struct {
		name   string
		values map[string]string
	}{{".headers.request.set", r.GetHeaders().GetRequest().GetSet()}, {".headers.request.add", r.GetHeaders().GetRequest().GetAdd()}} {
		for _, name := range sortedKeys(part.values) {
			if !strings.EqualFold(name, ":authority") && !strings.EqualFold(name, "host") {
				continue
			}
			if current != "" {
				v.refuse(source.Key(at+part.name, name), "the host of a request is set twice")
				return
			}
			current = part.values[name]
		}
	}
}

// corsMethods are the methods of a CORS policy; * since Istio 1.26.
var corsMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"}

func (v *review) cors(at string, p *networkingv1alpha3.CorsPolicy) {
	if p == nil {
		return
	}
	for i, o := range p.GetAllowOrigins() {
		at := source.Index(at+".allowOrigins", i)
		if o.GetExact() == "" && o.GetPrefix() == "" && o.GetRegex() == "" {
			v.refuse(at, "an origin must not be empty")
		}
		v.stringMatch(at, o, true)
	}
	for i, m := range p.GetAllowMethods() {
		if !slices.Contains(corsMethods, m) || m == "*" && !v.c.since(26) {
			v.refuse(source.Index(at+".allowMethods", i), quoted(m)+" is no method of HTTP")
		}
	}
	for _, list := range []struct {
		name  string
		names []string
	}{{"allowHeaders", p.GetAllowHeaders()}, {"exposeHeaders", p.GetExposeHeaders()}} {
		for i, name := range list.names {
			if name != "*" && !v.isHeaderName(name) {
				v.refuse(source.Index(source.Key(at, list.name), i), quoted(name)+" is no name of a header")
			}
		}
	}
	v.duration(at+".maxAge", p.GetMaxAge())
	if p.GetMaxAge().GetNanos() > 0 {
		v.refuse(at+".maxAge", "the duration must be a number of seconds")
	}
}

// grpcStatuses are the codes by which a fault may end a call.
var grpcStatuses = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func (v *review) fault(at string, f *networkingv1alpha3.HTTPFaultInjection) {
	if f == nil {
		return
	}
	if f.GetAbort() == nil && f.GetDelay() == nil {
		v.refuse(at, "a fault is an abort or a delay")
	}
	v.fraction(at+".abort.percentage", f.GetAbort().GetPercentage())
	v.fraction(at+".delay.percentage", f.GetDelay().GetPercentage())
	switch e := f.GetAbort().GetErrorType().(type) {
	case *networkingv1alpha3.HTTPFaultInjection_Abort_GrpcStatus:
		if !slices.Contains(grpcStatuses, e.GrpcStatus) {
			v.refuse(at+".abort.grpcStatus", quoted(e.GrpcStatus)+" is no status of gRPC")
		}
	case *networkingv1alpha3.HTTPFaultInjection_Abort_Http2Error:
		v.refuse(at+".abort.http2Error", "an abort with an error of HTTP/2 is not supported")
	case *networkingv1alpha3.HTTPFaultInjection_Abort_HttpStatus:
		v.refuseIf(at+".abort.httpStatus", httpStatus(int64(e.HttpStatus)))
	default: // the webhook's warning about an abort without an error does not reach anybody
	}
	switch d := f.GetDelay().GetHttpDelayType().(type) {
	case *networkingv1alpha3.HTTPFaultInjection_Delay_FixedDelay:
		v.duration(at+".delay.fixedDelay", d.FixedDelay)
	case *networkingv1alpha3.HTTPFaultInjection_Delay_ExponentialDelay:
		v.refuse(at+".delay.exponentialDelay", "an exponential delay is not supported")
	default:
	}
}

func (v *review) fraction(field string, p *networkingv1alpha3.Percent) {
	if n := p.GetValue(); n < 0 || n > 100 || n > 0 && n < 0.0001 {
		v.refuse(field, "a percentage must be 0 or lie between 0.0001 and 100")
	}
}

func httpStatus(n int64) string {
	if n < 200 || n > 600 {
		return fmt.Sprintf("status %d does not lie between 200 and 599", n)
	}
	return ""
}

func (v routing) mirrors(at string, r *networkingv1alpha3.HTTPRoute) {
	if p := r.GetMirrorPercent(); p != nil { //nolint:staticcheck // the webhook warns because it is deprecated
		v.warn(at+".mirrorPercent", "the field is deprecated in favour of mirrorPercentage")
		if p.GetValue() > 100 {
			v.refuse(at+".mirrorPercent", "a percentage must lie between 0 and 100")
		}
	}
	v.mirrored(at+".mirrorPercentage", r.GetMirrorPercentage())
	v.destination(at+".mirror", r.GetMirror())
	for i, m := range r.GetMirrors() {
		at := source.Index(at+".mirrors", i)
		if m.GetDestination() == nil {
			v.refuse(at+".destination", "a destination is required")
			continue
		}
		v.destination(at+".destination", m.GetDestination())
		v.mirrored(at+".percentage", m.GetPercentage())
	}
}

func (v *review) mirrored(field string, p *networkingv1alpha3.Percent) {
	if n := p.GetValue(); n < 0 || n > 100 {
		v.refuse(field, "a percentage must lie between 0 and 100")
	}
}

// redirect judges a redirect, up to the first reason: validateHTTPRedirect.
func (v routing) redirect(at string, r *networkingv1alpha3.HTTPRoute) {
	d := r.GetRedirect()
	if d == nil {
		return
	}
	code := d.GetRedirectCode()
	switch {
	case d.GetUri() != "" && d.GetPrefixRewrite() != "":
		v.refuse(at+".prefixRewrite", "uri and prefixRewrite exclude each other")
	case d.GetPrefixRewrite() != "" && slices.ContainsFunc(r.GetMatch(), matchesOtherThanPrefix):
		v.refuse(at+".prefixRewrite", "prefixRewrite needs matches by prefix of the URI")
	case d.GetUri()+d.GetPrefixRewrite()+d.GetAuthority()+d.GetScheme() == "" && d.GetRedirectPort() == nil:
		v.refuse(at, "a redirect must name a URI, an authority, a scheme or a port")
	case code != 0 && (code < 300 || code > 399):
		v.refuse(at+".redirectCode", fmt.Sprintf("status %d does not lie between 300 and 399", code))
	case !slices.Contains([]string{"", "http", "https"}, d.GetScheme()):
		v.refuse(at+".scheme", "a scheme is http or https")
	case d.GetPort() > 65535:
		v.refuse(at+".port", port(d.GetPort()))
	default:
	}
}

func matchesOtherThanPrefix(m *networkingv1alpha3.HTTPMatchRequest) bool {
	_, prefix := m.GetUri().GetMatchType().(*networkingv1alpha3.StringMatch_Prefix)
	return m.GetUri() != nil && !prefix
}

func (v *review) directResponse(at string, d *networkingv1alpha3.HTTPDirectResponse) {
	if d == nil {
		return
	}
	switch n := len(d.GetBody().GetString_()) + len(d.GetBody().GetBytes()); {
	case n > 1024*1024:
		v.refuse(at+".body", "a response must not be larger than 1 MiB")
	case n > 100*1024:
		v.warn(at+".body", "large responses burden the control plane")
	default:
	}
	v.refuseIf(at+".status", httpStatus(int64(d.GetStatus())))
}

// retryPolicies are what may be retried, beside statuses of HTTP.
var retryPolicies = []string{
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
	"retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure",
	"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
}

func (v *review) retries(at string, r *networkingv1alpha3.HTTPRetry) {
	if r == nil {
		return
	}
	v.notNegative(at+".attempts", r.GetAttempts())
	if r.GetAttempts() == 0 && (r.GetPerTryTimeout() != nil || r.GetRetryOn() != "" || r.GetRetryRemoteLocalities() != nil) {
		v.refuse(at+".attempts", "attempts of 0 turn retries off, so that nothing else may be set")
	}
	v.duration(at+".perTryTimeout", r.GetPerTryTimeout())
	v.duration(at+".backoff", r.GetBackoff())
	if r.GetRetryOn() == "" {
		return
	}
	for policy := range strings.SplitSeq(r.GetRetryOn(), ",") {
		code, _ := strconv.Atoi(policy)
		if !isHTTPStatus(code) && !slices.Contains(retryPolicies, policy) {
			v.refuse(at+".retryOn", quoted(policy)+" is nothing that can be retried")
		}
	}
}

// isHTTPStatus reports whether a status is registered, as net/http StatusText knows them.
func isHTTPStatus(code int) bool {
	for _, r := range [][2]int{{100, 103}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 418}, {421, 426}, {428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511}} {
		if r[0] <= code && code <= r[1] {
			return true
		}
	}
	return false
}

// rewrite judges a rewrite, up to the first reason: validateHTTPRewrite.
func (v *review) rewrite(at string, r *networkingv1alpha3.HTTPRewrite) {
	x := r.GetUriRegexRewrite()
	switch {
	case r == nil:
	case r.GetUri() != "" && x != nil:
		v.refuse(at+".uriRegexRewrite", "uri and uriRegexRewrite exclude each other")
	case r.GetUri() == "" && x == nil && r.GetAuthority() == "":
		v.refuse(at, "a rewrite must name a URI or an authority")
	case x == nil:
	case x.GetMatch() == "" || x.GetRewrite() == "":
		v.refuse(at+".uriRegexRewrite", "match and rewrite are required")
	default:
		v.refuseIf(at+".uriRegexRewrite.match", regularExpression(x.GetMatch()))
	}
}
