package istio_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// caseRequest is an entry of requests.yaml.
type caseRequest struct {
	ID        string
	Pod       string
	Port      uint16
	Principal string
	TLS       string
	SourceIP  string `yaml:"sourceIP"`
	RemoteIP  string `yaml:"remoteIP"`
	SNI       string
	App       string
	Method    string
	Path      string
	Host      string
	Headers   map[string][]string
	JWT       map[string]any
	At        string
}

// caseVerdict is an entry of the requests in expected.json.
type caseVerdict struct {
	ID, Engine, Connection, By string
	Allowed                    bool
	ExtAuthz, DryRun           []string
	JWT                        string
}

// requestAnswer is what of a verdict is compared.
type requestAnswer struct {
	Connection string
	Allowed    bool
	By         string // "ACTION namespace/name rule", without the rule where Istio does not name it
	Asks       bool
}

func readRequests(t *testing.T, dir string) map[string]caseRequest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "requests.yaml"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Requests []caseRequest }
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		t.Fatalf("requests.yaml: %v", err)
	}
	byID := map[string]caseRequest{}
	for _, r := range list.Requests {
		byID[r.ID] = r
	}
	return byID
}

// compareRequests fills in what Istio and the graph say of every request of a case.
func compareRequests(t *testing.T, g *mesh.Graph, dir string, verdicts []caseVerdict, want, got map[string]requestAnswer) {
	t.Helper()
	requests := readRequests(t, dir)
	for _, e := range verdicts {
		r, ok := requests[e.ID]
		if !ok {
			t.Fatalf("expected.json: no request %s", e.ID)
		}
		want[e.ID] = wantedRequest(r, e)
		got[e.ID] = askedRequest(t, g, r, e)
	}
}

// wantedRequest puts Istio's words into those of the graph. Where nothing ends the mutual TLS that a
// client sends, the bytes reach the application and the handshake fails. What ztunnel refuses for a
// PeerAuthentication is a connection that is not made.
func wantedRequest(r caseRequest, e caseVerdict) requestAnswer {
	a := requestAnswer{Connection: e.Connection, Allowed: e.Allowed, By: deciding(e.By), Asks: len(e.ExtAuthz) > 0}
	switch {
	case e.Engine == "none" && e.Connection == "mtls", e.Connection == "bypass" && !e.Allowed:
		a.Connection = "fail"
	case e.Connection == "app-tls" && r.TLS == "mtls":
		a.Connection, a.Allowed = "fail", false // the application has no certificate of the mesh
	case e.Connection == "bypass":
		a.Connection = "plaintext"
	case strings.Contains(e.By, "/istio_converted_static_"), strings.Contains(e.By, "/converted_peer_authentication_"):
		a.Connection, a.By = "fail", ""
	}
	return a
}

// deciding reads the policy and rule out of the name of an Envoy policy or a ztunnel policy.
func deciding(by string) string {
	action, rest, _ := strings.Cut(by, ":")
	action = strings.ToUpper(action)
	if action == "LOG" {
		return "" // an audit decides nothing
	}
	if i := strings.Index(rest, "ns["); i >= 0 {
		ns, rest, _ := strings.Cut(rest[i+len("ns["):], "]-policy[")
		name, rest, _ := strings.Cut(rest, "]-rule[")
		rule, _, _ := strings.Cut(rest, "]")
		return action + " " + ns + "/" + name + " " + rule
	}
	if strings.Contains(rest, "/") {
		return action + " " + rest
	}
	return "" // nothing matched, or a token was refused
}

func askedRequest(t *testing.T, g *mesh.Graph, r caseRequest, e caseVerdict) requestAnswer {
	t.Helper()
	ns, name, _ := strings.Cut(r.Pod, "/")
	q := mesh.Request{To: find(t, g, ns, name), Port: r.Port, Way: &mesh.Way{}, From: mesh.Client{
		Addr: address(t, r.SourceIP, "10.9.9.9"), Origin: address(t, r.RemoteIP, ""), SNI: r.SNI,
	}}
	if r.Principal != "" {
		q.From.Identity = "spiffe://" + r.Principal
	}
	switch r.TLS {
	case "plaintext":
		q.From.Wire = mesh.WirePlaintext
	case "tls":
		q.From.Wire = mesh.WireTLS
	}
	if r.App != "tcp" {
		q.HTTP = httpOf(r, e)
	}
	if service, ok := strings.CutPrefix(r.At, "waypoint:"); ok {
		atWaypoint(t, g, &q, service)
	}
	v := g.Authorize(q)
	point := servingPoint(v, r.At != "")
	a := requestAnswer{Connection: connectionWord(v.Transport), Allowed: v.Allowed == truth.True, By: decidedBy(point, e), Asks: len(point.Asks) > 0}
	if r.At != "" {
		a.Connection, a.Allowed = "mtls", point.Allowed == truth.True
	}
	// The cases suppose that an external authorizer lets pass what it is asked about, and that an
	// application which gets TLS ends it; the graph leaves both open.
	if v.Allowed == truth.Unknown && (a.Asks || a.Connection == "app-tls") {
		a.Allowed = true
	}
	return a
}

func address(t *testing.T, text, otherwise string) netip.Addr {
	t.Helper()
	if text == "" {
		text = otherwise
	}
	if text == "" {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func httpOf(r caseRequest, e caseVerdict) *mesh.HTTP {
	h := &mesh.HTTP{Method: r.Method, Path: r.Path, Host: r.Host, Header: r.Headers, Token: r.JWT}
	if h.Method == "" {
		h.Method = "GET"
	}
	if h.Path == "" {
		h.Path = "/"
	}
	if strings.HasPrefix(e.By, "jwt_authn:") && r.JWT == nil {
		h.BadToken = true
	}
	return h
}

// atWaypoint addresses the Service at whose waypoint the request is judged.
func atWaypoint(t *testing.T, g *mesh.Graph, q *mesh.Request, service string) {
	t.Helper()
	for s := range g.Services() {
		if s.Namespace.Name+"/"+s.Name != service {
			continue
		}
		q.To, q.Way, q.From.ByProxy = s.Workloads()[0], &mesh.Way{Service: s, Port: q.Port}, true
		for _, sp := range s.Ports {
			if sp.Port == q.Port {
				q.Port, _ = sp.Target(judged(q.To))
				return
			}
		}
		return // a port that the Service does not have leads nowhere
	}
	t.Fatalf("no Service %s", service)
}

func servingPoint(v mesh.Verdict, waypoint bool) mesh.Point {
	for _, p := range v.Points {
		if waypoint == (p.Kind == mesh.PointWaypoint) {
			return p
		}
	}
	return mesh.Point{}
}

// decidedBy names the rule that decided; without the rule's number for ztunnel, which does not keep it.
func decidedBy(p mesh.Point, e caseVerdict) string {
	if p.Allowed == truth.Unknown || p.By.Policy.IsZero() || p.By.Policy.Kind.Kind == "RequestAuthentication" {
		return ""
	}
	action := "ALLOW"
	if p.Allowed == truth.False {
		action = "DENY"
	}
	by := action + " " + p.By.Policy.Namespace + "/" + p.By.Policy.Name
	if e.Engine != "ztunnel" {
		by += " " + string(rune('0'+p.By.Index))
	}
	return by
}

// connectionWord is resultWord without the difference between what nobody sends and what fails.
func connectionWord(t mesh.Transport) string {
	if t.Connects == truth.False {
		return "fail"
	}
	return resultWord(t)
}
