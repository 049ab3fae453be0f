package linkerd_test

import (
	"cmp"
	"slices"
	"strings"
)

// oracleVerdict is what the server's proxy does with a request.
type oracleVerdict struct {
	verdict string   // allow, deny, no-route or unenforced
	reason  string   // in the words of the cases
	status  int      // of the answer to a request that is refused; 0 for a connection
	server  string   // "Server/web" or "default/all-unauthenticated"
	route   string   // "HTTPRoute/r", "default/default" or "default/probe"; empty for connections
	by      []string // all authorizations that let the request in, sorted
}

// oraclePortPolicy is what the policy controller tells the proxy of a port.
type oraclePortPolicy struct {
	server   string
	protocol string // as in a Server
	grants   []oracleGrant
	routes   []oracleObject[oracleRoute]
	own      map[string][]oracleGrant // of routes, by group, kind and name
	broken   bool                     // the proxy does not understand it
	told     bool                     // meshed clients are told that the port is opaque
	named    *oracleObject[oracleServer]
}

// http reports whether a Server declares the port as one for HTTP.
func (p oraclePortPolicy) http() bool {
	return strings.HasPrefix(p.protocol, "HTTP/") || p.protocol == "gRPC"
}

// atServer is a port's policy by a Server.
func (w *oracleWorld) atServer(t oracleTarget, port int, s oracleObject[oracleServer]) oraclePortPolicy {
	p := oraclePortPolicy{
		server: "Server/" + s.Name, protocol: oracleOr(s.Spec.Protocol, "unknown"), grants: w.serverGrants(s),
		own: map[string][]oracleGrant{}, named: &s,
	}
	switch p.protocol {
	case "opaque", "TLS":
		return p
	case "gRPC":
		p.routes = w.effective(s, "GRPCRoute")
	default:
		p.routes = w.effective(s, "HTTPRoute")
	}
	for _, r := range p.routes {
		p.own[oracleKey(r)] = w.routeGrants(r)
		for _, rule := range r.Spec.Rules {
			for _, m := range rule.Matches {
				// linkerd/http/route/src/grpc/match.rs: InvalidRouteMatch::MissingRpc
				p.broken = p.broken || r.Kind == "GRPCRoute" && m.Method == nil
			}
		}
	}
	if len(p.routes) == 0 {
		w.withoutRoutes(&p, t, port)
	}
	return p
}

func oracleKey(r oracleObject[oracleRoute]) string { return r.group() + "/" + r.Kind + "/" + r.Name }

// atDefault is the policy of a port that no Server claims.
func (w *oracleWorld) atDefault(t oracleTarget, port int) oraclePortPolicy {
	policy := w.defaultPolicy(t, port)
	p := oraclePortPolicy{server: "default/" + policy, protocol: "unknown", grants: w.byDefault(policy), own: map[string][]oracleGrant{}}
	if oracleSet(t.Annotations["config.linkerd.io/opaque-ports"])(port) {
		p.protocol = "opaque"
		return p
	}
	w.withoutRoutes(&p, t, port)
	return p
}

// withoutRoutes adds the routes that stand where no other does.
func (w *oracleWorld) withoutRoutes(p *oraclePortPolicy, t oracleTarget, port int) {
	if p.protocol == "gRPC" {
		all := oracleRule{Matches: []oracleMatch{{Method: &oracleMethod{}}}}
		p.routes = []oracleObject[oracleRoute]{{Version: "default/", Kind: "GRPCRoute", oracleMeta: oracleMeta{Name: "default"}, Spec: oracleRoute{Rules: []oracleRule{all}}}}
		return
	}
	p.routes = []oracleObject[oracleRoute]{{Version: "default/", Kind: "default", oracleMeta: oracleMeta{Name: "default"}, Spec: oracleRoute{Rules: []oracleRule{{}}}}}
	probes := w.probes(t, port)
	networks := []string{"0.0.0.0/0", "::/0"}
	if given := w.config.Policy.Probes; given != nil {
		networks = *given
	}
	if len(probes) == 0 || len(networks) == 0 {
		return
	}
	probe := oracleObject[oracleRoute]{Version: "default/", Kind: "default", oracleMeta: oracleMeta{Name: "probe"}}
	probe.Spec.Rules = []oracleRule{{Matches: probes}}
	grant := oracleGrant{name: "default/probe", anybody: true}
	for _, n := range networks {
		grant.nets = append(grant.nets, oracleNet{CIDR: n})
	}
	p.routes = append(p.routes, probe)
	p.own[oracleKey(probe)] = []oracleGrant{grant}
}

// probes are the requests of the kubelet to the port.
func (w *oracleWorld) probes(t oracleTarget, port int) []oracleMatch {
	containers := t.containers
	if w.since(15) {
		containers = slices.Concat(containers, t.initContainers)
	}
	var all []oracleMatch
	for _, c := range containers {
		for _, probe := range []*oracleProbe{c.Liveness, c.Readiness, c.Startup} {
			if probe == nil || probe.HTTP == nil {
				continue
			}
			number, is := probe.HTTP.Port.number()
			for _, declared := range c.Ports {
				tcp := strings.EqualFold(oracleOr(declared.Protocol, "TCP"), "TCP")
				if !is && tcp && strings.EqualFold(declared.Name, string(probe.HTTP.Port)) {
					number, is = declared.Number, true
				}
			}
			if is && number == port {
				path, _, _ := strings.Cut(oracleOr(probe.HTTP.Path, "/"), "?")
				all = append(all, oracleMatch{Path: &oracleText{Type: "Exact", Value: path}, Method: &oracleMethod{word: "GET"}})
			}
		}
	}
	return all
}

// asks judges a request by a port's policy.
func (p oraclePortPolicy) asks(peer oraclePeer, req oracleSent) oracleVerdict {
	v := oracleVerdict{server: p.server}
	untold := p.told && peer.identity != "" // the client's proxy does not say that it sends HTTP
	layer7 := req.http && !untold && p.protocol != "opaque" && p.protocol != "TLS"
	if untold && p.http() && !p.broken {
		v.verdict, v.reason = "deny", "not-http"
		return v
	}
	grants := append(slices.Clone(p.grants), oracleLoopback())
	if p.protocol == "opaque" && peer.identity == "" {
		peer.tls = false // linkerd/app/inbound/src/detect.rs: the proxy looks for no TLS on opaque ports
	}
	if layer7 {
		r, found := oracleFind(p.routes, req)
		if !found && !p.broken {
			v.verdict, v.reason, v.status = "no-route", "route-not-found", 404
			return v
		}
		v.route = r.Kind + "/" + r.Name
		switch {
		case p.broken:
			v.route = "" // the proxy makes up one that lets nobody in
		case r.group() == "default":
			v.route = "default/" + r.Name
		}
		grants = append(slices.Clone(p.own[oracleKey(r)]), grants...)
	}
	for _, g := range grants {
		if g.admits(peer) && !p.broken {
			v.by = append(v.by, g.name)
		}
	}
	slices.Sort(v.by)
	v.by = slices.Compact(v.by)
	v.verdict, v.reason = "allow", "authorized"
	if len(v.by) == 0 {
		v.verdict, v.reason = "deny", "no-authorization-matched"
		if len(grants) == 1 { // loopback's
			v.reason = "no-authorizations"
		}
		if layer7 {
			v.status = 403
		}
	}
	return v
}

// decide judges what arrives at a port; more than one verdict where the release does not say which Server
// counts.
func (w *oracleWorld) decide(t oracleTarget, port int, peer oraclePeer, req oracleSent) []oracleVerdict {
	if container, label := t.proxied(); !container || !label {
		return []oracleVerdict{{verdict: "unenforced", reason: "server-not-meshed"}}
	}
	if !peer.direct && w.skips(t, port, peer.addr) {
		return []oracleVerdict{{verdict: "unenforced", reason: "inbound-port-skipped"}}
	}
	if port == 4143 && peer.identity == "" {
		return []oracleVerdict{{verdict: "deny", reason: "direct-requires-identity"}}
	}
	var all []oracleVerdict
	for _, p := range w.portPolicies(t, port) {
		all = append(all, p.asks(peer, req))
	}
	return all
}

// portPolicies are the policies that may govern a port: one, but for old releases.
func (w *oracleWorld) portPolicies(t oracleTarget, port int) []oraclePortPolicy {
	servers := w.serversOf(t, port)
	told := oracleSet(t.Annotations["config.linkerd.io/opaque-ports"])(port) && !oracleProxyPort(port)
	if len(servers) == 0 {
		p := w.atDefault(t, port)
		p.told = told
		return []oraclePortPolicy{p}
	}
	if w.since(18) {
		servers = servers[:1]
	}
	var all []oraclePortPolicy
	for _, s := range servers {
		p := w.atServer(t, port, s)
		p.told = told
		all = append(all, p)
	}
	return all
}

// oracleBucket is the rate that a request counts against first, beside the total.
type oracleBucket struct {
	policy string
	scope  string // override, identity, total or none
	rate   int
	shared bool
}

// bucket finds the limit of a request that the policy lets pass (linkerd2-proxy
// linkerd/proxy/server-policy/src/local_rate_limit.rs).
func (w *oracleWorld) bucket(p oraclePortPolicy, identity string) oracleBucket {
	if p.named == nil || p.protocol == "opaque" || p.protocol == "TLS" || p.protocol == "gRPC" || !w.since(17) {
		return oracleBucket{scope: "none"}
	}
	var limits []oracleObject[oracleLimits]
	for _, l := range w.limits {
		if l.Namespace == p.named.Namespace && l.Spec.Target.is("policy.linkerd.io", "Server") && l.Spec.Target.Name == p.named.Name {
			limits = append(limits, l)
		}
	}
	if len(limits) == 0 {
		return oracleBucket{scope: "none"}
	}
	l := slices.MinFunc(limits, func(a, b oracleObject[oracleLimits]) int { return oracleOlder(a.oracleMeta, b.oracleMeta) })
	b := oracleBucket{policy: l.Name, scope: "none"}
	for _, o := range slices.Backward(l.Spec.Overrides) {
		for _, c := range o.Clients {
			if identity != "" && w.identity(c.Name, cmp.Or(c.Namespace, l.Namespace)) == identity {
				return oracleBucket{l.Name, "override", o.PerSecond, len(o.Clients) > 1}
			}
		}
	}
	switch {
	case l.Spec.Identity != nil:
		b.scope, b.rate, b.shared = "identity", l.Spec.Identity.PerSecond, identity == ""
	case l.Spec.Total != nil:
		b.scope, b.rate, b.shared = "total", l.Spec.Total.PerSecond, true
	}
	return b
}
