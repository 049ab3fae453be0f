package istio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// clientPod writes a running pod with a sidecar, or without one.
func clientPod(ns, name string, sidecar bool) string {
	proxy, status := "", ""
	if sidecar {
		proxy = `, {name: istio-proxy, image: "docker.io/istio/proxyv2:1.31.0", args: [proxy, sidecar]}`
		status = "sidecar.istio.io/status: '{}'"
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: {app: %s, security.istio.io/tlsMode: istio}, annotations: {%s}}
spec: {serviceAccountName: %s, containers: [{name: app, image: x}%s]}
status: {phase: Running}`, name, ns, name, status, name, proxy)
}

// callersOf writes who may call a port of pod ns/p through its Service: one line for each group.
func callersOf(t *testing.T, g *mesh.Graph, port uint16) []string {
	t.Helper()
	c := g.Callers(workload(t, g, "p"), port)
	var lines []string
	for _, group := range c.Ways[0].Groups {
		var names []string
		for w := range group.Clients.All() {
			names = append(names, w.ID().Name)
		}
		slices.Sort(names)
		lines = append(lines, strings.Join(names, ",")+": "+admissionText(group.Admission))
	}
	slices.Sort(lines)
	return append(lines, "stranger: "+admissionText(c.Stranger()))
}

func admissionText(a mesh.Admission) string {
	text := a.Access.String()
	clauses := func(word string, list []mesh.Clause) {
		for _, c := range list {
			var parts []string
			for _, k := range c.Conditions {
				parts = append(parts, k.String())
			}
			text += " " + word + " [" + strings.Join(parts, "; ") + "]"
		}
	}
	for _, t := range a.Terms {
		clauses("when", t.When)
		clauses("unless", t.Unless)
	}
	return text
}

// How much of what clients may send gets through: a has an identity of namespace shop, b one of
// namespace bank, and c is outside the mesh.
func TestCallers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		policies []string // contents of specs
		port     uint16
		want     []string
	}{
		{"nothing asks anything", nil, 8080, []string{"a,b,p: always", "c: always", "stranger: always"}},
		{
			"an identity",
			[]string{"rules: [{from: [{source: {namespaces: [shop]}}]}]"},
			8080,
			[]string{"a: always", "b,p: never", "c: never", "stranger: never"},
		},
		{"a method for one, everything for another", []string{
			"rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {methods: [GET, HEAD]}}]}, {from: [{source: {principals: ['*/sa/b']}}]}]",
		}, 8080, []string{"a: sometimes when [method is GET or HEAD]", "b: always", "c: never", "p: never", "stranger: never"}},
		{"what is allowed is denied", []string{
			"rules: [{to: [{operation: {methods: [GET]}}]}]", "action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]",
		}, 8080, []string{"a,b,p: never", "c: never", "stranger: never"}},
		{"all below what is denied", []string{
			"rules: [{to: [{operation: {paths: ['/a/*']}}]}]", "action: DENY, rules: [{to: [{operation: {paths: ['/a*']}}]}]",
		}, 8080, []string{"a,b,p: never", "c: never", "stranger: never"}},
		{"a template below a prefix", []string{
			"rules: [{to: [{operation: {paths: ['/a/{*}']}}]}]", "action: DENY, rules: [{to: [{operation: {paths: ['/a/*']}}]}]",
		}, 8080, []string{"a,b,p: never", "c: never", "stranger: never"}},
		{"one thing and everything else", []string{
			"rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {notMethods: [GET]}}]}]",
		}, 8080, []string{"a,b,p: always", "c: always", "stranger: always"}},
		{"halves of all addresses", []string{
			"rules: [{from: [{source: {ipBlocks: [0.0.0.0/1, 128.0.0.0/1]}}, {source: {ipBlocks: ['::/0']}}]}]",
		}, 8080, []string{"a,b,p: always", "c: always", "stranger: always"}},
		{
			"every path has a slash",
			[]string{"rules: [{to: [{operation: {paths: ['/*'], methods: ['*']}}]}]"},
			8080,
			[]string{"a,b,p: always", "c: always", "stranger: always"},
		},
		{
			"DENY on one path",
			[]string{"action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]"},
			8080,
			[]string{"a,b,p: sometimes unless [path is /admin]", "c: sometimes unless [path is /admin]", "stranger: sometimes unless [path is /admin]"},
		},
		{"a port that it is not", []string{"rules: [{to: [{operation: {ports: ['80']}}]}]"}, 8080, []string{"a,b,p: never", "c: never", "stranger: never"}},
		{"HTTP that a TCP port does not know", []string{"rules: [{to: [{operation: {methods: [GET]}}]}]"}, 9000, []string{"a,b,p: never", "c: never", "stranger: never"}},
		{"two verdicts on one port", []string{"rules: [{to: [{operation: {methods: [GET]}}]}]"}, 7000, []string{
			"a,b,p: sometimes when [protocol is http; method is GET]", "c: sometimes when [protocol is http; method is GET]",
			"stranger: sometimes when [protocol is http; method is GET]",
		}},
		{
			"claims of tokens that nobody reads",
			[]string{"rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"},
			8080,
			[]string{"a,b,p: never", "c: never", "stranger: never"},
		},
		{
			"a provider that does not exist",
			[]string{"action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {methods: [POST]}}]}]"},
			8080,
			[]string{"a,b,p: sometimes unless [method is POST]", "c: sometimes unless [method is POST]", "stranger: sometimes unless [method is POST]"},
		},
		{
			"a path looked at in two ways",
			[]string{"rules: [{to: [{operation: {paths: [/a]}}], when: [{key: 'request.headers[:path]', values: [/b]}]}]"},
			8080,
			[]string{"a,b,p: undecided", "c: undecided", "stranger: undecided"},
		},
		{
			"a namespace named like a word of identities",
			[]string{"action: DENY, rules: [{from: [{source: {namespaces: [sa]}}]}]"},
			8080,
			[]string{"a,b: always", "c: always", "p: never", "stranger: always"}, // "/ns/sa/" is also in spiffe://cluster.local/ns/ns/sa/default
		},
		{
			"what is not understood",
			[]string{"rules: [{from: [{source: {namespaces: [shop]}}]}, {when: [{key: 'experimental.envoy.filters.a[b]', values: [c]}]}]"},
			8080,
			[]string{"a: always", "b,p: undecided", "c: undecided", "stranger: undecided"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			docs := []string{sidecarPod(""), httpService, clientPod("shop", "a", true), clientPod("bank", "b", true), clientPod("bank", "c", false)}
			for i, p := range row.policies {
				docs = append(docs, authz("ns", fmt.Sprint("p", i), p))
			}
			g := build(t, installed, docs...)
			if diff := cmp.Diff(row.want, callersOf(t, g, row.port)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Tokens leave something open for whoever calls: one that does not verify is refused.
func TestCallersTokens(t *testing.T) {
	t.Parallel()
	g := build(t, installed, sidecarPod(""), httpService, requestAuthentication, clientPod("shop", "a", true),
		authz("ns", "a", "rules: [{from: [{source: {requestPrincipals: ['https://iss/x/*']}}]}]"),
		authz("ns", "b", "action: DENY, rules: [{when: [{key: 'request.auth.claims[groups]', values: [x]}]}, {when: [{key: 'request.auth.claims[groups]', notValues: [x]}]}]"))
	want := []string{"a,p: never", "stranger: never"}
	if diff := cmp.Diff(want, callersOf(t, g, 8080)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g = build(t, installed, sidecarPod(""), httpService, requestAuthentication, clientPod("shop", "a", true),
		authz("ns", "a", "rules: [{from: [{source: {requestPrincipals: ['https://iss/x/*']}}]}]"))
	want = []string{
		"a,p: sometimes when [token.principal is https://iss/x/*] unless [token is invalid]",
		"stranger: sometimes when [token.principal is https://iss/x/*] unless [token is invalid]",
	}
	if diff := cmp.Diff(want, callersOf(t, g, 8080)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const waypoint = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: ns}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: IPAddress, value: 10.0.0.9}]}`

// At a waypoint policies see the Service's port, and the pod's ztunnel sees the waypoint alone.
func TestCallersWaypoint(t *testing.T) {
	t.Parallel()
	service := strings.Replace(httpService, "namespace: ns}", "namespace: ns, labels: {istio.io/use-waypoint: wp}}", 1)
	client := strings.Replace(ambientPod(""), "name: p\n", "name: a\n", 1)
	build := func(policies ...string) *mesh.Graph {
		return build(t, installed, append(policies, ambientPod(""), client, service, waypoint)...)
	}
	asks := func(g *mesh.Graph) []string {
		for s := range g.Services() {
			c := g.CallersVia(mesh.Way{Service: s, Port: 80}, workload(t, g, "p"), 8080)
			var lines []string
			for _, group := range c.Ways[0].Groups {
				lines = append(lines, fmt.Sprint(group.Clients.Len(), " ", admissionText(group.Admission)))
			}
			return append(lines, "stranger "+admissionText(c.Stranger()))
		}
		t.Fatal("no Service")
		return nil
	}
	target := "targetRefs: [{kind: Service, name: w}], "
	for _, row := range []struct {
		name   string
		policy string
		want   []string
	}{
		{"the Service's port", target + "rules: [{to: [{operation: {ports: ['80']}}]}]", []string{"2 always", "stranger always"}},
		{"the pod's port", target + "rules: [{to: [{operation: {ports: ['8080']}}]}]", []string{"2 never", "stranger always"}},
		{"HTTP at the waypoint", target + "rules: [{to: [{operation: {methods: [GET]}}]}]", []string{"2 sometimes when [method is GET]", "stranger always"}},
		{"who calls, at the waypoint", target + "rules: [{from: [{source: {principals: [cluster.local/ns/ns/sa/default]}}]}]", []string{"2 always", "stranger always"}},
		{"who calls, at ztunnel", "rules: [{from: [{source: {principals: [cluster.local/ns/ns/sa/default]}}]}]", []string{"2 never", "stranger never"}},
		{"the waypoint, at ztunnel", "rules: [{from: [{source: {principals: [cluster.local/ns/ns/sa/wp]}}]}]", []string{"2 always", "stranger never"}},
		{"a selector at the waypoint", "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: wp}}, action: DENY, rules: [{}]", []string{"2 always", "stranger always"}},
	} {
		if diff := cmp.Diff(row.want, asks(build(authz("ns", "a", row.policy)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// What istiod does behind a feature flag that is not evaluated leaves the waypoint's answer open.
func TestCallersLayeredWaypoint(t *testing.T) {
	t.Parallel()
	opts := installed
	opts.Env = map[string]string{"ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES": "true"}
	service := strings.Replace(httpService, "namespace: ns}", "namespace: ns, labels: {istio.io/use-waypoint: wp}}", 1)
	client := strings.Replace(ambientPod(""), "name: p\n", "name: a\n", 1)
	g := build(t, opts, ambientPod(""), client, service, waypoint)
	a := g.Callers(workload(t, g, "p"), 8080).Of(workload(t, g, "a"))
	if a.Access != mesh.AccessUndecided || len(a.Unknown) == 0 {
		t.Errorf("%s (%v)", a.Access, a.Unknown)
	}
}

// Too much to try is undecided, and says so.
func TestCallersLimit(t *testing.T) {
	t.Parallel()
	var rules []string
	for i := range 14 {
		rules = append(rules, fmt.Sprintf("{when: [{key: 'request.headers[h%d]', values: [x]}]}", i))
		rules = append(rules, fmt.Sprintf("{when: [{key: 'request.headers[h%d]', notValues: [x]}]}", i))
	}
	g := build(t, installed, sidecarPod(""), httpService, authz("ns", "a", "rules: ["+strings.Join(rules, ", ")+"]"))
	c := g.CallersVia(mesh.Way{}, workload(t, g, "p"), 8080)
	s := c.Stranger()
	if s.Access != mesh.AccessUndecided || len(s.Unknown) == 0 || s.Unknown[len(s.Unknown)-1].Reason != source.ProblemLimit {
		t.Errorf("%s because %v (%v)", s.Access, s.Why, s.Unknown)
	}
}

// Objects in any order give the same groups, terms and reasons.
func TestCallersOrder(t *testing.T) {
	t.Parallel()
	docs := []string{
		sidecarPod(""), httpService, clientPod("shop", "a", true), clientPod("bank", "b", true), clientPod("bank", "c", false),
		authz("ns", "x", "rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {paths: ['/a*']}}]}]"),
		authz("ns", "y", "selector: {matchLabels: {app: w}}, rules: [{to: [{operation: {methods: [GET]}}]}]"),
		authz("istio-system", "z", "action: DENY, rules: [{from: [{source: {notNamespaces: [shop, bank]}}]}]"),
	}
	ask := func(docs []string) any {
		g := build(t, installed, docs...)
		c := g.Callers(workload(t, g, "p"), 8080)
		var all []any
		for _, group := range c.Ways[0].Groups {
			var why []string
			for _, s := range group.Admission.Why {
				why = append(why, s.Rule+" "+s.Object.String()+" "+s.Detail)
			}
			all = append(all, admissionText(group.Admission), group.Clients.Len(), why)
		}
		return all
	}
	want := ask(docs)
	for i := range docs {
		turned := append(slices.Clone(docs[i:]), docs[:i]...)
		slices.Reverse(turned)
		if diff := cmp.Diff(want, ask(turned)); diff != "" {
			t.Errorf("turned by %d (-want +got):\n%s", i, diff)
		}
	}
}

var _ mesh.CallerJudge = (*istio.Layer)(nil)
