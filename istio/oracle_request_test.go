package istio_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// oracleRequest is a request as it stands before a proxy's policies: what is not there is empty.
type oracleRequest struct {
	principal string // of the client's certificate, "td/ns/a/sa/b"
	source    netip.Addr
	remote    netip.Addr
	sni       string
	port      int // as the proxy's chains know it
	http      bool
	method    string
	path      string
	host      string
	headers   map[string][]string
	jwt       object // nil for none
	badJWT    bool
}

func (r oracleRequest) String() string {
	text := fmt.Sprintf("principal %q source %s remote %s sni %q", r.principal, r.source, r.remote, r.sni)
	if r.http {
		text += fmt.Sprintf(" %s %s host %s headers %v token %v bad %v", r.method, r.path, r.host, r.headers, r.jwt, r.badJWT)
	}
	return text
}

// oracleVerdict is what a proxy's policies say.
type oracleVerdict struct {
	allowed bool
	// by are the rules of which one decided, "action namespace/name index"; empty when none did.
	by      []string
	asks    []string // external authorizers
	askedBy []string // the rules for which they are asked, as in by
	matched []string // audits and trial runs, as in by
}

// oracleMatcher knows how one engine treats a field of a rule.
type oracleMatcher struct {
	w       *oracleWorld
	req     *oracleRequest
	policy  *oracleObject[oraclePolicy]
	tcp     bool // the chain sees bytes only
	claims  object
	refused []string // the rules for tokens that refuse the request's, as in oracleVerdict.by
	ztunnel bool
}

// oracleField is a field of a rule with its negation.
type oracleField struct {
	yes, no []string
	http    bool // the field is about HTTP
	match   func(value string) bool
}

func (f oracleField) empty() bool { return len(f.yes) == 0 && len(f.no) == 0 }

func (f oracleField) holds() bool {
	return (len(f.yes) == 0 || slices.ContainsFunc(f.yes, f.match)) && !slices.ContainsFunc(f.no, f.match)
}

func (m oracleMatcher) source(s oracleSource) []oracleField {
	migrate := m.w.migrate
	if m.ztunnel {
		migrate = func(list []string) []string { return list }
	}
	return []oracleField{
		{migrate(s.Principals), migrate(s.NotPrincipals), false, m.principal},
		{s.RequestPrincipals, s.NotRequestPrincipals, true, m.requestPrincipal},
		{s.Namespaces, s.NotNamespaces, false, m.namespace},
		{s.Accounts, s.NotAccounts, false, m.account},
		{m.w.expand(s.Domains), m.w.expand(s.NotDomains), false, m.domain},
		{s.IPs, s.NotIPs, false, func(v string) bool { return inBlock(v, m.req.source) }},
		{s.RemoteIPs, s.NotRemoteIPs, m.ztunnel, func(v string) bool { return inBlock(v, m.remote()) }},
	}
}

func (m oracleMatcher) operation(o oracleOperation) []oracleField {
	path, _, _ := strings.Cut(m.req.path, "?")
	return []oracleField{
		{o.Hosts, o.NotHosts, true, func(v string) bool { return pattern(strings.ToLower(v), strings.ToLower(m.req.host)) }},
		{o.Ports, o.NotPorts, false, func(v string) bool { return v == strconv.Itoa(m.req.port) }},
		{o.Methods, o.NotMethods, true, func(v string) bool { return pattern(v, m.req.method) }},
		{o.Paths, o.NotPaths, true, func(v string) bool { return pathPattern(v, path) }},
	}
}

// condition is a field for an entry of when.
func (m oracleMatcher) condition(c oracleCondition) oracleField {
	f := oracleField{yes: c.Values, no: c.NotValues}
	name := strings.TrimSuffix(strings.TrimPrefix(c.Key, "request.headers["), "]")
	switch {
	case c.Key == "source.ip":
		f.match = func(v string) bool { return inBlock(v, m.req.source) }
	case c.Key == "remote.ip":
		f.http, f.match = m.ztunnel, func(v string) bool { return inBlock(v, m.remote()) }
	case c.Key == "source.namespace":
		f.match = m.namespace
	case c.Key == "source.principal":
		f.match = m.principal
		if !m.ztunnel {
			f.yes, f.no = m.w.migrate(f.yes), m.w.migrate(f.no)
		}
	case c.Key == "source.serviceAccount":
		f.http, f.match = m.ztunnel, m.account
	case c.Key == "source.trustDomain":
		f.http, f.match = m.ztunnel, m.domain
		f.yes, f.no = m.w.expand(f.yes), m.w.expand(f.no)
	case c.Key == "destination.port":
		f.match = func(v string) bool { return v == strconv.Itoa(m.req.port) }
	case c.Key == "connection.sni":
		f.http, f.match = m.ztunnel, func(v string) bool { return pattern(v, m.req.sni) }
	case c.Key == "request.auth.principal":
		f.http, f.match = true, m.requestPrincipal
	case c.Key == "request.auth.audiences":
		f.http, f.match = true, func(v string) bool { return m.claim(v, "aud") }
	case c.Key == "request.auth.presenter":
		f.http, f.match = true, func(v string) bool { return m.claim(v, "azp") }
	case strings.HasPrefix(c.Key, "request.auth.claims"):
		keys := strings.Split(strings.TrimSuffix(strings.TrimPrefix(c.Key, "request.auth.claims["), "]"), "][")
		f.http, f.match = true, func(v string) bool { return m.claim(v, keys...) }
	case strings.HasPrefix(c.Key, "request.headers"):
		f.http, f.match = true, func(v string) bool { return m.header(v, name) }
	default:
		panic("the oracle does not know the condition " + c.Key)
	}
	return f
}

// remote is the client behind trusted proxies: only HTTP tells of one.
func (m oracleMatcher) remote() netip.Addr {
	if m.req.remote.IsValid() && !m.tcp {
		return m.req.remote
	}
	return m.req.source
}

func inBlock(block string, a netip.Addr) bool {
	if p, err := netip.ParsePrefix(block); err == nil {
		return p.Contains(a)
	}
	b, err := netip.ParseAddr(block)
	return err == nil && a == b
}

// pattern is Istio's string match: exact, prefix*, *suffix, and * for whatever is not empty.
func pattern(v, s string) bool {
	switch {
	case v == "*":
		return s != ""
	case strings.HasPrefix(v, "*"):
		return strings.HasSuffix(s, v[1:])
	case strings.HasSuffix(v, "*"):
		return strings.HasPrefix(s, v[:len(v)-1])
	default:
		return s == v
	}
}

// pathPattern matches a path, or a template of segments.
func pathPattern(v, path string) bool {
	if !strings.Contains(v, "{*}") && !strings.Contains(v, "{**}") {
		return pattern(v, path)
	}
	var re strings.Builder
	for i, segment := range strings.Split(v, "/") {
		if i > 0 {
			re.WriteString("/")
		}
		switch segment {
		case "{*}":
			re.WriteString("[^/]+")
		case "{**}":
			re.WriteString(".*")
		default:
			re.WriteString(regexp.QuoteMeta(segment))
		}
	}
	return whole(re.String(), path)
}

func whole(re, s string) bool { return regexp.MustCompile("^(?:" + re + ")$").MatchString(s) }

// principal matches the peer's certificate: security/authz/matcher/string.go StringMatcherWithPrefix;
// ztunnel compares the name without its scheme.
func (m oracleMatcher) principal(v string) bool {
	return m.req.principal != "" && pattern(v, m.req.principal)
}

// namespace is a pattern over the whole name at sidecars, so that a * crosses slashes:
// security/authz/model/generator.go srcNamespaceGenerator.
func (m oracleMatcher) namespace(v string) bool {
	if m.req.principal == "" {
		return false
	}
	if m.ztunnel {
		return pattern(v, strings.Split(m.req.principal, "/")[2])
	}
	parts := strings.Split(v, "*")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return whole(".*/ns/"+strings.Join(parts, ".*")+"/.*", "spiffe://"+m.req.principal)
}

func (m oracleMatcher) account(v string) bool {
	ns, name, ok := strings.Cut(v, "/")
	if !ok {
		ns, name = m.policy.Namespace, v
	}
	return m.req.principal != "" && strings.HasSuffix(m.req.principal, "/ns/"+ns+"/sa/"+name)
}

func (m oracleMatcher) domain(v string) bool {
	domain, _, _ := strings.Cut(m.req.principal, "/")
	return m.req.principal != "" && (v == "*" || pattern(v, domain))
}

// migrate replaces trust domains of principals: security/trustdomain/bundle.go ReplaceTrustDomainAliases.
func (w *oracleWorld) migrate(principals []string) []string {
	var all []string
	for _, p := range principals {
		domain, rest, _ := strings.Cut(p, "/")
		known := domain == "cluster.local" || slices.ContainsFunc(w.domains(), func(d string) bool { return d == domain || starred(domain, d) })
		if strings.Count(p, "/") != 4 || domain == "*" || !known {
			all = append(all, p)
			continue
		}
		for _, d := range w.domains() {
			if strings.HasPrefix(domain, "*") && strings.HasSuffix(d, domain[1:]) {
				all = append(all, p)
			} else {
				all = append(all, d+"/"+rest)
			}
		}
	}
	return all
}

// starred reports whether a trust domain with a * in a policy stands for a known one.
func starred(domain, known string) bool {
	return strings.HasPrefix(domain, "*") && strings.HasSuffix(known, domain[1:]) ||
		strings.HasSuffix(domain, "*") && strings.HasPrefix(known, domain[:len(domain)-1])
}

// expand adds the aliases of a trust domain: ExpandTrustDomainAliases.
func (w *oracleWorld) expand(domains []string) []string {
	var all []string
	for _, d := range domains {
		if slices.Contains(w.domains(), d) {
			all = append(all, w.domains()...)
		}
		all = append(all, d)
	}
	return all
}

// requestPrincipal matches issuer and subject: generator.go requestPrincipalGenerator.
func (m oracleMatcher) requestPrincipal(v string) bool {
	iss, _ := m.claims["iss"].(string)
	sub, _ := m.claims["sub"].(string)
	at := strings.LastIndex(v, "/")
	switch {
	case v == "*":
		return iss != "" && sub != ""
	case at < 0 && strings.HasPrefix(v, "*"):
		return iss != "" && sub != "" && strings.HasSuffix(sub, v[1:])
	case at < 0 && strings.HasSuffix(v, "*"):
		return sub != "" && iss != "" && strings.HasPrefix(iss, v[:len(v)-1])
	case at < 0:
		return m.claims["iss"] != nil && m.claims["sub"] != nil && iss == v && sub == ""
	case strings.HasPrefix(v, "*"):
		return m.claims["sub"] != nil && pattern(v[:at], iss) && sub == v[at+1:]
	case strings.HasSuffix(v, "*"):
		return m.claims["iss"] != nil && iss == v[:at] && pattern(v[at+1:], sub)
	default:
		return iss == v[:at] && sub == v[at+1:]
	}
}

// claim matches a string, or one of a list of strings, deep in the token. Two claims are lists of
// words: the filter for tokens splits them.
func (m oracleMatcher) claim(v string, keys ...string) bool {
	var at any = m.claims
	for _, k := range keys {
		o, _ := at.(object)
		at = o[k]
	}
	if s, ok := at.(string); ok && len(keys) == 1 && (keys[0] == "scope" || keys[0] == "permission") {
		var words []any
		for _, word := range strings.Fields(s) {
			words = append(words, word)
		}
		at = words
	}
	switch at := at.(type) {
	case string:
		return pattern(v, at)
	case []any:
		return slices.ContainsFunc(at, func(e any) bool { s, ok := e.(string); return ok && pattern(v, s) })
	default:
		return false
	}
}

// header matches a header by its name in any case; several values are one, with commas.
func (m oracleMatcher) header(v, name string) bool {
	var values []string
	for _, k := range slices.Sorted(maps.Keys(m.req.headers)) {
		if strings.EqualFold(k, name) {
			values = append(values, m.req.headers[k]...)
		}
	}
	return len(values) > 0 && (v == "*" || pattern(v, strings.Join(values, ",")))
}

// matches reports whether an Envoy rule made of an Istio rule matches: security/authz/model/model.go.
// What is about HTTP makes an ALLOW rule disappear where the chain sees bytes, and disappears itself
// from other rules.
func (m oracleMatcher) matches(r oraclePolicyRule) bool {
	dropped := false
	holds := func(fields []oracleField) bool {
		for _, f := range fields {
			if f.empty() {
				continue
			}
			if f.http && m.tcp {
				dropped = true
				continue
			}
			if !f.holds() {
				return false
			}
		}
		return true
	}
	from, to := len(r.From) == 0, len(r.To) == 0
	for _, f := range r.From {
		from = holds(m.source(f.Source)) || from
	}
	for _, t := range r.To {
		to = holds(m.operation(t.Operation)) || to
	}
	when := true
	for _, c := range r.When {
		when = holds([]oracleField{m.condition(c)}) && when
	}
	if m.tcp && m.action() == "ALLOW" && (dropped || m.usesHTTP(r)) {
		return false
	}
	return from && to && when
}

func (m oracleMatcher) action() string {
	if m.policy.Spec.Action == "" {
		return "ALLOW"
	}
	return m.policy.Spec.Action
}

// usesHTTP reports whether any field of the rule is about HTTP.
func (m oracleMatcher) usesHTTP(r oraclePolicyRule) bool {
	var all []oracleField
	for _, f := range r.From {
		all = append(all, m.source(f.Source)...)
	}
	for _, t := range r.To {
		all = append(all, m.operation(t.Operation)...)
	}
	for _, c := range r.When {
		all = append(all, m.condition(c))
	}
	return slices.ContainsFunc(all, func(f oracleField) bool { return f.http && !f.empty() })
}

// ztunnelMatches reports whether ztunnel's form of a rule matches: ambient/authorization.go
// handleRule. An entry of which nothing is left matches nothing; a rule without entries everything.
func (m oracleMatcher) ztunnelMatches(r oraclePolicyRule) bool {
	if m.action() == "ALLOW" && m.usesHTTP(r) {
		return false
	}
	var from, to [][]oracleField
	for _, f := range r.From {
		s := f.Source
		s.Domains, s.NotDomains = nil, nil // istiod does not send them
		from = append(from, m.source(s))
	}
	for _, t := range r.To {
		to = append(to, m.operation(t.Operation))
	}
	clauses := [][][]oracleField{from, to}
	for _, c := range r.When {
		clauses = append(clauses, [][]oracleField{{m.condition(c)}})
	}
	for _, entries := range clauses {
		if len(entries) > 0 && !slices.ContainsFunc(entries, ztunnelEntry) {
			return false
		}
	}
	return true
}

func ztunnelEntry(fields []oracleField) bool {
	left := slices.DeleteFunc(fields, func(f oracleField) bool { return f.empty() || f.http })
	return len(left) > 0 && !slices.ContainsFunc(left, func(f oracleField) bool { return !f.holds() })
}

// trial reports whether a policy is not enforced but tried.
func trial(p *oracleObject[oraclePolicy]) bool {
	dry, err := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
	return err == nil && dry
}

// attached reports whether a policy applies to a pod's own proxy: model/policyattachment.go.
func (w *oracleWorld) attached(p *oracleObject[oraclePod], ns string, sel *oracleSelector, refs []oracleRef, service *oracleObject[oracleService]) bool {
	gateway, isGateway := p.Labels["gateway.networking.k8s.io/gateway-name"]
	waypoint := oracleEnrolment(p) == oracleWaypoint
	near := ns == w.root() || ns == p.Namespace || service != nil && ns == service.Namespace
	switch {
	case !near || !isGateway && len(refs) > 0:
		return false
	case len(refs) == 0:
		byLabels := !isGateway || !waypoint && w.env["ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY"] != "false"
		return byLabels && (sel == nil || oracleCovers(sel.Labels, p.Labels))
	}
	return slices.ContainsFunc(refs, func(ref oracleRef) bool {
		switch ref.Kind {
		case "Service":
			return waypoint && service != nil && ref.Name == service.Name && ns == service.Namespace
		case "GatewayClass":
			return waypoint && ns == w.root() && ref.Name == "istio-waypoint"
		default:
			return ref.Kind == "Gateway" && ns == p.Namespace && ref.Name == gateway
		}
	})
}

// tokenAccepted judges the token: whether the request goes on, and with which claims; else by which
// rules of RequestAuthentications it is refused.
func (w *oracleWorld) tokenAccepted(p *oracleObject[oraclePod], service *oracleObject[oracleService], req *oracleRequest) (claims object, refused []string) {
	known := false
	for _, ra := range w.tokens {
		if !w.attached(p, ra.Namespace, ra.Spec.Selector, ra.Spec.Refs, service) || len(ra.Spec.Rules) == 0 {
			continue
		}
		for i, rule := range ra.Spec.Rules {
			refused = append(refused, fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", ra.Namespace, ra.Name, i))
			m := oracleMatcher{w: w, req: req, claims: req.jwt}
			audience := len(rule.Audiences) == 0 || slices.ContainsFunc(rule.Audiences, func(a string) bool { return m.claim(a, "aud") })
			known = known || req.jwt["iss"] == rule.Issuer && audience
		}
	}
	switch {
	case len(refused) == 0 || req.jwt == nil && !req.badJWT:
		return nil, nil
	case req.badJWT || !known:
		return nil, refused
	default:
		return req.jwt, nil
	}
}

// label names a rule as Envoy's filter does, but for its action.
func label(p *oracleObject[oraclePolicy], index int) string {
	return fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", p.Namespace, p.Name, index)
}

// judgeEnvoy evaluates the policies of a sidecar, gateway or waypoint in the order of its filters.
func (w *oracleWorld) judgeEnvoy(p *oracleObject[oraclePod], service *oracleObject[oracleService], req *oracleRequest, tcp bool) oracleVerdict {
	var v oracleVerdict
	matching := map[string][]string{} // rules that match, by action
	enforced := map[string]bool{}
	var claims object
	var rejected []string
	if !tcp {
		claims, rejected = w.tokenAccepted(p, service, req)
	}
	var custom []oracleObject[oraclePolicy]
	for _, policy := range w.policies {
		if !w.attached(p, policy.Namespace, policy.Spec.Selector, policy.Spec.Refs, service) {
			continue
		}
		m := oracleMatcher{w: w, req: req, policy: &policy, tcp: tcp, claims: claims}
		action := m.action()
		if action == "CUSTOM" {
			custom = append(custom, policy)
			continue
		}
		enforced[action] = enforced[action] || !trial(&policy)
		for i, r := range policy.Spec.Rules {
			switch name := label(&policy, i); {
			case !m.matches(r):
			case action == "AUDIT" || trial(&policy):
				v.matched = append(v.matched, name)
			default:
				matching[action] = append(matching[action], name)
			}
		}
	}
	refused := w.askOthers(custom, req, tcp, &v)
	decided := func(allowed bool, by []string) oracleVerdict {
		v.allowed, v.by = allowed, by
		return v
	}
	slices.Sort(matching["DENY"])
	slices.Sort(matching["ALLOW"])
	switch {
	case len(refused) > 0:
		return decided(false, refused[:1])
	case len(rejected) > 0:
		return decided(false, rejected)
	case len(matching["DENY"]) > 0:
		return decided(false, matching["DENY"][:1])
	case len(matching["ALLOW"]) > 0:
		return decided(true, matching["ALLOW"][:1])
	default:
		return decided(!enforced["ALLOW"], nil)
	}
}

// askOthers finds the external authorizers that are asked, and the rules that refuse because theirs
// cannot be: security/authz/builder/builder.go buildHTTP and buildTCP.
func (w *oracleWorld) askOthers(custom []oracleObject[oraclePolicy], req *oracleRequest, tcp bool, v *oracleVerdict) (refused []string) {
	byProvider := map[string][]string{}
	for _, policy := range custom {
		provider := policy.Spec.Provider.Name
		m := oracleMatcher{w: w, req: req, policy: &policy, tcp: tcp}
		byProvider[provider] = append(byProvider[provider], []string{}...)
		for i, r := range policy.Spec.Rules {
			if m.matches(r) {
				byProvider[provider] = append(byProvider[provider], label(&policy, i))
			}
		}
	}
	several := len(byProvider) > 1 && w.env["PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS"] != "true"
	for _, provider := range slices.Sorted(maps.Keys(byProvider)) {
		names := byProvider[provider]
		slices.Sort(names)
		i := slices.IndexFunc(w.config.Providers, func(p oracleProvider) bool { return p.Name == provider })
		switch {
		case len(names) == 0:
		case several || i < 0 || !w.working(w.config.Providers[i]):
			refused = append(refused, names...)
		case tcp && w.config.Providers[i].GRPC == nil:
		default:
			v.asks = append(v.asks, provider)
			v.askedBy = append(v.askedBy, names...)
		}
	}
	return refused
}

// working reports whether istiod finds the service of an external authorizer.
func (w *oracleWorld) working(p oracleProvider) bool {
	ask := p.GRPC
	if ask == nil {
		ask = p.HTTP
	}
	return slices.ContainsFunc(w.services, func(s oracleObject[oracleService]) bool { return oracleHost(&s) == ask.Service })
}

// judgeZtunnel evaluates what reaches ztunnel of the policies. Several that match are all named.
func (w *oracleWorld) judgeZtunnel(p *oracleObject[oraclePod], req *oracleRequest) oracleVerdict {
	var v oracleVerdict
	matching := map[string][]string{}
	allows := false
	for _, policy := range w.policies {
		m := oracleMatcher{w: w, req: req, policy: &policy, ztunnel: true}
		action, sel := m.action(), policy.Spec.Selector
		near := policy.Namespace == w.root() || policy.Namespace == p.Namespace
		if sel != nil && len(sel.Labels) == 0 {
			continue // neither for a whole namespace nor for any workload: ambient/workloads.go buildWorkloadPolicies
		}
		if !near || len(policy.Spec.Refs) > 0 || sel != nil && !oracleCovers(sel.Labels, p.Labels) || trial(&policy) || action == "CUSTOM" || action == "AUDIT" {
			continue
		}
		allows = allows || action == "ALLOW"
		for i, r := range policy.Spec.Rules {
			if m.ztunnelMatches(r) {
				matching[action] = append(matching[action], label(&policy, i))
			}
		}
	}
	if w.env["PILOT_AUTO_ALLOW_WAYPOINT_POLICY"] == "true" {
		made, from := w.implicitAllow(p, req.principal)
		allows = allows || made
		matching["ALLOW"] = append(matching["ALLOW"], from...)
	}
	switch {
	case len(matching["DENY"]) > 0:
		v.by = matching["DENY"]
	case len(matching["ALLOW"]) > 0:
		v.allowed, v.by = true, matching["ALLOW"]
	default:
		v.allowed = !allows
	}
	return v
}

// TestOracleKnowsRequests holds the oracle itself against what Istio's own code answered.
func TestOracleKnowsRequests(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, dir := range oracleCases(t) {
		var exp struct {
			Requests []struct {
				ID, Engine, Connection, By string
				Allowed                    bool
				ExtAuthz                   []string
			}
		}
		readJSON(t, filepath.Join(dir, "expected.json"), &exp)
		if len(exp.Requests) == 0 || filepath.Base(dir) == "m37b-sidecar-ingress-tls-enabled" {
			continue
		}
		w, questions := oracleCase(t, dir), oracleQuestions(t, dir)
		var want, got []string
		for _, e := range exp.Requests {
			if e.Connection == "app-tls" && questions[e.ID].TLS == "mtls" {
				e.Connection, e.Allowed = "fail", false // nobody ends the mesh's TLS for the application
			}
			if strings.HasPrefix(e.By, "LOG:") {
				e.By = "" // an audit decides nothing
			}
			want = append(want, fmt.Sprintln(e.ID, e.Engine, e.Connection, e.Allowed, providers(e.ExtAuthz), ruleOf(e.By)))
			got = append(got, w.answer(questions[e.ID], e.ID))
		}
		rows += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the oracle differs from Istio (-want +got):\n%s", filepath.Base(dir), diff)
		}
	}
	t.Logf("%d requests", rows)
}

// ruleOf brings the names of Envoy and ztunnel to one form; ztunnel names no rule.
func ruleOf(by string) string {
	if m := regexp.MustCompile(`ns\[(.*?)\]-policy\[(.*?)\]-rule\[(\d+)\]`).FindStringSubmatch(by); m != nil {
		return m[1] + "/" + m[2] + "/" + m[3]
	}
	if _, name, ok := strings.Cut(by, ":"); ok && strings.Contains(name, "/") && !strings.Contains(name, "converted_") {
		return name
	}
	return ""
}

// providers are the external authorizers in the names of Envoy's filters.
func providers(names []string) []string {
	var all []string
	for _, n := range names {
		provider, _, _ := strings.Cut(strings.TrimPrefix(n, "istio-ext-authz-"), "-ns[")
		all = append(all, provider)
	}
	return all
}

// oracleQuestion is a row of requests.yaml.
type oracleQuestion struct {
	ID, Pod, Principal, TLS string
	SourceIP                string `yaml:"sourceIP"`
	RemoteIP                string `yaml:"remoteIP"`
	SNI, App, Method        string
	Path, Host, At          string
	Port                    int
	Headers                 map[string][]string
	JWT                     map[string]any
}

func oracleQuestions(t *testing.T, dir string) map[string]oracleQuestion {
	t.Helper()
	var file struct{ Requests []oracleQuestion }
	data, err := os.ReadFile(filepath.Join(dir, "requests.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]oracleQuestion{}
	for _, q := range file.Requests {
		all[q.ID] = q
	}
	return all
}

// implicitAllow is what istiod adds for pods behind waypoints when it is told to: policies that let
// each waypoint of their services, and their own, through.
func (w *oracleWorld) implicitAllow(p *oracleObject[oraclePod], principal string) (made bool, matching []string) {
	found := []*oracleObject[oraclePod]{w.podWaypoint(p)}
	for _, s := range w.services {
		if s.Namespace == p.Namespace && oracleCovers(s.Spec.Selector, p.Labels) {
			found = append(found, w.waypointOf(&s))
		}
	}
	for _, wp := range found {
		if wp == nil {
			continue
		}
		made = true
		if w.principal(wp) == principal {
			matching = append(matching, fmt.Sprintf("ns[%s]-policy[istio_allow_waypoint_%s_%s]-rule[0]", wp.Namespace, wp.Namespace, strings.TrimSuffix(wp.Name, "-0")))
		}
	}
	return made, matching
}

// waypointOf is a pod of the waypoint that a service is bound to; nil for none.
func (w *oracleWorld) waypointOf(s *oracleObject[oracleService]) *oracleObject[oraclePod] {
	return w.boundTo(s.Labels, s.Namespace, "service")
}

// podWaypoint is one of the waypoint for what is sent to the pod's own address.
func (w *oracleWorld) podWaypoint(p *oracleObject[oraclePod]) *oracleObject[oraclePod] {
	if oracleEnrolment(p) == oracleWaypoint {
		return nil
	}
	return w.boundTo(p.Labels, p.Namespace, "workload")
}

// boundTo looks the waypoint of an object up: ambient/waypoints.go fetchWaypointForTarget. The
// namespace's label counts where the object has none, and a waypoint that is not there or takes other
// traffic is no waypoint.
func (w *oracleWorld) boundTo(labels map[string]string, ns, traffic string) *oracleObject[oraclePod] {
	const use = "istio.io/use-waypoint"
	if _, own := labels[use]; !own {
		for _, n := range w.namespaces {
			if n.Name == ns {
				labels = n.Labels
			}
		}
	}
	name, in := labels[use], ns
	if other := labels[use+"-namespace"]; other != "" {
		in = other
	}
	for _, g := range w.gateways {
		takes := g.Labels["istio.io/waypoint-for"]
		if takes == "" {
			takes = "service"
		}
		// Without allowedRoutes a waypoint serves its own namespace only.
		if name != "none" && g.Name == name && g.Namespace == in && in == ns && (takes == traffic || takes == "all") {
			return w.pod(in + "/" + name + "-0")
		}
	}
	return nil
}

// answer is the oracle's line for a row of a case.
func (w *oracleWorld) answer(q oracleQuestion, id string) string {
	pod := w.pod(q.Pod)
	req := q.request()
	engine := map[string]string{oracleSidecars: "envoy", oracleZtunnel: "ztunnel", oracleWaypoint: "waypoint", oracleNone: "none"}[oracleEnrolment(pod)]
	wire := "plaintext"
	switch {
	case q.TLS == "tls":
		wire = "tls_simple"
	case q.TLS == "plaintext" || q.TLS == "" && q.Principal == "":
	case engine == "ztunnel" || engine == "waypoint":
		wire = "hbone"
	default:
		wire = "istio_mtls"
	}
	var v oracleVerdict
	connection := w.arrives(wire, q.Principal, pod, q.Port)
	switch protocol := w.inboundProtocol(pod, q.Port); {
	case engine == "none":
		connection, v.allowed = map[string]string{"plaintext": "plaintext", "fail": "mtls", "app-tls": "app-tls"}[connection], connection != "fail"
	case engine == "waypoint":
		_, name, _ := strings.Cut(q.At, ":")
		connection, v = "mtls", w.judgeEnvoy(pod, w.service(name), req, !req.http)
	case engine == "envoy" && !oracleCaptured(pod, q.Port):
		connection, v.allowed = "bypass", connection == "plaintext"
	case engine == "ztunnel" && wire == "plaintext":
		connection, v = "plaintext", oracleVerdict{}
		if w.arrives(wire, "", pod, q.Port) == "plaintext" {
			v = w.judgeZtunnel(pod, req)
		} else if other := w.judgeZtunnel(pod, req); !other.allowed && len(other.by) > 0 {
			v = other // both refuse, and the case names the policy
		}
	case connection == "fail":
	case engine == "ztunnel":
		v = w.judgeZtunnel(pod, req)
	default:
		v = w.judgeEnvoy(pod, nil, req, protocol == "tcp" || protocol == "" && !req.http || connection == "app-tls")
	}
	return w.line(id, engine, connection, v)
}

func (w *oracleWorld) line(id, engine, connection string, v oracleVerdict) string {
	var by string
	if len(v.by) > 0 && w.isPolicy(v.by[0]) {
		by = ruleOf(v.by[0])
		if engine == "ztunnel" {
			by = by[:strings.LastIndex(by, "/")]
		}
	}
	return fmt.Sprintln(id, engine, connection, v.allowed, v.asks, by)
}

// isPolicy reports whether a rule is one of an AuthorizationPolicy; cases name no others.
func (w *oracleWorld) isPolicy(rule string) bool {
	return !slices.ContainsFunc(w.tokens, func(ra oracleObject[oracleTokens]) bool {
		return strings.HasPrefix(rule, fmt.Sprintf("ns[%s]-policy[%s]", ra.Namespace, ra.Name))
	})
}

// request is what the row asks, with what a case takes for granted.
func (q oracleQuestion) request() *oracleRequest {
	r := &oracleRequest{
		principal: q.Principal, sni: q.SNI, port: q.Port, http: q.App != "tcp", method: q.Method,
		path: q.Path, host: q.Host, headers: q.Headers, jwt: q.JWT,
	}
	if q.TLS == "plaintext" || q.TLS == "tls" {
		r.principal = ""
	}
	r.source, _ = netip.ParseAddr(q.SourceIP)
	r.remote, _ = netip.ParseAddr(q.RemoteIP)
	if r.method == "" {
		r.method = "GET"
	}
	if r.path == "" {
		r.path = "/"
	}
	return r
}
