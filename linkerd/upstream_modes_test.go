package linkerd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// portOf makes random configurations of port 80 of web.
type portOf struct{ *rand.Rand }

func (r portOf) one(from ...string) string { return from[r.IntN(len(from))] }

func (r portOf) documents() []string {
	web := pod{name: "web", ip: "10.0.0.9", ports: webPorts, annotations: r.one("", "", "config.linkerd.io/default-inbound-policy: "+r.one(
		"all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny", "audit", "bogus"))}
	more := r.one("", "", "config.linkerd.io/opaque-ports: '80'", "config.linkerd.io/proxy-require-identity-inbound-ports: '80'", "config.linkerd.io/skip-inbound-ports: '80'")
	if web.annotations != "" && more != "" {
		more = ", " + more
	}
	if web.annotations += more; r.IntN(6) == 0 {
		web.annotations = "config.linkerd.io/skip-subnets: 10.9.0.0/16"
	}
	text := web.String()
	if r.IntN(3) == 0 {
		text = strings.Replace(text, "name: app,", "name: app, livenessProbe: {httpGet: {path: /live, port: "+r.one("80", "http", "admin", "4191")+"}},", 1)
	}
	docs := []string{namespaceM, text, pod{name: "a", ip: "10.0.0.1"}.String(), pod{name: "b", ip: "192.0.2.7", bare: true}.String()}
	if r.IntN(4) > 0 {
		docs = append(docs, serverOn("web", r.one("80", "80", "http", "admin", "4143", "4191"), r.one("", ", proxyProtocol: "+r.one("HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS", "unknown"))+
			r.one("", "", ", accessPolicy: "+r.one("all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "audit", "deny"))))
	}
	docs = append(docs, idents("any", "*"), idents("ids", idA), nets("all", "{cidr: 0.0.0.0/0}, {cidr: '::/0'}"), nets("ten", "{cidr: 10.0.0.0/8}"),
		nets("none", "{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}"), nets("self", "{cidr: 127.0.0.1/32}, {cidr: 127.0.0.0/8}"))
	if r.IntN(3) == 0 {
		docs = append(docs, routeTo("r", "web", r.one("", "{}", "{matches: [{path: {value: /a}}]}", "{matches: [{path: {value: /a}, method: GET}]}, {matches: [{path: {value: /b}}]}")))
	}
	for i := range r.IntN(3) {
		var refs []string
		if r.IntN(2) == 0 {
			refs = append(refs, r.one("MeshTLSAuthentication/any", "MeshTLSAuthentication/ids", "ServiceAccount/a", "MeshTLSAuthentication/gone"))
		}
		if r.IntN(2) == 0 {
			refs = append(refs, "NetworkAuthentication/"+r.one("all", "ten", "none", "self"))
		}
		docs = append(docs, grantTo(fmt.Sprint("p", i), r.one("Server/web", "Namespace/m", "HTTPRoute/r", "Server/other"), refs...))
	}
	if r.IntN(4) == 0 {
		client := r.one("unauthenticated: true", "meshTLS: {unauthenticatedTLS: true}", "meshTLS: {identities: ['*']}", "networks: [{cidr: 10.0.0.0/8}], unauthenticated: true",
			"networks: [{cidr: 0.0.0.0/0}], meshTLS: {unauthenticatedTLS: true}")
		docs = append(docs, policyObject("policy.linkerd.io/v1beta1", "ServerAuthorization", "z", "", "server: {name: web}, client: {"+client+"}"))
	}
	return docs
}

// disagreement says how the mode of a port and what callers get through it tell different things; empty when
// they do not: a port is open to strangers where it is permissive, or for its probes. Of a closed port only
// the pod itself is let in.
func disagreement(in mesh.Inbound, accepts mesh.Acceptance) string {
	var fitting []mesh.Acceptance
	switch in.Enforced {
	case mesh.MTLSNone:
		fitting = []mesh.Acceptance{mesh.AcceptsAnybody}
	case mesh.MTLSPermissive:
		fitting = []mesh.Acceptance{mesh.AcceptsAnybody, mesh.AcceptsSomeOpenly}
	case mesh.MTLSStrict:
		fitting = []mesh.Acceptance{mesh.AcceptsMesh, mesh.AcceptsNamed}
		if slices.ContainsFunc(in.Why, func(s mesh.Step) bool { return s.Rule == "linkerd/probe-route" }) {
			fitting = append(fitting, mesh.AcceptsSomeOpenly)
		}
	case mesh.MTLSClosed:
		fitting = []mesh.Acceptance{mesh.AcceptsNobody, mesh.AcceptsNamed}
	default:
		return ""
	}
	if slices.Contains(fitting, accepts) {
		return ""
	}
	return fmt.Sprintf("the port is %v, and accepts %v", in.Enforced, accepts)
}

// The mode of a port and the answers to its callers come from one policy, and agree.
func TestModesAgreeWithCallers(t *testing.T) {
	t.Parallel()
	seen := map[mesh.MTLS]int{}
	for seed := range uint64(400) {
		docs := portOf{rand.New(rand.NewPCG(seed, 11))}.documents()
		w := build(t, "2.20", docs...)
		web := w.workload(t, "web")
		for _, port := range []uint16{80, 9000, 4143, 4191} {
			c, in := w.Callers(web, port), web.Inbound(port)
			seen[in.Enforced]++
			if d := disagreement(in, c.Accepts()); d != "" {
				t.Errorf("seed %d, port %d: %s: stranger %v, newcomer %v\n%v\n%s", seed, port, d, c.Stranger(), c.Newcomer(), in.Why, strings.Join(docs[1:], "\n"))
			}
		}
	}
	for _, mode := range []mesh.MTLS{mesh.MTLSNone, mesh.MTLSPermissive, mesh.MTLSStrict, mesh.MTLSClosed} {
		if seen[mode] < 20 {
			t.Errorf("only %d ports are %v", seen[mode], mode)
		}
	}
}
