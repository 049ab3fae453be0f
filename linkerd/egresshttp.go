package linkerd

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// The statuses of answers to requests that get no further (policy-controller/grpc/src/outbound/http.rs and
// grpc.rs default_outbound_egress_route, invalid_backend; linkerd2-proxy
// linkerd/app/core/src/errors/respond.rs): gRPC answers say in a trailer that they are refusals.
const (
	forbidden    = 403
	failed       = 500
	grpcAnswered = 200
)

// http judges a request by HTTPRoutes.
func (q *egressQuestion) http(routes []*egressRoute) mesh.Point {
	q.failure = failed
	return q.byRequest(routes, forbidden)
}

// grpc judges a request by GRPCRoutes. The proxy takes for HTTP/2 whatever is sent to such a port
// (linkerd2-proxy linkerd/app/outbound/src/sidecar.rs Param<Protocol>), and a request that no route takes
// for one that trafficPolicy decides.
func (q *egressQuestion) grpc(routes []*egressRoute) mesh.Point {
	if !q.speaksHTTP() {
		return q.wrongProtocol(routes[0], "GRPCRoutes of the port let only HTTP/2 through")
	}
	q.failure = grpcAnswered
	p := q.byRequest(routes, grpcAnswered)
	if p.Allowed == truth.True && !speaksGRPC(q.request.HTTP) {
		p.Allowed = truth.Unknown
		p.Unknown = append(p.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: routes[0].obj.Ref, Loc: routes[0].at("spec"),
			Detail: "GRPCRoutes of the port let only HTTP/2 through, and whether the request is HTTP/2 is not known",
		})
	}
	return p
}

// speaksGRPC reports whether a request can only be gRPC, which is HTTP/2, by its form.
func speaksGRPC(h *mesh.HTTP) bool {
	for name, values := range h.Header {
		if strings.EqualFold(name, "content-type") && len(values) > 0 {
			return strings.HasPrefix(values[0], "application/grpc")
		}
	}
	_, _, ok := rpcOf(h.Path)
	return ok && h.Method == "POST"
}

// byRequest judges by the rule that a request meets best. A route that the proxy does not take spoils the
// whole policy of the port (linkerd2-proxy linkerd/app/outbound/src/policy/api.rs INVALID_POLICY).
func (q *egressQuestion) byRequest(routes []*egressRoute, refusal int) mesh.Point {
	for _, r := range routes {
		if r.http.broken != "" {
			p := q.wrongProtocol(r, "the proxy takes no policy with this route in it: "+r.http.broken)
			p.Why[0].Rule, p.Status = ruleInvalidPolicy, failed
			return p
		}
	}
	fold := hostsFolded(q.layer.settings.release)
	p := q.byHosts(routes, refusal, fold)
	if !q.newest() {
		return p
	}
	if other := q.byHosts(routes, refusal, !fold); other.Allowed != p.Allowed || other.Status != p.Status {
		p.Unknown = append(p.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: routes[0].obj.Ref, Loc: routes[0].at("spec.hostnames"),
			Detail: "proxies up to 2.20 compare the hosts of routes with regard to case, and the release is not known",
		})
	}
	return p
}

// newest reports whether the rules of the newest release are taken because none is known.
func (q *egressQuestion) newest() bool { return q.layer.settings.release.minor == 0 }

func (q *egressQuestion) byHosts(routes []*egressRoute, refusal int, fold bool) mesh.Point {
	h := *q.request.HTTP
	h.Host = cmp.Or(h.Host, q.request.Addr.String())
	a := newAsked(&h, fold)
	q.asked = &a
	rules := map[*egressRoute]int{}
	found := meetBest(routes, &a, rules)
	p := q.fallback(refusal)
	if len(found) > 0 {
		p = q.byRoutes(found, func(r *egressRoute) int { return rules[r] })
	}
	if a.doubtful {
		p.Allowed = truth.Unknown
		p.Unknown = append(p.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: routes[0].obj.Ref, Loc: routes[0].at("spec.rules"),
			Detail: "whether the proxy finds a pattern in what is not ASCII is not worked out",
		})
	}
	return p
}

// meetBest are the first of the routes that a request meets best, and those that could as well stand before
// it; rules gets the rule of each.
func meetBest(routes []*egressRoute, a *asked, rules map[*egressRoute]int) []*egressRoute {
	var best hit
	var found []*egressRoute
	for _, r := range routes {
		rank, ok := r.http.host(a)
		if !ok {
			continue
		}
		h, rule, ok := r.http.bestRule(a)
		if h.host = rank; !ok {
			continue
		}
		rules[r] = rule
		switch c := h.compare(best); {
		case len(found) == 0 || c > 0:
			best, found = h, []*egressRoute{r}
		case c == 0 && sameAge(found[0], r):
			found = append(found, r)
		}
	}
	return found
}

// bestRule is the first of the rules that a request meets best.
func (r *route) bestRule(a *asked) (hit, int, bool) {
	var best hit
	rule := -1
	for i := range r.rules {
		if h, ok := r.rules[i].meet(a, r.grpc); ok && (rule < 0 || h.compare(best) > 0) {
			best, rule = h, i
		}
	}
	return best, rule, rule >= 0
}

// badRouteAnnotation is why the policy controller leaves a route out for its annotations: it takes no part
// of a route of which it does not understand a timeout or a condition for retries
// (policy-controller/k8s/index/src/outbound/index/http.rs and grpc.rs convert_route); empty where it does not.
func badRouteAnnotation(annotations map[string]string, grpc bool) string {
	checks := []struct {
		key string
		ok  func(string) bool
	}{
		{"timeout.linkerd.io/response", isTimeout},
		{"timeout.linkerd.io/request", isTimeout},
		{"timeout.linkerd.io/idle", isTimeout},
		{"retry.linkerd.io/limit", func(text string) bool {
			_, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 16)
			return err == nil
		}},
		{"retry.linkerd.io/timeout", isTimeout},
	}
	for _, c := range checks {
		if text, given := annotations[c.key]; given && !c.ok(text) {
			return "its annotation " + c.key + " is not understood"
		}
	}
	key, ok := "retry.linkerd.io/http", isHTTPCondition
	if grpc {
		key, ok = "retry.linkerd.io/grpc", isGRPCCondition
	}
	if text, given := annotations[key]; given {
		for part := range strings.SplitSeq(text, ",") {
			if !ok(part) {
				return "its annotation " + key + " is not understood"
			}
		}
	}
	return ""
}

// isTimeout reports whether a text is a number with a unit (outbound/index.rs parse_duration).
func isTimeout(text string) bool {
	text = strings.TrimSpace(text)
	unit := strings.TrimLeft(strings.TrimPrefix(text, "+"), "0123456789")
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSuffix(text, unit), "+"), 10, 64)
	millis, known := map[string]uint64{"": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[unit]
	return err == nil && known && (unit != "" || n == 0) && n <= ^uint64(0)/millis
}

func isHTTPCondition(text string) bool {
	if strings.EqualFold(text, "5xx") || strings.EqualFold(text, "gateway-error") {
		return true
	}
	first, last, isRange := strings.Cut(text, "-")
	from, ok := httpCode(first)
	if !isRange || !ok {
		return ok
	}
	to, ok := httpCode(last)
	return ok && from <= to
}

func httpCode(text string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 32)
	return n, err == nil && 100 <= n && n < 600
}

func isGRPCCondition(text string) bool {
	switch strings.ToLower(text) {
	case "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable":
		return true
	default:
		return false
	}
}
