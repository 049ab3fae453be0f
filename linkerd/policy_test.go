package linkerd_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// policyObject writes an object of namespace m in flow form; created is a day of 2026-01, or empty.
func policyObject(version, kind, name, created, spec string) string {
	meta := "name: " + name + ", namespace: m"
	if created != "" {
		meta += ", creationTimestamp: '2026-01-" + created + "T00:00:00Z'"
	}
	return fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {%s}, spec: {%s}}", version, kind, meta, spec)
}

const (
	v1alpha1 = "policy.linkerd.io/v1alpha1"
	v1beta3  = "policy.linkerd.io/v1beta3"
)

// serverOn is a Server for a port of the pods of app web.
func serverOn(name, port, more string) string {
	return policyObject(v1beta3, "Server", name, "", "podSelector: {matchLabels: {app: web}}, port: "+port+more)
}

// grantTo is an AuthorizationPolicy for a target, such as "Server/web"; refs are "Kind/name".
func grantTo(name, target string, refs ...string) string {
	ref := func(text string) string {
		kind, name, _ := strings.Cut(text, "/")
		group := "policy.linkerd.io"
		switch kind {
		case "ServiceAccount", "Namespace":
			group = "''"
		}
		return "{group: " + group + ", kind: " + kind + ", name: " + name + "}"
	}
	var list []string
	for _, r := range refs {
		list = append(list, ref(r))
	}
	return policyObject(v1alpha1, "AuthorizationPolicy", name, "", "targetRef: "+ref(target)+", requiredAuthenticationRefs: ["+strings.Join(list, ", ")+"]")
}

func idents(name string, ids ...string) string {
	return policyObject(v1alpha1, "MeshTLSAuthentication", name, "", "identities: ['"+strings.Join(ids, "', '")+"']")
}

func nets(name string, list string) string {
	return policyObject(v1alpha1, "NetworkAuthentication", name, "", "networks: ["+list+"]")
}

// routeTo is Linkerd's HTTPRoute for a Server.
func routeTo(name, server, rules string) string {
	return policyObject(v1beta3, "HTTPRoute", name, "", "parentRefs: [{group: policy.linkerd.io, kind: Server, name: "+server+"}], rules: ["+rules+"]")
}

// asks is a request to port 80 of web.
type asks struct {
	from string // an identity, an address for plaintext, or both "identity@address"
	line string // "GET /path", "tcp"
}

func (a asks) request(w world, t *testing.T, port uint16) mesh.Request {
	t.Helper()
	r := mesh.Request{To: w.workload(t, "web"), Port: port, Way: &mesh.Way{}}
	id, addr, both := strings.Cut(a.from, "@")
	switch {
	case both:
		r.From = mesh.Client{Identity: id, Wire: mesh.WireMesh, Addr: netip.MustParseAddr(addr)}
	case strings.Contains(a.from, "serviceaccount"), strings.HasPrefix(a.from, "spiffe:"):
		r.From = mesh.Client{Identity: a.from, Wire: mesh.WireMesh}
	default:
		r.From = mesh.Client{Wire: mesh.WirePlaintext, Addr: netip.MustParseAddr(a.from)}
	}
	if method, path, ok := strings.Cut(a.line, " "); ok {
		r.HTTP = &mesh.HTTP{Method: method, Path: path}
	}
	return r
}

// outcome writes the verdict at the server: "allow: A, B" with all that let it in, else the rule that refuses it.
func outcomeOf(v mesh.Verdict) string {
	i := slices.IndexFunc(v.Points, func(p mesh.Point) bool { return p.Kind == mesh.PointServer })
	if i < 0 {
		return "not judged"
	}
	p := v.Points[i]
	switch p.Allowed {
	case truth.True:
		var by []string
		for _, r := range append([]mesh.Rule{p.By}, p.Matched...) {
			by = append(by, r.Policy.Name)
		}
		slices.Sort(by)
		return "allow: " + strings.Join(by, ", ")
	case truth.Unknown:
		return "unknown"
	default:
	}
	rule := strings.TrimPrefix(p.Why[len(p.Why)-1].Rule, "linkerd/")
	if p.Status != 0 {
		rule = fmt.Sprint(p.Status, " ", rule)
	}
	return rule
}

const (
	idA    = "a.m.serviceaccount.identity.linkerd.cluster.local"
	idB    = "b.m.serviceaccount.identity.linkerd.cluster.local"
	spiffe = "spiffe://cluster.local/a"
	inside = "10.1.2.3"
	beyond = "192.0.2.7"
)

const webPorts = "{name: http, containerPort: 80}, {name: admin, containerPort: 9000}"

func TestAuthorize(t *testing.T) {
	t.Parallel()
	web := pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String()
	tests := map[string]struct {
		docs []string
		want map[asks]string
	}{
		// the default policy of the installation lets everybody in
		"no policy": {want: map[asks]string{
			{beyond, "GET /"}: "allow: all-unauthenticated", {idA, "tcp"}: "allow: all-unauthenticated",
			{"127.0.0.1", "tcp"}: "allow: all-unauthenticated, localhost",
		}},
		"a Server without policies": {docs: []string{serverOn("web", "http", "")}, want: map[asks]string{
			{idA, "GET /"}: "403 no-authorizations", {idA, "tcp"}: "no-authorizations", {"::1", "GET /"}: "allow: localhost", {"127.0.0.2", "tcp"}: "no-authorizations",
		}},
		// the access policy adds to policies
		"access policy": {docs: []string{serverOn("web", "80", ", accessPolicy: cluster-authenticated"), grantTo("p", "Server/web", "ServiceAccount/b")}, want: map[asks]string{
			{idA + "@" + inside, "tcp"}: "allow: cluster-authenticated", {idA + "@" + beyond, "tcp"}: "no-authorization-matched",
			{idB + "@" + inside, "tcp"}: "allow: cluster-authenticated, p", {spiffe + "@" + inside, "tcp"}: "no-authorization-matched",
		}},
		"identities and networks together": {docs: []string{
			serverOn("web", "80", ""), grantTo("p", "Server/web", "MeshTLSAuthentication/ids", "NetworkAuthentication/nets"),
			idents("ids", idA, spiffe), nets("nets", "{cidr: 10.0.0.0/8, except: [10.1.2.0/24]}, {cidr: 192.0.2.7}"),
		}, want: map[asks]string{
			{idA + "@10.2.0.1", "GET /"}: "allow: p", {idA + "@" + inside, "GET /"}: "403 no-authorization-matched",
			{spiffe + "@" + beyond, "GET /"}: "allow: p", {"10.2.0.1", "GET /"}: "403 no-authorization-matched",
		}},
		// what is missing takes the whole policy away, and no other
		"a dangling reference": {docs: []string{
			serverOn("web", "80", ""), grantTo("p", "Server/web", "MeshTLSAuthentication/gone"), grantTo("q", "Namespace/m", "ServiceAccount/a"),
		}, want: map[asks]string{{idA, "tcp"}: "allow: q", {idB, "tcp"}: "no-authorization-matched"}},
		"two of a class": {docs: []string{
			serverOn("web", "80", ""), grantTo("p", "Server/web", "ServiceAccount/a", "ServiceAccount/b"),
		}, want: map[asks]string{{idA, "tcp"}: "no-authorizations"}},
		"nothing required": {docs: []string{serverOn("web", "80", ""), grantTo("p", "Server/web")}, want: map[asks]string{{beyond, "tcp"}: "allow: p"}},
		// a policy of the namespace needs a Server
		"a namespace without a Server": {docs: []string{grantTo("q", "Namespace/m", "ServiceAccount/a"), serverOn("web", "9000", "")}, want: map[asks]string{
			{idB, "tcp"}: "allow: all-unauthenticated",
		}},
		// a ServerAuthorization without networks means those of the cluster
		"ServerAuthorization": {docs: []string{
			serverOn("web", "80", ""),
			policyObject("policy.linkerd.io/v1beta1", "ServerAuthorization", "z", "", "server: {name: web}, client: {meshTLS: {serviceAccounts: [{name: a}]}}"),
			policyObject("policy.linkerd.io/v1beta1", "ServerAuthorization", "other", "", "server: {selector: {matchLabels: {no: one}}}, client: {unauthenticated: true}"),
		}, want: map[asks]string{
			{idA + "@" + inside, "tcp"}: "allow: z", {idA + "@" + beyond, "tcp"}: "no-authorization-matched", {inside, "tcp"}: "no-authorization-matched",
		}},
		// routes add grants, and take away the default route and the one for probes
		"routes": {docs: []string{
			serverOn("web", "80", ""), routeTo("admin", "web", "{matches: [{path: {value: /admin}}]}"), routeTo("all", "web", "{matches: [{path: {value: /}, method: GET}]}"),
			grantTo("p", "HTTPRoute/admin", "ServiceAccount/a"), grantTo("q", "HTTPRoute/all"),
		}, want: map[asks]string{
			{idA, "POST /admin/x"}: "allow: p", {idB, "GET /admin"}: "403 no-authorization-matched", {beyond, "GET /x"}: "allow: q",
			{idA, "POST /x"}: "404 route-not-found", {idA, "tcp"}: "no-authorizations",
		}},
		"an opaque Server": {docs: []string{
			serverOn("web", "80", ", proxyProtocol: opaque"), routeTo("all", "web", "{}"), grantTo("q", "HTTPRoute/all"), grantTo("p", "Server/web", "ServiceAccount/a"),
		}, want: map[asks]string{{idA, "GET /"}: "allow: p", {idB, "GET /"}: "no-authorization-matched"}},
		"a Server for HTTP": {docs: []string{serverOn("web", "80", ", proxyProtocol: HTTP/1, accessPolicy: all-unauthenticated")}, want: map[asks]string{
			{idA, "tcp"}: "not-http", {idA, "GET /"}: "allow: all-unauthenticated",
		}},
		"a Server for gRPC": {docs: []string{serverOn("web", "80", ", proxyProtocol: gRPC, accessPolicy: all-unauthenticated")}, want: map[asks]string{
			{idA, "POST /s/m"}: "allow: all-unauthenticated", {idA, "GET /s/m"}: "404 route-not-found", {idA, "POST /s"}: "404 route-not-found",
		}},
		"a GRPCRoute whose match names no method": {docs: []string{
			serverOn("web", "80", ", proxyProtocol: gRPC, accessPolicy: all-unauthenticated"),
			policyObject("gateway.networking.k8s.io/v1", "GRPCRoute", "g", "", "parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}], rules: [{matches: [{headers: [{name: x, value: '1'}]}]}]"),
		}, want: map[asks]string{{idA, "POST /s/m"}: "403 invalid-policy", {"127.0.0.1", "POST /s/m"}: "403 invalid-policy"}},
		"a redirect": {docs: []string{
			serverOn("web", "80", ", accessPolicy: all-unauthenticated"),
			routeTo("r", "web", "{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}], matches: [{path: {value: /old}}]}, {matches: [{path: {value: /new}}]}"),
		}, want: map[asks]string{{idA, "GET /old"}: "302 redirected", {idA, "GET /new"}: "allow: all-unauthenticated"}},
		"a pattern that is not worked out": {docs: []string{
			serverOn("web", "80", ", accessPolicy: all-unauthenticated"), routeTo("r", "web", "{matches: [{path: {type: RegularExpression, value: '[a&&b]'}}]}"),
		}, want: map[asks]string{{idA, "GET /"}: "unknown", {idA, "tcp"}: "allow: all-unauthenticated"}},
		"a route with an illegal parent": {docs: []string{
			serverOn("web", "80", ", accessPolicy: all-unauthenticated"),
			policyObject(v1beta3, "HTTPRoute", "r", "", "parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}, {group: policy.linkerd.io, kind: Server, name: web, port: 80}], rules: [{matches: [{path: {value: /only}}]}]"),
		}, want: map[asks]string{{idA, "GET /elsewhere"}: "allow: all-unauthenticated"}},
		"the older of two Servers": {docs: []string{
			policyObject(v1beta3, "Server", "a", "02", "podSelector: {}, port: 80, accessPolicy: all-unauthenticated"),
			policyObject(v1beta3, "Server", "b", "01", "podSelector: {}, port: 80"),
		}, want: map[asks]string{{idA, "GET /"}: "403 no-authorizations"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", append(tt.docs, namespaceM, web)...)
			got := map[asks]string{}
			for a := range tt.want {
				v := w.Authorize(a.request(w, t, 80))
				got[a] = outcomeOf(v)
				if v.Points[0].Allowed == truth.Unknown && len(v.Points[0].Unknown) == 0 || v.Points[0].Why == nil {
					t.Errorf("%v: no reason is given: %+v", a, v.Points[0])
				}
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Error("(-want +got):\n" + diff)
			}
		})
	}
}

// Before 2.18 nothing says which of two Servers governs a port: where they differ the answer is open, and where
// they agree it is not.
func TestServersOverlap(t *testing.T) {
	t.Parallel()
	docs := []string{
		namespaceM, pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String(),
		policyObject(v1beta3, "Server", "a", "02", "podSelector: {}, port: 80, accessPolicy: all-unauthenticated"),
		policyObject(v1beta3, "Server", "b", "01", "podSelector: {}, port: 80, accessPolicy: all-authenticated"),
	}
	tests := map[string]struct {
		plaintext, named string
		mode             mesh.MTLS
		settled          truth.Value
		stranger         mesh.Access
	}{
		"2.18": {"403 no-authorization-matched", "allow: all-authenticated", mesh.MTLSStrict, truth.True, mesh.AccessNever},
		"2.17": {"unknown", "allow: all-authenticated", mesh.MTLSUnknown, truth.False, mesh.AccessUndecided},
	}
	for version, tt := range tests {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := build(t, version, docs...)
			if got := outcomeOf(w.Authorize(asks{beyond, "GET /"}.request(w, t, 80))); got != tt.plaintext {
				t.Errorf("plaintext: %s, want %s", got, tt.plaintext)
			}
			if got := outcomeOf(w.Authorize(asks{idA + "@" + inside, "GET /"}.request(w, t, 80))); got != tt.named {
				t.Errorf("mutual TLS: %s, want %s", got, tt.named)
			}
			if got := w.workload(t, "web").Inbound(80).Enforced; got != tt.mode {
				t.Errorf("the port is %v, want %v", got, tt.mode)
			}
			if got := w.Callers(w.workload(t, "web"), 80).Stranger().Access; got != tt.stranger {
				t.Errorf("a stranger gets through %v, want %v", got, tt.stranger)
			}
			conflicts := w.Conflicts()
			if len(conflicts) != 1 || conflicts[0].Settled != tt.settled || len(conflicts[0].Objects) != 2 || conflicts[0].Objects[0].Name != "b" {
				t.Errorf("conflicts: %+v", conflicts)
			}
		})
	}
}

func TestInboundModes(t *testing.T) {
	t.Parallel()
	probed := strings.Replace(pod{name: "web", ports: webPorts}.String(), "name: app,", "name: app, livenessProbe: {httpGet: {path: /live, port: http}},", 1)
	tests := map[string]struct {
		pod  string
		docs []string
		want mesh.MTLS
		rule string // that one of the steps names
	}{
		"the default":             {pod{name: "web"}.String(), nil, mesh.MTLSPermissive, "linkerd/unauthenticated-grant"},
		"all-authenticated":       {pod{name: "web", annotations: "config.linkerd.io/default-inbound-policy: all-authenticated"}.String(), nil, mesh.MTLSStrict, "linkerd/identity-grant"},
		"a port with an identity": {pod{name: "web", annotations: "config.linkerd.io/proxy-require-identity-inbound-ports: '80'"}.String(), nil, mesh.MTLSStrict, "linkerd/default-policy"},
		"deny":                    {pod{name: "web", annotations: "config.linkerd.io/default-inbound-policy: deny"}.String(), nil, mesh.MTLSClosed, "linkerd/no-grant"},
		"audit":                   {pod{name: "web"}.String(), []string{serverOn("s", "80", ", accessPolicy: audit")}, mesh.MTLSPermissive, "linkerd/unauthenticated-grant"},
		"some networks":           {pod{name: "web"}.String(), []string{serverOn("s", "80", ""), grantTo("p", "Server/s", "NetworkAuthentication/ten"), nets("ten", "{cidr: 10.0.0.0/8}")}, mesh.MTLSPermissive, "linkerd/server"},
		"a grant for a route":     {pod{name: "web"}.String(), []string{serverOn("s", "80", ""), routeTo("r", "s", "{}"), grantTo("p", "HTTPRoute/r")}, mesh.MTLSPermissive, "linkerd/server"},
		"probes":                  {probed, []string{serverOn("s", "80", "")}, mesh.MTLSStrict, "linkerd/probe-route"},
		"a skipped port":          {pod{name: "web", annotations: "config.linkerd.io/skip-inbound-ports: 70-90"}.String(), []string{serverOn("s", "80", "")}, mesh.MTLSNone, "linkerd/inbound-port-skipped"},
		"a skipped subnet":        {pod{name: "web", annotations: "config.linkerd.io/skip-subnets: 10.9.0.0/16"}.String(), []string{serverOn("s", "80", "")}, mesh.MTLSPermissive, "linkerd/skip-subnets"},
		"no proxy":                {pod{name: "web", bare: true}.String(), []string{serverOn("s", "80", "")}, mesh.MTLSNone, "linkerd/server-not-meshed"},
		"a version that is new":   {pod{name: "web"}.String(), []string{policyObject("policy.linkerd.io/v9", "Server", "s", "", "podSelector: {}, port: 81")}, mesh.MTLSUnknown, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, "2.20", append(tt.docs, namespaceM, tt.pod)...)
			in := w.workload(t, "web").Inbound(80)
			if in.Enforced != tt.want {
				t.Errorf("the port is %v, want %v: %v", in.Enforced, tt.want, in.Why)
			}
			if tt.rule != "" && !slices.ContainsFunc(in.Why, func(s mesh.Step) bool { return s.Rule == tt.rule }) {
				t.Errorf("no step names %s: %v", tt.rule, in.Why)
			}
			if tt.want == mesh.MTLSUnknown && len(in.Unknown) == 0 {
				t.Error("no gap says why it is unknown")
			}
		})
	}
}

// Probes are let in whoever asks, and nothing else is; in the terms as in the requests.
func TestProbes(t *testing.T) {
	t.Parallel()
	probed := strings.Replace(pod{name: "web", ports: webPorts}.String(), "name: app,", "name: app, readinessProbe: {httpGet: {path: '/ready?x=1', port: HTTP}},", 1)
	w := build(t, "2.20", namespaceM, probed, serverOn("web", "http", ""))
	got := map[string]string{}
	for _, line := range []string{"GET /ready", "GET /ready?y=2", "GET /ready/", "HEAD /ready", "tcp"} {
		got[line] = outcomeOf(w.Authorize(asks{beyond, line}.request(w, t, 80)))
	}
	want := map[string]string{
		"GET /ready": "allow: probe", "GET /ready?y=2": "allow: probe", "GET /ready/": "403 no-authorizations", "HEAD /ready": "403 no-authorizations",
		"tcp": "no-authorizations",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
	a := w.Callers(w.workload(t, "web"), 80).Stranger()
	if a.Access != mesh.AccessSometimes || a.String() != "sometimes: method is GET and path is /ready" {
		t.Errorf("a stranger gets through %v", a)
	}
}

// Callers are parted by their identities and by their addresses.
func TestCallers(t *testing.T) {
	t.Parallel()
	w := build(t, "2.20", namespaceM,
		pod{name: "web", ip: "10.0.0.9", ports: webPorts}.String(), pod{name: "a", ip: "10.0.0.1"}.String(), pod{name: "b", ip: "10.7.0.1"}.String(),
		pod{name: "plain", ip: "10.7.0.2", bare: true}.String(), pod{name: "nowhere", bare: true}.String(),
		serverOn("web", "80", ""), grantTo("ids", "Server/web", "ServiceAccount/a"),
		grantTo("nets", "Server/web", "NetworkAuthentication/seven"), nets("seven", "{cidr: 10.7.0.0/16}"),
	)
	c := w.Callers(w.workload(t, "web"), 80)
	got := map[string]string{}
	for one := range c.All() {
		got[one.Workload.ID().Name] = one.Admission.String()
	}
	got["stranger"], got["newcomer"] = c.Stranger().String(), c.Newcomer().String()
	seven := "sometimes: source.address is 10.7.0.0/16"
	want := map[string]string{
		"a": "always", "b": "always", "plain": "always", "nowhere": seven, "stranger": seven, "newcomer": seven, "web": "always",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limit := func(name, created, spec string) string {
		return policyObject(v1alpha1, "HTTPLocalRateLimitPolicy", name, created, "targetRef: {group: policy.linkerd.io, kind: Server, name: web}, "+spec)
	}
	w := build(t, "2.20", namespaceM, pod{name: "web", ports: webPorts}.String(), serverOn("web", "80", ", accessPolicy: all-unauthenticated"),
		limit("young", "02", "total: {requestsPerSecond: 1}"),
		limit("old", "01", "total: {requestsPerSecond: 100}, identity: {requestsPerSecond: 5}, overrides: [{requestsPerSecond: 7, clientRefs: [{kind: ServiceAccount, name: a}]}]"),
	)
	tests := map[asks]string{
		{idA, "GET /"}: "total 100 shared, named 7", {idB, "GET /"}: "total 100 shared, client 5",
		{beyond, "GET /"}: "total 100 shared, client 5 shared", {idA, "tcp"}: "",
	}
	got := map[asks]string{}
	for a := range tests {
		var all []string
		for _, l := range w.Authorize(a.request(w, t, 80)).Points[0].Limits {
			text := fmt.Sprint(l.Scope, " ", l.PerSecond)
			if l.Shared {
				text += " shared"
			}
			all = append(all, text)
		}
		got[a] = strings.Join(all, ", ")
	}
	if diff := gocmp.Diff(tests, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

// Conditions follow from the other objects: whether the parent is there, and whether a more specific kind of
// route, or an older rate limit, has it.
func TestConditions(t *testing.T) {
	t.Parallel()
	parents := func(names ...string) string {
		var all []string
		for _, n := range names {
			all = append(all, "{group: policy.linkerd.io, kind: Server, name: "+n+"}")
		}
		return "parentRefs: [" + strings.Join(all, ", ") + "]"
	}
	docs := []string{
		namespaceM, serverOn("one", "80", ""), serverOn("two", "81", ""),
		policyObject("gateway.networking.k8s.io/v1", "GRPCRoute", "g", "", parents("two")),
		policyObject("gateway.networking.k8s.io/v1", "HTTPRoute", "h", "", parents("one", "two", "none")),
		policyObject("gateway.networking.k8s.io/v1", "HTTPRoute", "gw", "", "parentRefs: [{name: gateway}]"),
	}
	for version, want := range map[string]string{
		"2.20": "one True Accepted, two False RouteReasonConflicted, none False NoMatchingParent",
		"2.15": "one True Accepted, two True Accepted, none False NoMatchingParent",
	} {
		w := build(t, version, docs...)
		ref := source.Ref{Kind: source.Kind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}, Namespace: "m", Name: "h"}
		var got []string
		for _, c := range w.layer.Conditions(ref) {
			got = append(got, fmt.Sprint(c.Parent.Name, " ", cmp.Or(map[truth.Value]string{truth.True: "True", truth.False: "False"}[c.Accepted], "Unknown"), " ", c.Reason))
		}
		if diff := gocmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
		if ref.Name = "gw"; w.layer.Conditions(ref) != nil {
			t.Errorf("%s: Linkerd says nothing of routes of Gateways, and not %v", version, w.layer.Conditions(ref))
		}
	}
}
