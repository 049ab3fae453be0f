package linkerd

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	toNetwork  = "backendRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 1}]"
	toService  = "backendRefs: [{name: api, port: 80}]"
	toNothing  = "backendRefs: [{name: absent, port: 80}]"
	egressHost = "hostnames: [example.com, '*.example.org']"
)

func TestEgressRoutes(t *testing.T) {
	t.Parallel()
	deny, allow := egressNet("m", "net", "Deny", ""), egressNet("m", "net", "Allow", "")
	service := "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: m}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}"
	http := egressRouteDoc("HTTPRoute", "h", egressHost+", rules: [{matches: [{path: {type: Exact, value: /get}}], "+toNetwork+"}]", 80)
	grpc := egressRouteDoc("GRPCRoute", "g", "rules: [{matches: [{method: {service: a.B}}]}]", 80)
	tls := egressRouteDoc("TLSRoute", "t", egressHost+", rules: [{"+toNetwork+"}]", 443)
	tcp := egressRouteDoc("TCPRoute", "c", "rules: [{"+toNetwork+"}]", 22)
	const matched, allowed, denied, protocol = "linkerd/egress-route-matched net", "linkerd/egress-allow net", "linkerd/egress-deny net", "linkerd/egress-protocol net"
	tests := []struct {
		name, ask, want string
		docs            []string
	}{
		{"a host and path that are listed", "198.51.100.1:80 http example.com/get", "true " + matched, []string{deny, http}},
		{"with the port in the authority", "198.51.100.1:80 http example.com:80/get", "true " + matched, []string{deny, http}},
		{"a host by suffix", "198.51.100.1:80 http a.b.example.org/get", "true " + matched, []string{deny, http}},
		{"but not the suffix itself", "198.51.100.1:80 http example.org/get", "false " + denied + " 403", []string{deny, http}},
		{"another path", "198.51.100.1:80 http example.com/ip", "false " + denied + " 403", []string{deny, http}},
		{"another port", "198.51.100.1:8080 http example.com/get", "false " + denied + " 403", []string{deny, http}},
		{"TLS is no HTTP", "198.51.100.1:80 tls example.com", "false " + denied, []string{deny, http}},
		{"what no route takes is allowed where the policy is", "198.51.100.1:80 http other/", "true " + allowed, []string{allow, http}},

		{"a server name that is listed", "198.51.100.1:443 tls example.com", "true " + matched, []string{deny, tls}},
		{"names of servers have a case", "198.51.100.1:443 tls Example.com", "false " + denied, []string{deny, tls}},
		{"another server name", "198.51.100.1:443 tls other", "false " + denied, []string{deny, tls}},
		{"another server name where the policy allows", "198.51.100.1:443 tls other", "true " + allowed, []string{allow, tls}},
		{"a port of TLSRoutes takes no HTTP, whatever the policy", "198.51.100.1:443 http example.com/", "false " + protocol, []string{allow, tls}},
		{"and no bytes", "198.51.100.1:443 tcp", "false " + protocol, []string{allow, tls}},

		{"a TCPRoute takes everything: bytes", "198.51.100.1:22 tcp", "true " + matched, []string{deny, tcp}},
		{"requests", "198.51.100.1:22 http other/", "true " + matched, []string{deny, tcp}},
		{"and TLS", "198.51.100.1:22 tls other", "true " + matched, []string{deny, tcp}},
		{"at its port only", "198.51.100.1:23 tcp", "false " + denied, []string{deny, tcp}},

		{"a gRPC method", "198.51.100.1:80 grpc x/a.B/C", "true " + matched, []string{deny, grpc}},
		{"another gRPC service", "198.51.100.1:80 grpc x/b.B/C", "false " + denied + " 200", []string{deny, grpc}},
		{"what may be HTTP/1 at a port of GRPCRoutes", "198.51.100.1:80 http x/", "unknown " + allowed, []string{allow, grpc}},
		{"no HTTP at all", "198.51.100.1:80 tcp", "false " + protocol, []string{allow, grpc}},
		{"GRPCRoutes displace HTTPRoutes", "198.51.100.1:80 grpc example.com/get", "false " + denied + " 200", []string{deny, grpc, http}},

		{"without backends it goes to the address", "198.51.100.1:22 tcp", "true " + matched, []string{deny, egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22)}},
		{"to a Service instead", "198.51.100.1:22 tcp", "true " + matched, []string{deny, service, egressRouteDoc("TCPRoute", "c", "rules: [{"+toService+"}]", 22)}},
		{"to a Service that is not there", "198.51.100.1:22 tcp", "false " + matched, []string{deny, egressRouteDoc("TCPRoute", "c", "rules: [{"+toNothing+"}]", 22)}},
		{"a request to a Service that is not there", "198.51.100.1:80 http x/", "false " + matched + " 500", []string{deny, egressRouteDoc("HTTPRoute", "h", "rules: [{"+toNothing+"}]", 80)}},
		{
			"to one of two, by chance", "198.51.100.1:22 tcp", "unknown " + matched,
			[]string{deny, service, egressRouteDoc("TCPRoute", "c", "rules: [{backendRefs: [{name: api, port: 80}, {name: absent, port: 80}]}]", 22)},
		},
		{
			"a weight of 0 takes a backend out", "198.51.100.1:22 tcp", "true " + matched,
			[]string{deny, service, egressRouteDoc("TCPRoute", "c", "rules: [{backendRefs: [{name: api, port: 80}, {name: absent, port: 80, weight: 0}]}]", 22)},
		},
		{
			"but not the only one", "198.51.100.1:22 tcp", "true " + matched,
			[]string{deny, service, egressRouteDoc("TCPRoute", "c", "rules: [{backendRefs: [{name: api, port: 80, weight: 0}]}]", 22)},
		},
		{
			"to another EgressNetwork", "198.51.100.1:22 tcp", "false " + matched,
			[]string{deny, egressNet("m", "two", "Deny", "[]"), egressRouteDoc("TCPRoute", "c", "rules: [{"+strings.Replace(toNetwork, "net,", "two,", 1)+"}]", 22)},
		},
		{
			"a redirect answers", "198.51.100.1:80 http x/", "false " + matched + " 302",
			[]string{deny, egressRouteDoc("HTTPRoute", "h", "rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]", 80)},
		},
		{"two rules make no TCPRoute", "198.51.100.1:22 tcp", "false " + denied, []string{deny, egressRouteDoc("TCPRoute", "c", "rules: [{}, {}]", 22)}},
		{
			"a filter that is not supported leaves the route out", "198.51.100.1:80 http x/", "false " + denied + " 403",
			[]string{deny, egressRouteDoc("HTTPRoute", "h", "rules: [{filters: [{type: URLRewrite, urlRewrite: {hostname: a}}]}]", 80)},
		},
		{
			"and so does a timeout that is none", "198.51.100.1:80 http example.com/get", "false " + denied + " 403",
			[]string{deny, strings.Replace(http, "namespace: m", "namespace: m, annotations: {timeout.linkerd.io/request: soon}", 1)},
		},
		{
			"an overlapping network has no routes and counts", "198.51.100.1:22 tcp", "false " + denied,
			[]string{egressNet("m", "net", "Deny", "[{cidr: 0.0.0.0/0}]"), tcp},
		},
		{
			"a pattern that is not worked out", "198.51.100.1:80 http x/", "unknown mesh/not-understood h",
			[]string{deny, egressRouteDoc("HTTPRoute", "h", `rules: [{matches: [{path: {type: RegularExpression, value: '/\p{L}'}}]}]`, 80)},
		},
		{
			"only TCPRoutes count at opaque ports", "198.51.100.1:3306 http x/", "true " + matched,
			[]string{deny, egressRouteDoc("TCPRoute", "c", "rules: [{}]", 3306)},
		},
		{
			"and no others", "198.51.100.1:3306 http x/", "false " + denied,
			[]string{deny, egressRouteDoc("HTTPRoute", "h", "rules: [{}]", 3306)},
		},
		{
			"a port that is opaque by annotation", "198.51.100.1:8080 http x/", "false " + denied,
			[]string{strings.Replace(deny, "namespace: m", "namespace: m, annotations: {config.linkerd.io/opaque-ports: '8000-8090'}", 1), egressRouteDoc("HTTPRoute", "h", "rules: [{}]", 8080)},
		},
		{
			"which replaces the defaults", "198.51.100.1:3306 http x/", "false " + denied + " 403",
			[]string{strings.Replace(deny, "namespace: m", "namespace: m, annotations: {config.linkerd.io/opaque-ports: '8000-8090'}", 1)},
		},
		{
			"the status goes before what it should be", "198.51.100.1:22 tcp", "false " + denied,
			[]string{deny, strings.Replace(tcp, "spec:", "status: {parents: [{controllerName: linkerd.io/policy-controller, parentRef: {group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 22}, conditions: [{type: Accepted, status: 'False', reason: NoMatchingParent}]}]}, spec:", 1)},
		},
		{
			"alike in all but what they do", "198.51.100.1:22 tcp", "unknown " + matched,
			[]string{
				egressNet("linkerd-egress", "net", "Deny", ""),
				"{apiVersion: gateway.networking.k8s.io/v1alpha2, kind: TCPRoute, metadata: {name: c, namespace: linkerd-egress}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 22}], rules: [{" + toNothing + "}]}}",
				strings.Replace(egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22), "name: net", "name: net, namespace: linkerd-egress", 1),
			},
		},
		{
			"a route for a Service of the network's name", "198.51.100.1:22 tcp", "unknown " + denied,
			[]string{deny, strings.Replace(egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22), "{group: policy.linkerd.io, kind: EgressNetwork, name: net, port: 22}", "{group: core, kind: Service, name: net}", 1)},
		},
		{
			"but for one port of it", "198.51.100.1:22 tcp", "false " + denied,
			[]string{deny, strings.Replace(egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22), "group: policy.linkerd.io, kind: EgressNetwork", "group: core, kind: Service", 1)},
		},
		{
			"a route of a third namespace does not count", "198.51.100.1:22 tcp", "false " + denied,
			[]string{
				egressNet("linkerd-egress", "net", "Deny", ""),
				"{apiVersion: gateway.networking.k8s.io/v1alpha2, kind: TCPRoute, metadata: {name: c, namespace: other}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, namespace: linkerd-egress, port: 22}], rules: [{}]}}",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			docs := slices.Clone(tt.docs)
			want := said(egressLayer(t, "2.20", docs...).ask(t, tt.ask))
			slices.Reverse(docs)
			got := said(egressLayer(t, "2.20", docs...).ask(t, tt.ask))
			if diff := cmp.Diff([]string{tt.want, tt.want}, []string{want, got}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEgressConditions(t *testing.T) {
	t.Parallel()
	w := egressLayer(
		t, "2.20",
		egressNet("m", "net", "Deny", ""), egressNet("m", "wide", "Deny", "[{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]"),
		egressNet("m", "hole", "Deny", "[{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.0.0.0/8]}]"),
		egressRouteDoc("HTTPRoute", "h80", "rules: [{}]", 80), egressRouteDoc("TLSRoute", "t80", "rules: [{}]", 80),
		egressRouteDoc("TLSRoute", "t443", "rules: [{}]", 443), egressRouteDoc("TCPRoute", "c443", "rules: [{}]", 443),
		strings.Replace(egressRouteDoc("TCPRoute", "gone", "rules: [{}]", 22), "name: net", "name: absent", 1),
		strings.Replace(egressRouteDoc("TCPRoute", "onwide", "rules: [{}]", 22), "name: net", "name: wide", 1),
	)
	want := map[string]string{
		"EgressNetwork net": "Accepted true", "EgressNetwork wide": "EgressReasonNetworkOverlap false", "EgressNetwork hole": "Accepted true",
		"HTTPRoute h80": "Accepted true", "TLSRoute t80": "RouteReasonConflicted false", "TLSRoute t443": "Accepted true",
		"TCPRoute c443": "RouteReasonConflicted false", "TCPRoute gone": "NoMatchingParent false", "TCPRoute onwide": "NoMatchingParent false",
	}
	got := map[string]string{}
	for ref := range w.egress.conditions {
		for _, c := range w.Conditions(ref) {
			got[ref.Kind.Kind+" "+ref.Name] = c.Reason + " " + c.Accepted.String()
			if len(c.Why) == 0 || c.Why[0].Object != ref {
				t.Errorf("%v: got reasons %v, want one about the object", ref, c.Why)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := w.Conditions(source.Ref{}); c != nil {
		t.Errorf("got %v, want none for no object", c)
	}
	alone := egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22)
	ref := source.Ref{Kind: kube.KindTCPRoute, Namespace: "m", Name: "c"}
	if c := egressLayer(t, "2.20", alone).Conditions(ref); len(c) != 1 || c[0].Reason != reasonNoMatchingParent {
		t.Errorf("without any EgressNetwork: got %v, want one of %s", c, reasonNoMatchingParent)
	}
	if c := egressLayer(t, "2.16", alone).Conditions(ref); c != nil {
		t.Errorf("before 2.17: got %v, want none", c)
	}
}

func TestRouteAnnotations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key, value string
		ok         bool
	}{
		{"timeout.linkerd.io/request", "10s", true},
		{"timeout.linkerd.io/request", " 0 ", true},
		{"timeout.linkerd.io/request", "10", false},
		{"timeout.linkerd.io/response", "1.5s", false},
		{"timeout.linkerd.io/idle", "-1s", false},
		{"timeout.linkerd.io/idle", "", false},
		{"timeout.linkerd.io/idle", "18446744073709551615h", false},
		{"retry.linkerd.io/limit", "65535", true},
		{"retry.linkerd.io/limit", "65536", false},
		{"retry.linkerd.io/http", "5xx,gateway-error,404,500-503", true},
		{"retry.linkerd.io/http", "503-500", false},
		{"retry.linkerd.io/http", "99", false},
		{"retry.linkerd.io/grpc", "of no concern", true},
		{"other", "anything", true},
	}
	for _, tt := range tests {
		if got := badRouteAnnotation(map[string]string{tt.key: tt.value}, false) == ""; got != tt.ok {
			t.Errorf("%s: %q: got %v, want %v", tt.key, tt.value, got, tt.ok)
		}
	}
	if badRouteAnnotation(map[string]string{"retry.linkerd.io/grpc": "Unavailable,internal"}, true) != "" {
		t.Error("conditions of gRPC are not understood")
	}
	if badRouteAnnotation(map[string]string{"retry.linkerd.io/grpc": "aborted"}, true) == "" {
		t.Error("an unknown condition of gRPC is understood")
	}
}

// TCPRoutes count at opaque ports since edge-25.2.2.
func TestEgressOpaqueBefore218(t *testing.T) {
	t.Parallel()
	docs := []string{egressNet("m", "net", "Deny", ""), egressRouteDoc("TCPRoute", "c", "rules: [{}]", 3306)}
	for version, want := range map[string]truth.Value{"2.17": truth.False, "edge-25.2.1": truth.False, "edge-25.2.2": truth.True, "2.18": truth.True, "": truth.True} {
		p := egressLayer(t, version, docs...).ask(t, "198.51.100.1:3306 tcp")
		if p.Allowed != want || (len(p.Unknown) > 0) != (version == "") {
			t.Errorf("%q: got %v with gaps %v, want %v", version, p.Allowed, p.Unknown, want)
		}
	}
}

// Hosts have no case for proxies after 2.20.
func TestEgressHostsFolded(t *testing.T) {
	t.Parallel()
	docs := []string{egressNet("m", "net", "Deny", ""), egressRouteDoc("HTTPRoute", "h", egressHost+", rules: [{}]", 80)}
	for version, want := range map[string]truth.Value{"2.20": truth.False, "edge-26.6.3": truth.False, "edge-27.1.1": truth.True, "": truth.True} {
		p := egressLayer(t, version, docs...).ask(t, "198.51.100.1:80 http Example.COM/")
		if p.Allowed != want || (len(p.Unknown) > 0) != (version == "") {
			t.Errorf("%q: got %v with gaps %v, want %v", version, p.Allowed, p.Unknown, want)
		}
	}
}
