package linkerd_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// oracleDice makes random worlds and questions. What it draws from is small, so that things meet.
type oracleDice struct {
	*rand.Rand
	w *oracleWorld
}

// The words that worlds and questions are made of.
var (
	oracleSpaces   = []string{"a", "b"}
	oracleApps     = []string{"web", "api", "db"}
	oracleAccounts = []string{"web", "api", ""}
	oraclePaths    = []string{"/", "/a", "/a/", "/a/b", "/ab", "/x/42", "/x/y", "/healthz", "/ready", "/s.S/Get", "/s.S/Put", "/s.T/Get"}
	oracleHostsAre = []string{"", "web", "web.example.com", "a.example.com:8080", "example.com", "a.b.example.com."}
	oracleAges     = []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"}
	oracleAddrs    = []string{"10.42.1.1", "10.42.1.9", "10.42.2.1", "10.43.0.1", "203.0.113.7", "203.0.113.200", "fd00::7", "2001:db8::7"}
)

func (d *oracleDice) of(words []string) string { return words[d.IntN(len(words))] }

// one reports true once in n times.
func (d *oracleDice) one(n int) bool { return d.IntN(n) == 0 }

// some draws up to n words, each once.
func (d *oracleDice) some(n int, words []string) []string {
	var all []string
	for range 1 + d.IntN(n) {
		if x := d.of(words); !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

// oracleRandomWorld makes the world of a seed.
func oracleRandomWorld(seed uint64) (*oracleWorld, *oracleDice) {
	w := &oracleWorld{release: 20}
	d := &oracleDice{Rand: rand.New(rand.NewPCG(seed, 20)), w: w}
	if d.one(2) {
		w.release = 14 + d.IntN(7)
	}
	d.configure()
	for _, name := range oracleSpaces {
		w.namespaces = append(w.namespaces, oracleObject[struct{}]{Version: "v1", Kind: "Namespace", oracleMeta: oracleMeta{Name: name}})
	}
	for i := range 6 {
		w.pods = append(w.pods, d.pod(i))
	}
	d.services()
	if w.since(15) && d.one(2) {
		d.machine()
	}
	for i := range 2 + d.IntN(5) {
		w.servers = append(w.servers, d.server(i))
	}
	d.authentications()
	for i := range d.IntN(6) {
		w.routes = append(w.routes, d.route(i))
	}
	for i := range d.IntN(3) {
		w.serverAuth = append(w.serverAuth, d.serverAuthorization(i))
	}
	for i := range d.IntN(6) {
		w.policies = append(w.policies, d.policy(i))
	}
	if w.since(17) {
		for i := range d.IntN(3) {
			w.limits = append(w.limits, d.limit(i))
		}
		d.egressNetworks()
	}
	return w, d
}

func (d *oracleDice) configure() {
	c := &d.w.config
	c.Version = fmt.Sprintf("2.%d.0", d.w.release)
	policies := []string{"", "", "", "all-authenticated", "cluster-authenticated", "cluster-unauthenticated", "deny"}
	if d.w.since(16) {
		policies = append(policies, "audit")
	}
	c.Proxy.Default = d.of(policies)
	if d.one(5) {
		c.Networks = "10.42.0.0/16,10.96.0.0/12"
	}
	if d.one(6) {
		c.TrustDomain = "root.example"
	}
	if d.one(6) {
		c.Init.SkipIn = new("9090,6000-7000")
	}
	if d.one(6) {
		c.Init.SkipOut = new("5432")
	}
	if d.one(4) {
		c.Policy.Probes = &[]string{"10.42.0.0/16"}
		if d.one(2) {
			c.Policy.Probes = &[]string{}
		}
	}
	if d.w.since(16) && d.one(2) {
		c.NoIPv6 = new(false)
	}
	if d.w.since(18) && d.one(8) {
		c.Proxy.Transport = "transparent"
	}
}

func (d *oracleDice) meta(kind string, i int) oracleMeta {
	return oracleMeta{Name: fmt.Sprintf("%s-%d", kind, i), Namespace: d.of(oracleSpaces), Created: d.of(oracleAges)}
}

// pod draws a running pod: with a proxy, without one, or with something in between.
func (d *oracleDice) pod(i int) oracleObject[oraclePod] {
	p := oracleObject[oraclePod]{Version: "v1", Kind: "Pod", oracleMeta: d.meta("pod", i)}
	p.Labels = map[string]string{"app": d.of(oracleApps)}
	if d.one(2) {
		p.Labels["tier"] = d.of([]string{"front", "back"})
	}
	p.Status = oracleStatus{Phase: "Running", IP: fmt.Sprintf("10.42.%d.%d", d.IntN(3), i+1)}
	if d.one(12) {
		p.Status.IP = fmt.Sprintf("203.0.113.%d", i+1)
	}
	p.Spec.Account = d.of(oracleAccounts)
	p.Spec.Containers = []oracleContainer{d.container("app")}
	if d.one(3) {
		p.Spec.Containers = append(p.Spec.Containers, d.container("helper"))
	}
	if d.one(6) {
		p.Spec.InitContainers = []oracleContainer{d.container("warm")}
	}
	switch d.IntN(12) {
	case 0, 1:
		return p
	case 2:
		p.Labels["linkerd.io/control-plane-ns"] = "linkerd" // no proxy, whatever clients believe
		return p
	case 3:
		p.Labels["linkerd.io/control-plane-ns"] = "linkerd-edge"
	default:
		p.Labels["linkerd.io/control-plane-ns"] = "linkerd"
	}
	d.proxy(&p)
	return p
}

func (d *oracleDice) proxy(p *oracleObject[oraclePod]) {
	p.Labels["linkerd.io/workload-ns"] = p.Namespace
	proxy := oracleContainer{Name: "linkerd-proxy", Image: "cr.l5d.io/linkerd/proxy:x", Ports: []oraclePort{{Name: "linkerd-proxy", Number: 4143}, {Name: "linkerd-admin", Number: 4191}}}
	for name, value := range map[string]string{"INBOUND": "4143", "ADMIN": "4191", "CONTROL": "4190"} {
		proxy.Env = append(proxy.Env, oracleEnv{"LINKERD2_PROXY_" + name + "_LISTEN_ADDR", "0.0.0.0:" + value})
	}
	slices.SortFunc(proxy.Env, func(a, b oracleEnv) int { return strings.Compare(a.Name, b.Name) })
	init := oracleContainer{Name: "linkerd-init", Image: "cr.l5d.io/linkerd/proxy-init:x"}
	p.Spec.InitContainers = append(p.Spec.InitContainers, init)
	if d.w.since(15) && d.one(2) {
		proxy.Restart = "Always"
		p.Spec.InitContainers = append(p.Spec.InitContainers, proxy)
	} else {
		p.Spec.Containers = append(p.Spec.Containers, proxy)
	}
	p.Annotations = map[string]string{"linkerd.io/inject": "enabled", "linkerd.io/proxy-version": "x"}
	annotate := func(key string, values ...string) {
		if d.one(6) {
			p.Annotations["config.linkerd.io/"+key] = d.of(values)
		}
	}
	annotate("default-inbound-policy", "all-authenticated", "cluster-authenticated", "deny", "all-unauthenticated", "audit", "all_authenticated")
	annotate("proxy-require-identity-inbound-ports", "8080", "1-9999", "5432, 9090")
	annotate("opaque-ports", "5432", "8080,9090", "5000-6000", "")
	annotate("skip-inbound-ports", "9090", "7777,8080", "1-5000", "")
	annotate("skip-outbound-ports", "8080", "80,443", "4567", "")
	annotate("skip-subnets", "10.42.1.0/24", "203.0.113.0/24,10.43.0.0/16")
}

func (d *oracleDice) container(name string) oracleContainer {
	c := oracleContainer{Name: name, Image: "example.test/app:1"}
	for _, number := range []int{8080, 9090, 5432} {
		if d.one(2) {
			p := oraclePort{Name: d.of([]string{"http", "admin", "db", ""}), Number: number}
			if d.one(8) {
				p.Protocol, p.Number = "UDP", number+10
			}
			if slices.ContainsFunc(c.Ports, func(q oraclePort) bool { return q.Name == p.Name }) {
				p.Name = ""
			}
			c.Ports = append(c.Ports, p)
		}
	}
	probe := func() *oracleProbe {
		if !d.one(4) {
			return nil
		}
		port := d.of([]string{"8080", "9090", "http", "admin"})
		path := d.of([]string{"", "/healthz", "/ready", "/a?x=1"})
		var p oracleProbe
		if err := json.Unmarshal(fmt.Appendf(nil, `{"httpGet":{"path":%q,"port":%q}}`, path, port), &p); err != nil {
			panic(err)
		}
		return &p
	}
	c.Liveness, c.Readiness, c.Startup = probe(), probe(), probe()
	return c
}

// beside puts an object into the namespace of some Server, and returns the Server's name; most of the time.
func (d *oracleDice) beside(m *oracleMeta) string {
	s := d.w.servers[d.IntN(len(d.w.servers))]
	if !d.one(6) {
		m.Namespace = s.Namespace
	}
	return s.Name
}

func (d *oracleDice) services() {
	for i, app := range oracleApps {
		s := oracleObject[oracleService]{Version: "v1", Kind: "Service", oracleMeta: d.meta("svc", i)}
		s.Spec = oracleService{IP: fmt.Sprintf("10.96.0.%d", i+1), Selector: map[string]string{"app": app}, Ports: []oracleServicePort{{Name: "http", Port: 80, Target: "8080"}}}
		if d.one(2) {
			s.Spec.Ports = append(s.Spec.Ports, oracleServicePort{Name: "admin", Port: 443, Target: oracleName(d.of([]string{"9090", "admin"}))})
		}
		d.w.services = append(d.w.services, s)
	}
}

func (d *oracleDice) machine() {
	m := oracleObject[oracleMachine]{Version: "workload.linkerd.io/v1beta1", Kind: "ExternalWorkload", oracleMeta: d.meta("vm", 0)}
	m.Labels = map[string]string{"app": d.of(oracleApps)}
	text := `{"meshTLS":{"identity":"spiffe://root.example/vm","serverName":"vm.example"},` +
		`"ports":[{"name":"http","port":8080},{"name":"admin","port":9090}],"workloadIPs":[{"ip":"10.42.7.1"}]}`
	if err := json.Unmarshal([]byte(text), &m.Spec); err != nil {
		panic(err)
	}
	d.w.machines = append(d.w.machines, m)
}

func (d *oracleDice) selector() *oracleSelector {
	s := &oracleSelector{}
	switch d.IntN(8) {
	case 0:
	case 1:
		s.Labels = map[string]string{"app": d.of(oracleApps), "tier": "front"}
	case 2:
		s.Expressions = []oracleExpression{{"tier", d.of([]string{"Exists", "DoesNotExist"}), nil}}
	case 3:
		s.Expressions = []oracleExpression{{"tier", d.of([]string{"Exists", "DoesNotExist"}), &[]string{}}}
	case 4:
		s.Expressions = []oracleExpression{{"app", d.of([]string{"In", "NotIn"}), &[]string{"web", d.of(oracleApps)}}}
	default:
		s.Labels = map[string]string{"app": d.of(oracleApps)}
	}
	return s
}

func (d *oracleDice) server(i int) oracleObject[oracleServer] {
	s := oracleObject[oracleServer]{Version: "policy.linkerd.io/v1beta1", Kind: "Server", oracleMeta: d.meta("srv", i)}
	if d.w.since(15) {
		s.Version = "policy.linkerd.io/v1beta2"
	}
	if d.w.since(16) {
		s.Version = "policy.linkerd.io/v1beta3"
		s.Spec.Access = d.of([]string{"", "", "", "deny", "all-unauthenticated", "all-authenticated", "cluster-authenticated", "audit"})
	}
	s.Labels = map[string]string{"team": d.of([]string{"x", "y"})}
	s.Spec.Pods = d.selector()
	if d.w.since(15) && d.one(4) {
		s.Spec.Pods, s.Spec.Machines = nil, d.selector()
	}
	s.Spec.Port = oracleName(d.of([]string{"8080", "8080", "8080", "http", "http", "admin", "9090", "5432", "db", "7777", "nothing"}))
	protocols := []string{"", "", "unknown", "HTTP/1", "HTTP/2", "opaque", "TLS"}
	if d.w.since(16) {
		protocols = append(protocols, "gRPC", "gRPC")
	}
	s.Spec.Protocol = d.of(protocols)
	return s
}
