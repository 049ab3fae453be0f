package linkerd_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// What the policy controller's own tests of its index ask, in policy-controller/k8s/index/src/inbound/tests
// and workload.rs of linkerd2, asked of the adapter.

var defaultPolicies = []string{"all-unauthenticated", "all-authenticated", "cluster-unauthenticated", "cluster-authenticated", "deny", "audit"}

// strength says who gets through at a port: an unmeshed client and a meshed one, inside and outside of the
// cluster's networks, in this order.
func strength(t *testing.T, w world, line string) string {
	t.Helper()
	var all []string
	for _, from := range []string{inside, beyond, idA + "@" + inside, idA + "@" + beyond} {
		all = append(all, map[truth.Value]string{truth.True: "+", truth.False: "-"}[serverPointOf(w.Authorize(asks{from, line}.request(w, t, 80))).Allowed])
	}
	return strings.Join(all, "")
}

func serverPointOf(v mesh.Verdict) mesh.Point {
	i := slices.IndexFunc(v.Points, func(p mesh.Point) bool { return p.Kind == mesh.PointServer })
	if i < 0 {
		return mesh.Point{}
	}
	return v.Points[i]
}

// annotation.rs: default_policy_annotated, default_policy_annotated_invalid, authenticated_annotated and
// opaque_annotated.
func TestUpstreamAnnotations(t *testing.T) {
	t.Parallel()
	open := map[string]string{
		"all-unauthenticated": "++++", "all-authenticated": "--++", "cluster-unauthenticated": "+-+-", "cluster-authenticated": "--+-",
		"deny": "----", "audit": "++++",
	}
	named := map[string]string{"all-unauthenticated": "all-authenticated", "cluster-unauthenticated": "cluster-authenticated"}
	for _, policy := range defaultPolicies {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			other := cmp.Or(map[string]string{"deny": "all-unauthenticated"}[policy], "deny")
			byPod := "config.linkerd.io/default-inbound-policy: "
			tests := map[string]struct {
				installed, annotations string
				want                   string // the policy that counts
				protocol               mesh.Protocol
			}{
				"of the installation": {policy, "", policy, mesh.ProtocolDetected},
				"of the pod":          {other, byPod + policy, policy, mesh.ProtocolDetected},
				"none that is known":  {policy, byPod + "bogus", policy, mesh.ProtocolDetected},
				"of another case":     {policy, byPod + "Deny", policy, mesh.ProtocolDetected},
				"with an identity":    {policy, "config.linkerd.io/proxy-require-identity-inbound-ports: '79-81'", cmp.Or(named[policy], policy), mesh.ProtocolDetected},
				"opaque":              {policy, "config.linkerd.io/opaque-ports: '80'", policy, mesh.ProtocolTCP},
				"opaque, by a name":   {policy, "config.linkerd.io/opaque-ports: 'http,80'", policy, mesh.ProtocolDetected},
			}
			for name, tt := range tests {
				w := build(t, "2.20", namespaceM, config("proxy: {defaultInboundPolicy: "+tt.installed+"}"),
					pod{name: "web", ip: "10.0.0.9", ports: webPorts, annotations: tt.annotations}.String())
				for _, line := range []string{"tcp", "GET /x"} {
					if got := strength(t, w, line); got != open[tt.want] {
						t.Errorf("%s: %s gets %s through, want %s", name, line, got, open[tt.want])
					}
				}
				in := w.workload(t, "web").Inbound(80)
				if in.Protocol != tt.protocol || !strings.HasPrefix(in.Why[0].Detail, tt.want+": ") {
					t.Errorf("%s: %v by %q, want %v by %s", name, in.Protocol, in.Why[0].Detail, tt.protocol, tt.want)
				}
			}
		})
	}
}

// Where the release is not known, and audit may be no policy, a gap says so.
func TestAuditOfUnknownRelease(t *testing.T) {
	t.Parallel()
	web := pod{name: "web", annotations: "config.linkerd.io/default-inbound-policy: audit"}.String()
	tests := map[string]struct {
		version, installed string
		mode               mesh.MTLS
		gaps               int
	}{
		"new":         {"2.16", "deny", mesh.MTLSPermissive, 0},
		"old":         {"2.15", "deny", mesh.MTLSClosed, 0},
		"not known":   {"", "deny", mesh.MTLSPermissive, 1},
		"alike":       {"", "all-unauthenticated", mesh.MTLSPermissive, 0},
		"audited all": {"", "audit", mesh.MTLSPermissive, 0},
	}
	for name, tt := range tests {
		w := build(t, tt.version, namespaceM, config("proxy: {defaultInboundPolicy: "+tt.installed+"}"), web)
		if in := w.workload(t, "web").Inbound(80); in.Enforced != tt.mode || len(in.Unknown) != tt.gaps {
			t.Errorf("%s: %v with %v, want %v with %d gaps", name, in.Enforced, in.Unknown, tt.mode, tt.gaps)
		}
	}
}

// workload.rs: probe_multiple_paths, probe_ignores_udp, probe_only_references_within_container,
// probe_ports_optional and probe_with_params; and what is no httpGet.
func TestUpstreamProbes(t *testing.T) {
	t.Parallel()
	get := func(path, port string) string { return "{httpGet: {path: '" + path + "', port: " + port + "}}" }
	tests := map[string]struct {
		version    string
		containers string // beside the proxy's
		init       string
		want       string // the paths of port 80 that are let in
	}{
		"two containers": {
			"2.20", "{name: app, livenessProbe: " + get("/live", "80") + ", readinessProbe: " + get("/ready", "80") + "}, " +
				"{name: more, ports: [{name: named, containerPort: 80}], livenessProbe: " + get("/named", "named") + ", startupProbe: " + get("/started", "81") + "}", "",
			"/live /named /ready",
		},
		"a name of another container": {"2.20", "{name: app, livenessProbe: " + get("/live", "http") + "}, {name: more, ports: [{name: http, containerPort: 80}]}", "", ""},
		"a port for UDP":              {"2.20", "{name: app, ports: [{name: http, containerPort: 80, protocol: UDP}], livenessProbe: " + get("/live", "http") + "}", "", ""},
		"a port in other letters":     {"2.20", "{name: app, ports: [{name: http, containerPort: 80}], livenessProbe: " + get("/live", "HTTP") + "}", "", "/live"},
		"a number in quotes":          {"2.20", "{name: app, ports: [{name: http, containerPort: 80}], livenessProbe: " + get("/live", "'80'") + "}", "", ""},
		"no path":                     {"2.20", "{name: app, livenessProbe: {httpGet: {port: 80}}}", "", "/"},
		"a query":                     {"2.20", "{name: app, livenessProbe: " + get("/live?all=1", "80") + "}", "", "/live"},
		"a path that is none":         {"2.20", "{name: app, livenessProbe: " + get("live", "80") + ", readinessProbe: " + get("/a b", "80") + "}", "", ""},
		"other probes":                {"2.20", "{name: app, livenessProbe: {grpc: {port: 80}}, readinessProbe: {tcpSocket: {port: 80}}, startupProbe: {exec: {command: [x]}}}", "", ""},
		"an init container":           {"2.15", "{name: app}", "{name: side, restartPolicy: Always, startupProbe: " + get("/up", "80") + "}", "/up"},
		"an init container in 2.14":   {"2.14", "{name: app}", "{name: side, restartPolicy: Always, startupProbe: " + get("/up", "80") + "}", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(pod{name: "web", ip: "10.0.0.9", spec: ", initContainers: [" + tt.init + "]"}.String(), "{name: app, image: x, ports: []}", tt.containers, 1)
			w := build(t, tt.version, namespaceM, config("proxy: {defaultInboundPolicy: deny}"), text)
			var got []string
			for _, path := range []string{"/", "/live", "/named", "/ready", "/started", "/up"} {
				if serverPointOf(w.Authorize(asks{beyond, "GET " + path}.request(w, t, 80))).Allowed == truth.True {
					got = append(got, path)
				}
			}
			if diff := gocmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error("(-want +got):\n" + diff)
			}
		})
	}
}

// authorization_policy.rs, server.rs, server_authorization.rs, http_routes.rs and policy-test/tests: what
// objects refer to, and how.
func TestUpstreamReferences(t *testing.T) {
	t.Parallel()
	ap := func(target, refs string) string {
		return policyObject(v1alpha1, "AuthorizationPolicy", "p", "", "targetRef: {"+target+"}, requiredAuthenticationRefs: ["+refs+"]")
	}
	saz := func(server, client string) string {
		return policyObject("policy.linkerd.io/v1beta1", "ServerAuthorization", "z", "", "server: {"+server+"}, client: {"+client+"}")
	}
	away := strings.Replace(idents("far", "*"), "namespace: m", "namespace: far", 1)
	const toServer, toWeb = "group: policy.linkerd.io, kind: Server, name: ", "group: policy.linkerd.io, kind: Server, name: web"
	labelled := strings.Replace(serverOn("web", "80", ""), "name: web,", "name: web, labels: {tier: front},", 1)
	route := routeTo("r", "web", "{}")
	tests := map[string]struct {
		docs []string
		want string // as strength
	}{
		"a kind in other letters":                 {[]string{serverOn("web", "80", ""), ap("group: policy.linkerd.io, kind: server, name: web", "")}, "++++"},
		"a Server in other letters":               {[]string{serverOn("web", "80", ""), ap(toServer+"Web", "")}, "----"},
		"a namespace by its core group":           {[]string{serverOn("web", "80", ""), ap("group: core, kind: Namespace, name: m", "")}, "++++"},
		"a namespace by another name":             {[]string{serverOn("web", "80", ""), ap("kind: Namespace, name: far", "")}, "++++"},
		"a Deployment":                            {[]string{serverOn("web", "80", ""), ap("group: apps, kind: Deployment, name: web", "")}, "----"},
		"a route in other letters":                {[]string{serverOn("web", "80", ""), route, ap("group: policy.linkerd.io, kind: httproute, name: R", "")}, "++++"},
		"a route of the other group":              {[]string{serverOn("web", "80", ""), route, ap("group: gateway.networking.k8s.io, kind: HTTPRoute, name: r", "")}, "----"},
		"identities of another namespace":         {[]string{serverOn("web", "80", ""), away, ap(toWeb, "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: far, namespace: far}")}, "--++"},
		"identities of no namespace":              {[]string{serverOn("web", "80", ""), away, ap(toWeb, "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: far}")}, "----"},
		"an account of another namespace":         {[]string{serverOn("web", "80", ""), ap(toWeb, "{kind: ServiceAccount, name: a, namespace: far}")}, "----"},
		"an account that nobody has made":         {[]string{serverOn("web", "80", ""), ap(toWeb, "{kind: ServiceAccount, name: a}")}, "--++"},
		"a ServerAuthorization by a label":        {[]string{labelled, saz("selector: {matchLabels: {tier: front}}", "unauthenticated: true")}, "+-+-"},
		"a ServerAuthorization by another label":  {[]string{labelled, saz("selector: {matchLabels: {tier: back}}", "unauthenticated: true")}, "----"},
		"a ServerAuthorization for all":           {[]string{labelled, saz("selector: {}", "networks: [{cidr: 192.0.2.0/24}], unauthenticated: true")}, "-+-+"},
		"a ServerAuthorization for any meshed":    {[]string{labelled, saz("name: web", "networks: [{cidr: 0.0.0.0/0}], meshTLS: {identities: ['*']}")}, "--++"},
		"a ServerAuthorization without a client":  {[]string{labelled, saz("name: web", "networks: [{cidr: 0.0.0.0/0}]")}, "----"},
		"TLS without a certificate":               {[]string{labelled, saz("name: web", "networks: [{cidr: 0.0.0.0/0}], meshTLS: {unauthenticatedTLS: true}")}, "--++"},
		"a Server for other pods":                 {[]string{policyObject(v1beta3, "Server", "web", "", "podSelector: {matchLabels: {app: other}}, port: 80")}, "++++"},
		"a Server for machines":                   {[]string{policyObject(v1beta3, "Server", "web", "", "externalWorkloadSelector: {}, port: 80")}, "++++"},
		"a Server of another namespace":           {[]string{strings.Replace(serverOn("web", "80", ""), "namespace: m", "namespace: far", 1)}, "++++"},
		"a Server for a number in quotes":         {[]string{serverOn("web", "'80'", "")}, "++++"},
		"a Server for a name in other letters":    {[]string{serverOn("web", "HTTP", "")}, "++++"},
		"a policy for one of the route's Servers": {[]string{serverOn("web", "80", ""), serverOn("two", "81", ""), route, ap(toServer+"two", "")}, "----"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", append(tt.docs, namespaceM, pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String())...)
			if got := strength(t, w, "GET /x"); got != tt.want {
				t.Errorf("%s gets through, want %s", got, tt.want)
			}
		})
	}
}

// Requests are compared with routes as they are on the wire (linkerd2-proxy linkerd/http/route/src).
func TestUpstreamRequests(t *testing.T) {
	t.Parallel()
	const hosts = "hostnames: [x.io, '*.y.io'], "
	route := func(more, match string) string {
		return policyObject(v1beta3, "HTTPRoute", "r", "", more+"parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}, {group: policy.linkerd.io, kind: Server, name: two}], rules: ["+match+"]")
	}
	tests := map[string]struct {
		route string
		want  map[string]bool // "method path host header=value…": whether the route takes it
	}{
		"an exact path": {route("", "{matches: [{path: {type: Exact, value: /a/b}}]}"), map[string]bool{
			"GET /a/b": true, "GET /a/b?x=/c": true, "GET /a/b#c": true, "GET /a/b/": false, "GET /a%2Fb": false, "GET /A/b": false, "GET //a/b": false, "POST /a/b": true,
		}},
		"a prefix": {route("", "{matches: [{path: {type: PathPrefix, value: /a/}}]}"), map[string]bool{
			"GET /a": true, "GET /a/": true, "GET /a//": true, "GET /a/b": true, "GET /ab": false, "GET /a%2F": false, "GET /a?b": true, "GET //a": false, "GET /": false,
		}},
		"a method": {route("", "{matches: [{method: GET}]}"), map[string]bool{"GET /": true, "get /": false, "HEAD /": false, "OPTIONS *": false}},
		"a header": {route("", "{matches: [{headers: [{name: X-Env, value: prod}]}]}"), map[string]bool{
			"GET / - x-env=prod": true, "GET / - X-ENV=prod": true, "GET / - x-env=Prod": false, "GET / - x-env=dev x-env=prod": true, "GET /": false,
		}},
		"a parameter": {route("", "{matches: [{queryParams: [{name: q, value: a b}]}]}"), map[string]bool{
			"GET /?q=a+b": true, "GET /?q=a%20b": true, "GET /?q=1&q=a+b": true, "GET /?Q=a+b": false, "GET /?q=a": false, "GET /": false,
		}},
		"hosts": {route(hosts, "{}"), map[string]bool{
			"GET / x.io": true, "GET / x.io:8080": true, "GET / x.io.": true, "GET / X.io": false, "GET / a.x.io": false, "GET / y.io": false,
			"GET / a.y.io": true, "GET / b.a.y.io:80": true, "GET /": false, "GET / user@x.io:80": true,
		}},
		"no rules":   {route("", ""), map[string]bool{"GET /": false}},
		"no matches": {route("", "{matches: []}"), map[string]bool{"GET /": true, "DELETE /x": true}},
		"no list of rules": {policyObject(v1beta3, "HTTPRoute", "r", "", "parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]"), map[string]bool{
			"GET /": true,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", namespaceM, pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String(),
				serverOn("web", "80", ", accessPolicy: all-unauthenticated"), serverOn("two", "81", ""), tt.route)
			got := map[string]bool{}
			for line := range tt.want {
				got[line] = serverPointOf(w.Authorize(wireRequest(w, t, line))).Status != 404
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Error("(-want +got):\n" + diff)
			}
		})
	}
}

// wireRequest is a request to port 80 of web, of "method path host header=value…"; "-" is no host.
func wireRequest(w world, t *testing.T, line string) mesh.Request {
	t.Helper()
	parts := strings.Fields(line)
	r := asks{beyond, parts[0] + " " + parts[1]}.request(w, t, 80)
	if len(parts) > 2 && parts[2] != "-" {
		r.HTTP.Host = parts[2]
	}
	for _, h := range parts[min(3, len(parts)):] {
		k, v, _ := strings.Cut(h, "=")
		if r.HTTP.Header == nil {
			r.HTTP.Header = map[string][]string{}
		}
		r.HTTP.Header[k] = append(r.HTTP.Header[k], v)
	}
	return r
}

// On its own ports the proxy decides by more than policies.
func TestProxyPorts(t *testing.T) {
	t.Parallel()
	probed := strings.Replace(pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String(), "cr.l5d.io/linkerd/proxy:x',", "cr.l5d.io/linkerd/proxy:x', livenessProbe: {httpGet: {path: /live, port: 4191}},", 1)
	tapped := strings.Replace(probed, "{name: _pod_ns}", "{name: _pod_ns}, {name: LINKERD2_PROXY_TAP_SVC_NAME, value: "+idB+"}", 1)
	deny := config("proxy: {defaultInboundPolicy: deny}")
	tests := []struct {
		name string
		port uint16
		docs []string
		asks asks
		want string
	}{
		{"metrics", 4191, []string{probed}, asks{beyond, "GET /metrics"}, "allow: all-unauthenticated"},
		{"no HTTP for metrics", 4191, []string{probed}, asks{idA, "tcp"}, "not-http"},
		{"metrics under deny", 4191, []string{probed, deny}, asks{beyond, "GET /metrics"}, "403 no-authorizations"},
		{"the proxy's probe under deny", 4191, []string{probed, deny}, asks{beyond, "GET /live"}, "allow: probe"},
		{"metrics of a Server that is opaque", 4191, []string{probed, serverOn("s", "4191", ", proxyProtocol: opaque, accessPolicy: all-unauthenticated")}, asks{beyond, "GET /live"}, "404 route-not-found"},
		{"no HTTP for an opaque Server", 4191, []string{probed, serverOn("s", "4191", ", proxyProtocol: opaque, accessPolicy: all-unauthenticated")}, asks{beyond, "tcp"}, "not-http"},
		{"other proxies", 4143, []string{probed}, asks{idA, "tcp"}, "allow: all-unauthenticated"},
		{"plaintext to the port for other proxies", 4143, []string{probed}, asks{beyond, "tcp"}, "direct-requires-identity"},
		{"tap, which nobody may", 4190, []string{probed}, asks{idB, "tcp"}, "no-authorizations"},
		{"tap", 4190, []string{tapped}, asks{idB, "tcp"}, "allow: tap"},
		{"tap by another one", 4190, []string{tapped}, asks{idA, "tcp"}, "no-authorization-matched"},
		{"tap in plaintext", 4190, []string{tapped}, asks{beyond, "GET /"}, "direct-requires-identity"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", append(tt.docs, namespaceM)...)
			v := w.Authorize(tt.asks.request(w, t, tt.port))
			if got := outcomeOf(v); got != tt.want {
				t.Errorf("%s, want %s: %v", got, tt.want, fmt.Sprint(v.Points))
			}
		})
	}
}

// A proxy of which the policy controller does not know, because the pod lacks its label, has nothing but its own
// environment: the list of ports that need an identity is none of what it reads there.
func TestProxyOnItsOwn(t *testing.T) {
	t.Parallel()
	web := func(env, annotations string) string {
		text := pod{name: "web", ip: "10.0.0.9", annotations: annotations}.String()
		text = strings.Replace(text, ", linkerd.io/control-plane-ns: linkerd", "", 1)
		return strings.Replace(text, "env: [", "env: ["+env, 1)
	}
	const word = "{name: LINKERD2_PROXY_INBOUND_DEFAULT_POLICY, value: "
	tests := map[string]struct {
		pod       string
		mode      mesh.MTLS
		protocol  mesh.Protocol
		http, tcp string // of what an unmeshed client sends
	}{
		"nothing said": {web("", ""), mesh.MTLSPermissive, mesh.ProtocolDetected, "allow: all-unauthenticated", "allow: all-unauthenticated"},
		"an identity is required": {
			web(word+"all-unauthenticated}, {name: LINKERD2_PROXY_INBOUND_PORTS_REQUIRE_IDENTITY, value: '80'}, ", "config.linkerd.io/proxy-require-identity-inbound-ports: '80'"),
			mesh.MTLSPermissive, mesh.ProtocolDetected, "allow: all-unauthenticated", "allow: all-unauthenticated",
		},
		"deny":          {web(word+"deny}, ", ""), mesh.MTLSClosed, mesh.ProtocolTCP, "no-authorizations", "no-authorizations"},
		"authenticated": {web(word+"all-authenticated}, ", ""), mesh.MTLSStrict, mesh.ProtocolDetected, "403 no-authorization-matched", "no-authorization-matched"},
		"opaque": {
			web(word+"all-authenticated}, {name: LINKERD2_PROXY_INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION, value: '70-80'}, ", ""),
			mesh.MTLSStrict, mesh.ProtocolTCP, "no-authorization-matched", "no-authorization-matched",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", namespaceM, tt.pod, serverOn("s", "80", ", accessPolicy: all-unauthenticated"))
			if in := w.workload(t, "web").Inbound(80); in.Enforced != tt.mode || in.Protocol != tt.protocol {
				t.Errorf("the port is %v, %v, want %v, %v: %v", in.Enforced, in.Protocol, tt.mode, tt.protocol, in.Why)
			}
			for line, want := range map[string]string{"GET /x": tt.http, "tcp": tt.tcp} {
				if got := outcomeOf(w.Authorize(asks{beyond, line}.request(w, t, 80))); got != want {
					t.Errorf("%s: %s, want %s", line, got, want)
				}
			}
		})
	}
}

// Meshed clients go by the pod's annotation, whatever a Server says of the port: they do not tell the server's
// proxy that they send HTTP, and it judges the connection.
func TestOpaqueToClients(t *testing.T) {
	t.Parallel()
	web := pod{name: "web", ip: "10.0.0.9", ports: webPorts, annotations: "config.linkerd.io/opaque-ports: 'http'"}.String()
	route, grant := routeTo("r", "web", "{matches: [{path: {value: /a}}]}"), grantTo("p", "HTTPRoute/r", "ServiceAccount/a")
	tests := map[string]struct {
		docs []string
		want map[asks]string
		mode mesh.MTLS
		all  mesh.Acceptance
	}{
		"a grant for a route": {[]string{serverOn("web", "80", ""), route, grant}, map[asks]string{
			{idA, "GET /a"}: "no-authorizations", {idA, "tcp"}: "no-authorizations", {beyond, "GET /a"}: "403 no-authorization-matched",
		}, mesh.MTLSClosed, mesh.AcceptsNamed},
		"a grant for the Server": {[]string{serverOn("web", "80", ""), route, grantTo("p", "Server/web", "ServiceAccount/a")}, map[asks]string{
			{idA, "GET /elsewhere"}: "allow: p", {beyond, "GET /elsewhere"}: "404 route-not-found",
		}, mesh.MTLSStrict, mesh.AcceptsNamed},
		"a Server for HTTP": {[]string{serverOn("web", "80", ", proxyProtocol: HTTP/1, accessPolicy: all-unauthenticated")}, map[asks]string{
			{idA, "GET /a"}: "not-http", {beyond, "GET /a"}: "allow: all-unauthenticated",
		}, mesh.MTLSPermissive, mesh.AcceptsAnybody},
		"another port": {[]string{serverOn("web", "9000", ""), route, grant}, map[asks]string{{idA, "GET /a"}: "allow: all-unauthenticated"}, mesh.MTLSPermissive, mesh.AcceptsAnybody},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", append(tt.docs, namespaceM, web, pod{name: "a", ip: "10.0.0.1"}.String())...)
			for a, want := range tt.want {
				if got := outcomeOf(w.Authorize(a.request(w, t, 80))); got != want {
					t.Errorf("%v: %s, want %s", a, got, want)
				}
			}
			if in := w.workload(t, "web").Inbound(80); in.Enforced != tt.mode {
				t.Errorf("the port is %v, want %v: %v", in.Enforced, tt.mode, in.Why)
			}
			if got := w.Callers(w.workload(t, "web"), 80).Accepts(); got != tt.all {
				t.Errorf("the port accepts %v, want %v", got, tt.all)
			}
		})
	}
}
