package linkerd_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The oracle is worth only what it knows: it must itself give the expected answers of the cases.

// oracleCheck is one check of a case, of the types that the oracle can answer.
type oracleCheck struct {
	Type     string
	Name     string
	Pod      string
	Workload oracleRef
	Edge     struct {
		Client   oracleCaseClient
		Server   oracleCaseServer
		Protocol string
		DialPort int `json:"dialPort"`
	}
	Request struct {
		Client                       oracleCaseClient
		Server                       oracleCaseServer
		Protocol, Method, Path, Host string
		Headers                      map[string]string
		Namespace, IP                string
		Port                         int
	}
	Expect struct {
		Verdict        string
		HTTPStatus     int `json:"httpStatus"`
		Server, Route  *oracleRef
		By             []oracleRef `json:"authorizedByAnyOf"`
		Reason         string
		MTLS           string
		ServerIdentity string `json:"serverIdentity"`
		WirePort       int    `json:"wirePort"`
		EgressNetwork  *string
		Policy         *string
		Bucket         string
		PerSecond      *int `json:"requestsPerSecond"`
		Shared         bool `json:"sharedBucket"`
		Injected       bool
		Reasons        []string
		Mode           string
		ProxyAs        string `json:"proxyAs"`
	}
}

type oracleCaseClient struct {
	Pod, IP, TLS string
	Identity     *string
}

type oracleCaseServer struct {
	Pod, ExternalWorkload, IP string
	Port                      int
}

func oracleCaseDir(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("MESHPOSTURE_CASES"), filepath.Join("..", "..", "shared", "cases")} {
		dir = filepath.Join(dir, "linkerd")
		if _, err := os.Stat(dir); err == nil && filepath.Dir(dir) != "." {
			return dir
		}
	}
	t.Skip("no cases: neither $MESHPOSTURE_CASES/linkerd nor ../shared/cases/linkerd is there")
	return ""
}

func TestOracleKnowsCases(t *testing.T) {
	t.Parallel()
	dir := oracleCaseDir(t)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name(), "expected.json"))
		if err != nil {
			continue // the schema, and whatever else is no case
		}
		input, err := os.ReadFile(filepath.Join(dir, e.Name(), "input.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var expected struct {
			Version string `json:"linkerdVersion"`
			Checks  []oracleCheck
		}
		oracleJSON(t, text, &expected)
		w := &oracleWorld{}
		if _, err := fmt.Sscanf(expected.Version, "2.%d", &w.release); err != nil {
			t.Fatal(err)
		}
		w.read(t, input)
		for _, c := range expected.Checks {
			want, got, ok := w.answer(c)
			if !ok {
				continue
			}
			checked++
			if want != got {
				t.Errorf("%s: %s %s %s%s\nwant %s\ngot  %s", e.Name(), c.Type, c.Name, c.Pod, c.Workload.Name, want, got)
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d checks were compared", checked)
	}
}

// answer is what the case expects and what the oracle says, in the same words.
func (w *oracleWorld) answer(c oracleCheck) (want, got string, ok bool) {
	switch c.Type {
	case "authz":
		want, got = w.answerRequest(c)
	case "mtls":
		want, got = w.answerEdge(c)
	case "egress":
		want, got = w.answerEgress(c)
	case "ratelimit":
		want, got = w.answerLimit(c)
	case "enrolment":
		if c.Pod == "" {
			return "", "", false // templates of workloads
		}
		e := w.enrol(w.pod(c.Pod))
		want = fmt.Sprint(c.Expect.Injected, c.Expect.Reasons, c.Expect.Mode, cmp.Or(c.Expect.ProxyAs, e.as))
		got = fmt.Sprint(e.injected, e.reasons, e.mode, e.as)
	default:
		return "", "", false
	}
	return want, got, true
}

func (w *oracleWorld) caseTarget(s oracleCaseServer) oracleTarget {
	if p := w.pod(s.Pod); p != nil {
		return w.podTarget(p)
	}
	for i := range w.machines {
		if m := &w.machines[i]; m.Namespace+"/"+m.Name == s.ExternalWorkload {
			return oracleMachineTarget(m)
		}
	}
	t := oracleTarget{}
	t.addr, _ = netip.ParseAddr(s.IP)
	return t
}

// peer is a case's client as the server sees it.
func (w *oracleWorld) peer(c oracleCaseClient, s oracleCaseServer) oraclePeer {
	if p := w.pod(c.Pod); p != nil {
		t := w.caseTarget(s)
		e := w.edge(p, t, s.Port, t.addr, s.Port)
		peer := oraclePeer{tls: e.mtls == "mutual"}
		peer.addr, _ = netip.ParseAddr(p.Status.IP)
		if peer.tls {
			peer.identity = w.podIdentity(p)
		}
		return peer
	}
	addr, _ := netip.ParseAddr(c.IP)
	peer := oraclePeer{addr: addr, tls: c.TLS == "mutual" || c.TLS == "no-client-cert" || c.Identity != nil}
	if c.Identity != nil {
		peer.identity = *c.Identity
	}
	return peer
}

func (w *oracleWorld) answerRequest(c oracleCheck) (want, got string) {
	r := c.Request
	path, query, _ := strings.Cut(r.Path, "?")
	req := oracleSent{http: r.Protocol != "tcp", method: r.Method, path: path, query: query, host: r.Host, headers: r.Headers}
	all := w.decide(w.caseTarget(r.Server), r.Server.Port, w.peer(r.Client, r.Server), req)
	v := all[0]
	words := func(refs []oracleRef) (names []string) {
		for _, r := range refs {
			names = append(names, r.Kind+"/"+r.Name)
		}
		slices.Sort(names)
		return names
	}
	name := func(r *oracleRef, otherwise string) string {
		if r == nil {
			return otherwise
		}
		return r.Kind + "/" + r.Name
	}
	by := v.by
	if c.Expect.By != nil {
		by = words(c.Expect.By)
	}
	x := c.Expect
	want = fmt.Sprint(x.Verdict, cmp.Or(x.HTTPStatus, v.status), cmp.Or(x.Reason, v.reason), name(x.Server, v.server), name(x.Route, v.route), by)
	got = fmt.Sprint(v.verdict, v.status, v.reason, v.server, v.route, v.by)
	if len(all) > 1 {
		got += " or another"
	}
	return want, got
}

func (w *oracleWorld) answerEdge(c oracleCheck) (want, got string) {
	s := c.Edge.Server
	t := w.caseTarget(s)
	e := oracleEdge{mtls: "none", reason: "destination-not-a-pod"}
	switch {
	case c.Edge.Protocol == "udp":
		e.reason = "non-tcp"
	case s.Pod != "" || s.ExternalWorkload != "":
		dialled := t.addr
		if t.machine {
			dialled = netip.MustParseAddr("10.96.0.1") // machines are endpoints of a Service, which the cases leave out
		}
		e = w.edge(w.pod(c.Edge.Client.Pod), t, s.Port, dialled, cmp.Or(c.Edge.DialPort, s.Port))
	}
	x := c.Expect
	want = fmt.Sprint(x.MTLS, x.Reason, cmp.Or(x.ServerIdentity, e.identity), cmp.Or(x.WirePort, e.port))
	return want, fmt.Sprint(e.mtls, e.reason, e.identity, e.port)
}

func (w *oracleWorld) answerEgress(c oracleCheck) (want, got string) {
	r := c.Request
	addr, _ := netip.ParseAddr(r.IP)
	req := oracleSent{http: r.Protocol == "http", method: r.Method, path: r.Path, host: r.Host, anyTLS: r.Protocol == "tls"}
	if req.anyTLS {
		req.sni = oracleOr(r.Host, "unnamed.invalid")
	}
	o := w.wayOut(r.Namespace, addr, r.Port, req)
	network := ""
	if c.Expect.EgressNetwork != nil {
		network = *c.Expect.EgressNetwork
	}
	want = fmt.Sprint(c.Expect.Verdict, network, c.Expect.Reason, cmp.Or(c.Expect.HTTPStatus, o.status))
	return want, fmt.Sprint(o.verdict, o.network, o.reason, o.status)
}

func (w *oracleWorld) answerLimit(c oracleCheck) (want, got string) {
	policies := w.portPolicies(w.caseTarget(c.Request.Server), c.Request.Server.Port)
	b := w.bucket(policies[0], w.peer(c.Request.Client, c.Request.Server).identity)
	text := func(v any) string {
		doc, err := json.Marshal(v)
		return fmt.Sprint(string(doc), err)
	}
	want = text([]any{c.Expect.Policy, c.Expect.Bucket, c.Expect.PerSecond, c.Expect.Shared})
	return want, text([]any{b.policy, b.scope, b.rate, b.shared})
}
