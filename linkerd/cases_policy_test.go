package linkerd_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

type caseClient struct {
	Pod      string
	IP       string
	Identity *string
	TLS      string
}

type caseServer struct {
	Pod, ExternalWorkload, IP string
	Port                      uint16
}

// client is who sends to a server: a pod, or what arrives. TLS asks for the name of the server's proxy, but
// for what only passes through.
func (c *caseGraph) client(t *testing.T, k caseClient, server *mesh.Workload) mesh.Client {
	t.Helper()
	if k.Pod != "" {
		return mesh.Client{Workload: c.workload(t, "Pod", k.Pod)}
	}
	addr, err := netip.ParseAddr(k.IP)
	if err != nil {
		t.Fatal(err)
	}
	from := mesh.Client{Addr: addr, Wire: mesh.WirePlaintext}
	if server != nil {
		from.SNI = server.Enrolment().Identity
	}
	switch {
	case k.Identity != nil:
		from.Wire, from.Identity = mesh.WireMesh, *k.Identity
	case k.TLS == "no-client-cert":
		from.Wire = mesh.WireTLS
	case k.TLS == "passthrough":
		from.SNI = "elsewhere.example"
	}
	return from
}

func (c *caseGraph) server(t *testing.T, k caseServer) *mesh.Workload {
	t.Helper()
	if k.ExternalWorkload != "" {
		return c.workload(t, "ExternalWorkload", k.ExternalWorkload)
	}
	return c.workload(t, "Pod", k.Pod)
}

type caseRequest struct {
	Client   caseClient
	Server   caseServer
	Protocol string
	Method   string
	Path     string
	Host     string
	Headers  map[string]string
}

// request is the question of an authz check: pods are addressed by their own addresses.
func (c *caseGraph) request(t *testing.T, k caseRequest) mesh.Request {
	t.Helper()
	server := c.server(t, k.Server)
	r := mesh.Request{From: c.client(t, k.Client, server), To: server, Port: k.Server.Port, Way: &mesh.Way{}}
	if k.Protocol == "tcp" {
		return r
	}
	r.HTTP = &mesh.HTTP{Method: k.Method, Path: k.Path, Host: k.Host, Header: map[string][]string{}}
	for name, value := range k.Headers {
		r.HTTP.Header[name] = []string{value}
	}
	if k.Protocol == "grpc" {
		r.HTTP.Header["content-type"] = []string{"application/grpc"}
		if r.HTTP.Method == "" {
			r.HTTP.Method = "POST"
		}
	}
	return r
}

func (c *caseGraph) authz(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct{ Request caseRequest }
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	r := c.request(t, k.Request)
	v := c.Authorize(r)
	i := slices.IndexFunc(v.Points, func(p mesh.Point) bool { return p.Kind == mesh.PointServer })
	if i < 0 {
		return c.unenforced(r, v)
	}
	p := v.Points[i]
	f := facts{"verdict": map[truth.Value]string{truth.True: "allow", truth.False: "deny", truth.Unknown: "undecided"}[v.Allowed]}
	f["reason"] = firstRule(p.Why, map[string]string{
		"authorized": "authorized", "no-authorizations": "no-authorizations", "no-authorization-matched": "no-authorization-matched",
		"route-not-found": "route-not-found", "direct-requires-identity": "direct-requires-identity",
	})
	if p.Status == 404 {
		f["verdict"] = "no-route"
	}
	if p.Status != 0 {
		f["httpStatus"] = p.Status
	}
	if s, ok := stepOf(p.Why, "server"); ok {
		f["server"] = refOf(s.Object)
	}
	if s, ok := stepOf(p.Why, "default-policy"); ok {
		name, _, _ := strings.Cut(s.Detail, ":")
		f["server"] = ref{"default", name}
	}
	f["route"] = ref{"default", "default"}
	if s, ok := stepOf(p.Why, "route"); ok {
		f["route"] = refOf(s.Object)
	}
	if _, ok := stepOf(p.Why, "probe-route"); ok {
		f["route"] = ref{"default", "probe"}
	}
	if v.Allowed == truth.True {
		var by []ref
		for _, rule := range append([]mesh.Rule{p.By}, p.Matched...) {
			by = append(by, refOf(rule.Policy))
		}
		f["authorizedByAnyOf"] = by
	}
	return f
}

// unenforced is the answer where nothing judged the request.
func (c *caseGraph) unenforced(r mesh.Request, v mesh.Verdict) facts {
	in := r.To.Inbound(r.Port)
	f := facts{"verdict": "unenforced"}
	switch {
	case v.Allowed != truth.True:
		f["verdict"] = "undecided or broken: " + v.String()
	case r.To.Inside() == truth.False:
		f["reason"] = "server-not-meshed"
	case in.Captured == truth.False:
		f["reason"] = "inbound-port-skipped"
	}
	return f
}

func (c *caseGraph) ratelimit(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct{ Request caseRequest }
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	k.Request.Method, k.Request.Path = "GET", "/"
	v := c.Authorize(c.request(t, k.Request))
	f := facts{"policy": nil, "bucket": "none", "requestsPerSecond": nil, "sharedBucket": false}
	p, _ := v.Decisive()
	for _, l := range p.Limits { // the narrowest comes last
		f["policy"], f["requestsPerSecond"], f["sharedBucket"] = l.Policy.Name, l.PerSecond, l.Shared
		f["bucket"] = map[mesh.LimitScope]string{mesh.LimitTotal: "total", mesh.LimitNamed: "override", mesh.LimitClient: "identity"}[l.Scope]
	}
	return f
}

func (c *caseGraph) status(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Object object
		Parent *ref
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"policy.linkerd.io", "gateway.networking.k8s.io"} {
		o := source.Ref{Kind: source.Kind{Group: group, Kind: k.Object.Kind}, Namespace: k.Object.Namespace, Name: k.Object.Name}
		for _, condition := range c.layer.Conditions(o) {
			if k.Parent == nil || *k.Parent == refOf(condition.Parent) {
				return facts{"accepted": condition.Accepted == truth.True, "conditionReason": condition.Reason}
			}
		}
	}
	return facts{}
}

// admission takes an object for refused that the API server or the webhook would not let in.
func (c *caseGraph) admission(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Object object
		Expect struct{ Reason string }
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	is := func(r source.Ref) bool {
		return r.Kind.Kind == k.Object.Kind && r.Namespace == k.Object.Namespace && r.Name == k.Object.Name
	}
	var reasons []string
	for _, p := range c.Problems() {
		refused := p.Code == source.ProblemRejected || p.Code == source.ProblemWrongType || p.Code == source.ProblemBadValue
		if refused && is(p.Object) {
			reasons = append(reasons, p.Message)
		}
	}
	for _, flaw := range c.Flaws() {
		if flaw.Kind == mesh.FlawInadmissible && is(flaw.Object) {
			reasons = append(reasons, flaw.Detail)
		}
	}
	f := facts{"accepted": len(reasons) == 0}
	f["reason"] = strings.Join(reasons, "; ")
	if slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, k.Expect.Reason) }) {
		f["reason"] = k.Expect.Reason
	}
	return f
}

func (c *caseGraph) egress(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Request struct {
			Namespace, IP, Protocol, Host, Path, Method string
			Port                                        uint16
		}
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	q := k.Request
	r := mesh.EgressRequest{From: c.workload(t, "Pod", q.Namespace+"/"+egressClient), Addr: netip.MustParseAddr(q.IP), Port: q.Port}
	switch q.Protocol {
	case "http":
		r.HTTP = &mesh.HTTP{Method: q.Method, Path: q.Path, Host: q.Host}
	case "tls":
		r.SNI = q.Host
		if r.SNI == "" {
			r.SNI = "unnamed.example"
		}
	}
	v := c.AuthorizeEgress(r)
	f := facts{"verdict": map[truth.Value]string{truth.True: "allow", truth.False: "deny", truth.Unknown: "undecided"}[v.Allowed], "egressNetwork": nil}
	if len(v.Points) == 0 {
		return f
	}
	p := v.Points[0]
	f["reason"] = firstRule(p.Why, map[string]string{
		"cluster-ip": "cluster-ip", "no-egress-network": "no-egress-network",
		"egress-route-matched": "route-matched", "egress-allow": "traffic-policy-allow", "egress-deny": "traffic-policy-deny",
	})
	if word := firstRule(p.Why, map[string]string{"cluster-ip": "in-cluster", "cluster-network": "in-cluster"}); word != "" && v.Allowed == truth.True {
		f["verdict"] = word
	}
	for _, s := range p.Why {
		if s.Object.Kind.Kind == "EgressNetwork" && f["reason"] != "no-egress-network" {
			f["egressNetwork"] = s.Object.Namespace + "/" + s.Object.Name
			break
		}
	}
	if p.Status != 0 {
		f["httpStatus"] = p.Status
	}
	return f
}

func (c *caseGraph) multicluster(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct{ Object object }
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	s := c.Service(k.Object.Namespace, k.Object.Name)
	if s == nil {
		t.Fatalf("no Service %s/%s", k.Object.Namespace, k.Object.Name)
	}
	m := c.layer.Mirror(s)
	f := facts{
		"mode": m.Mode.String(), "clusters": append([]string{}, m.Clusters...), "tlsServerIdentity": m.ServerIdentity,
		"serverSeesClientIdentity": m.ClientSeen == truth.True, "exportedBy": nil,
	}
	if e, ok := c.layer.Export(s); ok {
		f["exportedBy"] = map[string]string{"link": e.Link.Name, "as": e.As.String(), "mirrorName": e.MirrorName}
	}
	return f
}
