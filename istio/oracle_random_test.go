package istio_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// oracleFocus is a kind of random world. Each is narrow, so that the rules it is about meet each
// other often: worlds in which everything varies show little.
type oracleFocus struct {
	name string
	// modes are how pods take part, drawn for each of them.
	modes []string
	// The most objects of each kind.
	policies, peers, rules, tokens, waypoints int
	actions                                   []string
	source, operation, when                   []string // fields that rules of policies use
	domains                                   bool     // trust domains and aliases vary
	captures                                  bool     // redirection leaves ports out
	exceptions                                bool     // ports are excepted from a strict mesh
	crowded                                   bool     // all DestinationRules are for one host
}

// ambient reports whether the world needs an istiod with ambient.
func (f oracleFocus) ambient() bool {
	return slices.ContainsFunc(f.modes, func(m string) bool { return m == oracleZtunnel || m == oracleTunnelled })
}

// More ways in which a random pod takes part.
const (
	oracleTunnelled = "tunnelled" // a sidecar that takes tunnels
	oracleOptedOut  = "opted-out" // a sidecar that asks clients for plaintext
)

var (
	sidecarModes = []string{oracleSidecars, oracleSidecars, oracleSidecars, oracleNone}
	ambientModes = []string{oracleZtunnel, oracleZtunnel, oracleZtunnel, oracleNone}
	mixedModes   = []string{oracleZtunnel, oracleZtunnel, oracleSidecars, oracleTunnelled, oracleNone}
	usualActions = []string{"", "ALLOW", "DENY", "DENY"}
	identities   = []string{"principals", "namespaces", "accounts", "domains"}
	httpFields   = []string{"methods", "paths", "hosts", "ports"}
)

// oracleFocuses are the worlds of one run, in turn.
var oracleFocuses = []oracleFocus{
	{name: "identities", modes: sidecarModes, policies: 3, actions: usualActions, source: identities, operation: []string{"ports"}, domains: true},
	{name: "migration", modes: sidecarModes, policies: 2, actions: usualActions, source: []string{"migrated"}, domains: true},
	{name: "http", modes: sidecarModes, policies: 3, actions: usualActions, source: []string{"principals", "ips"}, operation: httpFields, when: []string{"header", "sni"}},
	{name: "tokens", modes: sidecarModes, policies: 3, tokens: 2, actions: usualActions, source: []string{"requests", "remotes", "namespaces"}, operation: []string{"ports", "methods"}, when: []string{"claims", "nested", "audiences", "presenter", "subject", "scope", "scope"}},
	{name: "conditions", modes: sidecarModes, policies: 3, actions: usualActions, source: []string{"accounts"}, when: []string{"ip", "remote", "namespace", "principal", "account", "domain", "port", "sni", "header"}, domains: true},
	{name: "unenforced", modes: sidecarModes, policies: 5, actions: []string{"ALLOW", "DENY", "AUDIT", "CUSTOM", "CUSTOM"}, source: []string{"ips"}, operation: []string{"ports", "methods", "paths"}},
	{name: "ztunnel", modes: ambientModes, policies: 3, peers: 1, actions: append(usualActions, "AUDIT"), source: append(identities, "ips", "remotes", "requests"), operation: httpFields, when: []string{"ip", "namespace", "principal", "port", "sni", "header", "account", "domain"}, domains: true},
	{name: "peers", modes: sidecarModes, peers: 6, captures: true},
	{name: "peers of ambient", modes: ambientModes, peers: 6},
	{name: "exceptions of ambient", modes: ambientModes, peers: 3, exceptions: true},
	{name: "crowded host", modes: sidecarModes, rules: 5, crowded: true},
	{name: "rules", modes: sidecarModes, rules: 6, peers: 1},
	{name: "client side", modes: append(mixedModes, oracleOptedOut), rules: 3, peers: 3, captures: true},
	{name: "everything", modes: mixedModes, policies: 3, peers: 3, rules: 2, tokens: 1, actions: usualActions, source: append(identities, "ips"), operation: httpFields, when: []string{"header", "principal"}, domains: true, captures: true},
	{name: "waypoints", modes: mixedModes, policies: 4, tokens: 1, waypoints: 2, rules: 1, peers: 2, actions: append(usualActions, "CUSTOM"), source: []string{"principals", "namespaces", "ips"}, operation: httpFields, when: []string{"header", "claims"}},
}

// Values of policies and requests. Each list holds what matches, what nearly does, and traps.
var oraclePool = map[string][]string{
	"principals": {
		"*", "cluster.local/ns/ns-a/sa/sa1", "cluster.local/ns/ns-b/sa/sa2", "td-old/ns/ns-a/sa/sa1", "td-new/ns/ns-a/sa/sa1",
		"cluster.local/*", "cluster.local/ns/ns-a/*", "*/sa/sa1", "*sa2", "*/ns/ns-b/sa/sa1", "*-old/ns/ns-a/sa/sa1",
		"spiffe://cluster.local/ns/ns-a/sa/sa1", "*/ns-a/*", "td-*", "td-*/ns/ns-a/sa/sa1", "other/ns/ns-a/sa/sa1",
	},
	"migrated": {
		"cluster.local/ns/ns-a/sa/sa1", "td-old/ns/ns-a/sa/sa1", "td-new/ns/ns-a/sa/sa1", "*-old/ns/ns-a/sa/sa1", "cluster.local/ns/ns-a/*",
	},
	"namespaces": {"ns-a", "ns-b", "*", "ns-*", "*a", "*-b", "n*a", "other", "ns.a"},
	"accounts":   {"sa1", "sa2", "ns-a/sa1", "ns-b/sa2", "ns-a/sa"},
	"domains":    {"cluster.local", "td-new", "td-old", "td-*", "*", "*-old", "other"},
	"ips":        {"10.1.2.3", "10.1.0.0/16", "192.168.0.0/24", "10.1.2.0/24", "0.0.0.0/0"},
	"requests":   {"*", "iss-1/sub-1", "iss-1/*", "*/sub-1", "*1", "https://iss.example/x/sub-2", "iss-*", "iss-2/sub-*"},
	"ports":      {"8080", "9000", "7000", "80", "5555"},
	"methods":    {"GET", "POST", "P*", "*T", "*", "get"},
	"paths":      {"/api/*", "/api", "/admin", "*", "*.html", "/api/{*}/x", "/api/{**}", "/admin/*", "/Admin"},
	"hosts":      {"svc-a", "a.example.com", "*.example.com", "A.Example.Com", "svc-*", "*"},
	"header":     {"prod", "pp*", "*", "*v", "prod,dev"},
	"claims":     {"admin", "dev*", "*", "*s"},
	"nested":     {"r1", "r*", "r9"},
	"scope":      {"read", "w*", "read write"},
	"audiences":  {"aud1", "aud*", "*"},
	"presenter":  {"app", "*"},
	"sni":        {"x.example.com", "*.example.com", "*", "other"},
}

// oracleKeys of when, with the pool of their values.
var oracleConditions = map[string][2]string{
	"ip": {"source.ip", "ips"}, "remote": {"remote.ip", "ips"}, "namespace": {"source.namespace", "namespaces"},
	"principal": {"source.principal", "principals"}, "account": {"source.serviceAccount", "accounts"},
	"domain": {"source.trustDomain", "domains"}, "port": {"destination.port", "ports"}, "sni": {"connection.sni", "sni"},
	"header": {"request.headers[X-Env]", "header"}, "claims": {"request.auth.claims[group]", "claims"},
	"nested": {"request.auth.claims[realm][roles]", "nested"}, "scope": {"request.auth.claims[scope]", "scope"},
	"audiences": {"request.auth.audiences", "audiences"}, "presenter": {"request.auth.presenter", "presenter"},
	"subject": {"request.auth.principal", "requests"},
}

// oracleDice draws a world.
type oracleDice struct {
	*rand.Rand
	f   oracleFocus
	w   *oracleWorld
	age int // objects made so far
}

// oneIn is true once in n times.
func (d *oracleDice) oneIn(n int) bool { return d.IntN(n) == 0 }

func (d *oracleDice) of(list []string) string { return list[d.IntN(len(list))] }

// some draws one or two different values.
func (d *oracleDice) some(list []string) []string {
	values := []string{d.of(list)}
	if v := d.of(list); d.oneIn(3) && v != values[0] {
		values = append(values, v)
	}
	return values
}

// meta names an object. Most objects have an age of their own; the order of names is not that of ages.
func oracleMade[S any](d *oracleDice, name, ns string, spec S) oracleObject[S] {
	d.age++
	age := (d.age * 7) % 24
	return oracleObject[S]{
		Name: fmt.Sprintf("%s%d-%d", name, d.IntN(10), d.age), Namespace: ns, Spec: spec,
		Created: fmt.Sprintf("2026-01-01T%02d:%02d:00Z", age, d.age),
	}
}

// namespace draws where an object stands: beside the pods, or in the root.
func (d *oracleDice) namespace() string {
	return d.of([]string{"ns-a", "ns-a", "ns-b", d.w.root()})
}

func (d *oracleDice) selector() *oracleSelector {
	labels := []map[string]string{{"app": "a"}, {"app": "b"}, {"ver": "v1"}, {"app": "a", "ver": "v1"}}
	if d.oneIn(2) {
		return nil
	}
	return &oracleSelector{labels[d.IntN(len(labels))]}
}

// randomWorld draws the world of a seed.
func randomWorld(seed uint64) (*oracleWorld, oracleFocus, *rand.Rand) {
	r := rand.New(rand.NewPCG(seed, 7))
	f := oracleFocuses[seed%uint64(len(oracleFocuses))]
	w := &oracleWorld{env: map[string]string{"PILOT_ENABLE_AMBIENT": fmt.Sprint(f.ambient())}}
	d := &oracleDice{Rand: r, f: f, w: w}
	d.mesh()
	for _, ns := range []string{"ns-a", "ns-b", "istio-system"} {
		w.namespaces = append(w.namespaces, oracleObject[struct{}]{Name: ns})
		if ns != "istio-system" {
			d.podsIn(ns)
		}
	}
	for range d.IntN(f.waypoints + 1) {
		d.waypoint()
	}
	if f.exceptions {
		d.strictMesh()
	}
	for range d.IntN(f.peers + 1) {
		d.peer()
	}
	for range d.atLeastOne(f.policies) {
		d.policy()
	}
	for range d.IntN(f.tokens + 1) {
		d.token()
	}
	for range d.atLeastOne(f.rules) {
		d.rule()
	}
	return w, f, r
}

func (d *oracleDice) atLeastOne(most int) int {
	if most == 0 {
		return 0
	}
	return 1 + d.IntN(most)
}

func (d *oracleDice) mesh() {
	c := &d.w.config
	if d.oneIn(4) {
		c.Root = d.of([]string{"ns-a", "mesh-root"})
		if c.Root == "mesh-root" {
			d.w.namespaces = append(d.w.namespaces, oracleObject[struct{}]{Name: "mesh-root"})
		}
	}
	if migration := slices.Contains(d.f.source, "migrated"); migration || d.f.domains && d.oneIn(2) {
		c.Domain = d.of([]string{"td-new", "cluster.local"})
		c.Aliases = [][]string{nil, {"td-old"}, {"td-old", "cluster.local"}}[d.IntN(3)]
		if c.Domain == "cluster.local" && len(c.Aliases) == 2 {
			c.Aliases = c.Aliases[:1]
		}
	}
	if d.f.domains && d.oneIn(6) {
		d.w.env["PILOT_SKIP_VALIDATE_TRUST_DOMAIN"] = "true"
	}
	if d.f.rules > 0 && d.oneIn(6) {
		off := false
		c.AutoMTLS = &off
	}
	if d.f.rules > 0 && d.oneIn(6) {
		c.RuleExport = []string{"."}
	}
	if slices.Contains(d.f.actions, "CUSTOM") {
		ask := &oracleExtAuthz{Service: "ext.ns-b.svc.cluster.local", Port: 8000}
		c.Providers = []oracleProvider{{Name: "grpc", GRPC: ask}, {Name: "web", HTTP: ask}}
		if !d.oneIn(8) {
			d.w.services = append(d.w.services, oracleObject[oracleService]{Name: "ext", Namespace: "ns-b", Created: "2026-01-01T00:00:00Z", Spec: oracleService{
				Selector: map[string]string{"app": "b"}, IP: "10.96.0.99", Ports: []oracleServicePort{{Name: "grpc", Port: 8000}},
			}})
		}
		if d.oneIn(3) {
			d.w.env["PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS"] = "true"
		}
	}
	if d.f.waypoints > 0 && d.oneIn(4) {
		d.w.env["PILOT_AUTO_ALLOW_WAYPOINT_POLICY"] = "true"
	}
}

// podsIn makes the pods of a namespace and the services before them.
func (d *oracleDice) podsIn(ns string) {
	for _, app := range []string{"a", "b"} {
		p := oraclePod{Account: d.of([]string{"sa1", "sa2"}), Containers: []oracleContainer{
			{Name: "app", Image: "app", Ports: []oraclePort{{8080}, {9000}, {7000}}},
		}}
		made := oracleObject[oraclePod]{Name: app, Namespace: ns, Labels: map[string]string{"app": app, "ver": d.of([]string{"v1", "v2"})}}
		d.enrol(&made, &p)
		made.Spec = p
		d.w.pods = append(d.w.pods, made)
		s := oracleMade(d, "", ns, oracleService{Selector: map[string]string{"app": app}, IP: fmt.Sprintf("10.96.0.%d", d.age+1), Ports: []oracleServicePort{
			{Name: d.of([]string{"http", "http-web", "grpc"}), Port: 80, Target: 8080},
			{Name: "tcp", Port: 9000, Target: 9000},
			{Name: "web", Port: 70, Target: 7000},
		}})
		s.Name = "svc-" + app
		if d.f.rules > 0 && d.f.waypoints == 0 && d.oneIn(5) {
			s.Spec.IP = "None"
		}
		d.w.services = append(d.w.services, s)
	}
}

// enrol gives a pod the marks of its part in the mesh.
func (d *oracleDice) enrol(made *oracleObject[oraclePod], p *oraclePod) {
	mode := d.of(d.f.modes)
	made.Annotations = map[string]string{}
	switch mode {
	case oracleNone:
		return
	case oracleZtunnel:
		made.Annotations["ambient.istio.io/redirection"] = "enabled"
		return
	}
	p.Containers = append(p.Containers, oracleContainer{Name: "istio-proxy", Image: "proxyv2", Args: []string{"proxy", "sidecar"}})
	made.Annotations["sidecar.istio.io/status"] = "{}"
	made.Labels["security.istio.io/tlsMode"] = "istio"
	switch mode {
	case oracleTunnelled:
		made.Labels["networking.istio.io/tunnel"] = "http"
	case oracleOptedOut:
		made.Labels["security.istio.io/tlsMode"] = "disabled"
	}
	if d.f.captures && d.oneIn(4) {
		made.Annotations["traffic.sidecar.istio.io/excludeInboundPorts"] = d.of([]string{"9000", "8080", "7000,9000"})
	}
	if d.f.captures && d.oneIn(8) {
		made.Annotations["traffic.sidecar.istio.io/includeInboundPorts"] = d.of([]string{"8080", "*", ""})
	}
}

func (d *oracleDice) peer() {
	modes := []string{"", "UNSET", "DISABLE", "PERMISSIVE", "STRICT", "STRICT"}
	var spec oraclePeer
	if m := d.of(modes); m != "" {
		spec.MTLS = &oracleMode{m}
	}
	switch spec.Selector = d.selector(); {
	case spec.Selector == nil && d.oneIn(6):
		spec.Selector = &oracleSelector{}
	case spec.Selector != nil && d.oneIn(2):
		spec.Ports = map[int]oracleMode{}
		for range 1 + d.IntN(2) {
			spec.Ports[[]int{8080, 9000, 7000, 80}[d.IntN(4)]] = oracleMode{d.of(modes[1:])}
		}
	}
	d.w.peers = append(d.w.peers, oracleMade(d, "pa", d.namespace(), spec))
}

// strictMesh makes a mesh strict, with a namespace that says nothing of its own mode, and workloads
// that except ports.
func (d *oracleDice) strictMesh() {
	d.w.peers = append(d.w.peers, oracleMade(d, "pa", d.w.root(), oraclePeer{MTLS: &oracleMode{"STRICT"}}))
	if d.oneIn(2) {
		spec := oraclePeer{MTLS: &oracleMode{d.of([]string{"UNSET", "UNSET", "STRICT"})}}
		if d.oneIn(3) {
			spec.MTLS = nil
		}
		d.w.peers = append(d.w.peers, oracleMade(d, "pa", "ns-b", spec))
	}
	own := oraclePeer{Selector: &oracleSelector{map[string]string{"app": d.of([]string{"a", "b"})}}, Ports: map[int]oracleMode{}}
	if d.oneIn(2) {
		own.MTLS = &oracleMode{d.of([]string{"PERMISSIVE", "DISABLE", "STRICT", "UNSET"})}
	}
	for _, port := range []int{8080, 9000} {
		if !d.oneIn(4) {
			own.Ports[port] = oracleMode{d.of([]string{"PERMISSIVE", "DISABLE", "STRICT"})}
		}
	}
	d.w.peers = append(d.w.peers, oracleMade(d, "pa", "ns-b", own))
}

func (d *oracleDice) policy() {
	action := d.of(d.f.actions)
	spec := oraclePolicy{Action: action, Selector: d.selector()}
	if action == "CUSTOM" {
		spec.Provider = &oracleProvider{Name: d.of([]string{"grpc", "grpc", "web", "missing"})}
	}
	rules := d.IntN(3)
	if rules == 0 && action != "" && action != "ALLOW" {
		rules = 1
	}
	for range rules {
		spec.Rules = append(spec.Rules, d.policyRule(action))
	}
	ns := d.namespace()
	if d.f.waypoints > 0 && d.oneIn(2) {
		spec.Selector, spec.Refs = nil, d.refs(ns)
	}
	if spec.Selector == nil && len(spec.Refs) == 0 && d.oneIn(8) {
		spec.Selector = &oracleSelector{}
	}
	made := oracleMade(d, "ap", ns, spec)
	if action != "CUSTOM" && action != "AUDIT" && d.oneIn(8) {
		made.Annotations = map[string]string{"istio.io/dry-run": d.of([]string{"true", "false", "1"})}
	}
	d.w.policies = append(d.w.policies, made)
}

func (d *oracleDice) refs(ns string) []oracleRef {
	refs := []oracleRef{
		{Kind: "Service", Name: "svc-a"},
		{Kind: "Service", Name: "svc-b"},
		{Group: "gateway.networking.k8s.io", Kind: "Gateway", Name: "wp"},
		{Group: "gateway.networking.k8s.io", Kind: "GatewayClass", Name: "istio-waypoint"},
	}
	if ns != d.w.root() && !d.oneIn(3) {
		refs = refs[:3]
	}
	return refs[d.IntN(len(refs)):][:1]
}

func (d *oracleDice) policyRule(action string) oraclePolicyRule {
	var r oraclePolicyRule
	if len(d.f.source) > 0 {
		for range d.IntN(3) {
			r.From = append(r.From, oracleFrom{d.source(action)})
		}
	}
	if len(d.f.operation) > 0 {
		for range d.IntN(3) {
			r.To = append(r.To, oracleTo{d.operation()})
		}
	}
	if len(d.f.when) > 0 && d.oneIn(2) {
		key := oracleConditions[d.of(d.f.when)]
		c := oracleCondition{Key: key[0]}
		if d.oneIn(3) {
			c.NotValues = d.some(oraclePool[key[1]])
		} else {
			c.Values = d.some(oraclePool[key[1]])
		}
		if action != "CUSTOM" || !strings.HasPrefix(c.Key, "request.auth") {
			r.When = append(r.When, c)
		}
	}
	return r
}

func (d *oracleDice) source(action string) oracleSource {
	var s oracleSource
	for range 1 + d.IntN(2) {
		field := d.of(d.f.source)
		if action == "CUSTOM" {
			field = "ips"
		}
		yes, no := s.field(field)
		pool := field
		if field == "remotes" {
			pool = "ips"
		}
		if d.oneIn(3) {
			*no = d.some(oraclePool[pool])
		} else {
			*yes = d.some(oraclePool[pool])
		}
	}
	if len(s.Accounts)+len(s.NotAccounts) > 0 { // Istio refuses both together
		s.Principals, s.NotPrincipals, s.Namespaces, s.NotNamespaces = nil, nil, nil, nil
	}
	return s
}

func (s *oracleSource) field(name string) (yes, no *[]string) {
	switch name {
	case "principals", "migrated":
		return &s.Principals, &s.NotPrincipals
	case "namespaces":
		return &s.Namespaces, &s.NotNamespaces
	case "accounts":
		return &s.Accounts, &s.NotAccounts
	case "domains":
		return &s.Domains, &s.NotDomains
	case "ips":
		return &s.IPs, &s.NotIPs
	case "remotes":
		return &s.RemoteIPs, &s.NotRemoteIPs
	default:
		return &s.RequestPrincipals, &s.NotRequestPrincipals
	}
}

func (d *oracleDice) operation() oracleOperation {
	var o oracleOperation
	for range 1 + d.IntN(2) {
		field := d.of(d.f.operation)
		lists := map[string][2]*[]string{
			"methods": {&o.Methods, &o.NotMethods}, "paths": {&o.Paths, &o.NotPaths},
			"hosts": {&o.Hosts, &o.NotHosts}, "ports": {&o.Ports, &o.NotPorts},
		}[field]
		at := 0
		if d.oneIn(3) {
			at = 1
		}
		*lists[at] = d.some(oraclePool[field])
	}
	return o
}

func (d *oracleDice) token() {
	var spec oracleTokens
	for _, issuer := range d.some([]string{"iss-1", "iss-2", "https://iss.example/x"}) {
		rule := oracleIssuer{Issuer: issuer, JWKS: `{"keys":[{"kty":"RSA","kid":"k","e":"AQAB","n":"AQAB"}]}`}
		if d.oneIn(5) {
			rule.Audiences = []string{"aud1"}
		}
		spec.Rules = append(spec.Rules, rule)
	}
	ns := d.namespace()
	if spec.Selector = d.selector(); d.f.waypoints > 0 && d.oneIn(2) {
		spec.Selector, spec.Refs = nil, d.refs(ns)
	}
	d.w.tokens = append(d.w.tokens, oracleMade(d, "ra", ns, spec))
}

// rule makes a DestinationRule, mostly for one of two hosts so that several meet.
func (d *oracleDice) rule() {
	ns := d.namespace()
	host := d.of([]string{
		"svc-a.ns-a.svc.cluster.local", "svc-a.ns-a.svc.cluster.local", "svc-b.ns-b.svc.cluster.local",
		"svc-a", "*.ns-a.svc.cluster.local", "*.local", "svc-a.ns-a", "*",
	})
	if d.f.crowded {
		host, ns = "svc-a.ns-a.svc.cluster.local", d.of([]string{"ns-a", "ns-b", "ns-b"})
	}
	spec := oracleRule{Host: host}
	if !d.oneIn(6) {
		spec.Traffic = &oracleTraffic{TLS: d.tls()}
		if d.oneIn(4) {
			spec.Traffic.Ports = []oraclePortTraffic{{Port: oraclePortNumber{[]int{80, 9000, 8080}[d.IntN(3)]}, TLS: d.tls()}}
			if spec.Traffic.Ports[0].TLS == nil {
				spec.Traffic.Ports[0].Balancer = &oracleBalancer{"ROUND_ROBIN"}
			}
		}
		if spec.Traffic.TLS == nil && len(spec.Traffic.Ports) == 0 || d.oneIn(10) {
			spec.Traffic.Balancer = &oracleBalancer{d.of([]string{"RANDOM", "RANDOM", "PASSTHROUGH"})}
		}
	}
	switch {
	case d.oneIn(3) || d.f.crowded && d.oneIn(3):
		spec.Selector = &oracleSelector{[]map[string]string{{"app": "a"}, {"ver": "v1"}, {"app": "b"}}[d.IntN(3)]}
		if d.oneIn(3) {
			spec.Export = []string{"."}
		}
	case d.oneIn(2):
		spec.Export = [][]string{{"*"}, {"."}, {ns}, {"ns-a"}, {"ns-b"}, {"ns-a", "ns-b"}, {".", "ns-b"}}[d.IntN(7)]
		if d.f.crowded && !d.oneIn(3) {
			spec.Export = [][]string{{"ns-a"}, {"ns-a", "ns-b"}, {"ns-b"}}[d.IntN(3)]
		}
		if ns == "ns-b" && len(spec.Export) == 2 { // Istio refuses to name a namespace twice
			spec.Export = []string{"ns-a", "ns-b"}
		}
	}
	d.w.rules = append(d.w.rules, oracleMade(d, "dr", ns, spec))
}

func (d *oracleDice) tls() *oracleTLS {
	switch mode := d.of([]string{"", "DISABLE", "ISTIO_MUTUAL", "ISTIO_MUTUAL", "SIMPLE", "MUTUAL", "none", "none"}); mode {
	case "none":
		return nil
	case "":
		return &oracleTLS{SNI: "x.example.com"}
	case "MUTUAL":
		return &oracleTLS{Mode: mode, Certificate: "/a", Key: "/b"}
	case "SIMPLE":
		if d.oneIn(3) {
			return &oracleTLS{Mode: mode, Credential: "secret"}
		}
		return &oracleTLS{Mode: mode}
	default:
		return &oracleTLS{Mode: mode}
	}
}

// waypoint makes a Gateway, its pod, and binds some of the services to it.
func (d *oracleDice) waypoint() {
	ns := d.of([]string{"ns-a", "ns-b"})
	if d.w.pod(ns+"/wp-0") != nil {
		return
	}
	g := oracleObject[oracleGateway]{Name: "wp", Namespace: ns, Created: "2026-01-01T00:00:00Z"}
	g.Spec = oracleGateway{Class: "istio-waypoint", Listeners: []oracleListener{{"mesh", 15008, "HBONE"}}}
	if d.oneIn(5) {
		g.Labels = map[string]string{"istio.io/waypoint-for": d.of([]string{"workload", "all", "service"})}
	}
	d.w.gateways = append(d.w.gateways, g)
	p := oracleObject[oraclePod]{Name: "wp-0", Namespace: ns, Labels: map[string]string{
		"gateway.networking.k8s.io/gateway-name": "wp", "gateway.istio.io/managed": "istio.io-mesh-controller",
	}}
	p.Spec = oraclePod{Account: "wp", Containers: []oracleContainer{{Name: "istio-proxy", Image: "proxyv2", Args: []string{"proxy", "waypoint"}}}}
	d.w.pods = append(d.w.pods, p)
	for i, s := range d.w.services {
		if s.Namespace == ns && !d.oneIn(3) {
			d.w.services[i].Labels = map[string]string{"istio.io/use-waypoint": d.of([]string{"wp", "wp", "wp", "none", "gone"})}
		}
	}
	for i, n := range d.w.namespaces {
		if n.Name == ns && d.oneIn(3) {
			d.w.namespaces[i].Labels = map[string]string{"istio.io/use-waypoint": "wp"}
		}
	}
}

// randomRequest draws what a client may send to a port: values are those that policies name.
func (d *oracleDice) request(port int) *oracleRequest {
	req := &oracleRequest{
		port: port, http: !d.oneIn(3), method: d.of([]string{"GET", "POST", "PUT"}),
		path: d.of([]string{"/api", "/api/", "/api/v1/x", "/api?q=/admin", "/admin", "/admin/", "/index.html", "/API/v1", "/"}),
		host: d.of([]string{"svc-a", "a.example.com", "A.EXAMPLE.COM", "a.example.com:80", "svc-b"}),
		sni:  d.of([]string{"", "x.example.com", "other"}),
	}
	req.source = netip.MustParseAddr(d.of([]string{"10.1.2.3", "10.1.9.9", "192.168.0.7", "172.16.0.1"}))
	if d.oneIn(3) {
		req.remote = netip.MustParseAddr(d.of([]string{"10.1.2.3", "8.8.8.8"}))
	}
	if d.oneIn(2) {
		req.headers = map[string][]string{d.of([]string{"X-Env", "x-env", "X-Other"}): d.some([]string{"prod", "pp", "dev"})}
	}
	if d.f.tokens > 0 && !d.oneIn(3) {
		req.jwt = d.claims()
		req.badJWT = d.oneIn(12)
	}
	return req
}

func (d *oracleDice) claims() object {
	c := object{"iss": d.of([]string{"iss-1", "iss-2", "https://iss.example/x"}), "sub": d.of([]string{"sub-1", "sub-2"})}
	if d.oneIn(2) {
		c["group"] = []any{"admin", []any{"devs", "x"}, "x"}[d.IntN(3)]
	}
	if d.oneIn(3) {
		c["realm"] = object{"roles": []any{"r1", "r2"}[d.IntN(2):]}
	}
	if d.oneIn(3) {
		c["scope"] = d.of([]string{"read write", "write", "read"})
	}
	if d.oneIn(3) {
		c["aud"] = []any{"aud1", []any{"aud1", "aud2"}, "other"}[d.IntN(3)]
	}
	if d.oneIn(3) {
		c["azp"] = d.of([]string{"app", "x"})
	}
	return c
}
