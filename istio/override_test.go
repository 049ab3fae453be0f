package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// envoyFilter writes an EnvoyFilter f; spec is flow style.
func envoyFilter(ns, spec string) string {
	return fmt.Sprintf("{apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {name: f, namespace: %s}, spec: {%s}}", ns, spec)
}

// What an EnvoyFilter may touch follows from what it patches, where, and how.
func TestOverrideAspects(t *testing.T) {
	t.Parallel()
	all := []mesh.Aspect{mesh.AspectInbound, mesh.AspectAuthorization, mesh.AspectTransport, mesh.AspectRouting, mesh.AspectTelemetry}
	http := []mesh.Aspect{mesh.AspectAuthorization, mesh.AspectRouting, mesh.AspectTelemetry}
	sub := "match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: %s}}}}}"
	cases := []struct {
		name    string
		patch   string
		aspects []mesh.Aspect
		alters  []mesh.Aspect
		aimed   []mesh.Aspect
		detail  string
	}{
		{
			"removes the RBAC filter", "applyTo: HTTP_FILTER, " + fmt.Sprintf(sub, "envoy.filters.http.rbac") + ", patch: {operation: REMOVE}",
			http, http,
			[]mesh.Aspect{mesh.AspectAuthorization},
			"the EnvoyFilter removes http_filter envoy.filters.http.rbac",
		},
		{
			"adds an external authorizer", "applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: INSERT_FIRST, value: {name: mine, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz}}}",
			http, nil,
			[]mesh.Aspect{mesh.AspectAuthorization},
			"the EnvoyFilter adds http_filter mine",
		},
		{
			"merges into the statistics", "applyTo: HTTP_FILTER, " + fmt.Sprintf(sub, "istio.stats") + ", patch: {operation: MERGE, value: {typed_config: {'@type': type.googleapis.com/udpa.type.v1.TypedStruct, type_url: type.googleapis.com/stats.PluginConfig}}}",
			[]mesh.Aspect{mesh.AspectTelemetry},
			[]mesh.Aspect{mesh.AspectTelemetry},
			nil, "the EnvoyFilter patches http_filter istio.stats",
		},
		{
			"puts something else in the place of the statistics", "applyTo: HTTP_FILTER, " + fmt.Sprintf(sub, "istio.stats") + ", patch: {operation: REPLACE, value: {name: istio.stats, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}}",
			http, http, nil, "the EnvoyFilter replaces http_filter istio.stats",
		},
		{
			"sets a cluster's timeouts", "applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {connect_timeout: 1s, upstream_connection_options: {}}}",
			[]mesh.Aspect{mesh.AspectRouting},
			[]mesh.Aspect{mesh.AspectRouting},
			nil, "the EnvoyFilter patches cluster",
		},
		{
			"changes a cluster's TLS", "applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {transport_socket: {name: envoy.transport_sockets.raw_buffer}}}",
			[]mesh.Aspect{mesh.AspectTransport, mesh.AspectRouting},
			[]mesh.Aspect{mesh.AspectTransport, mesh.AspectRouting},
			[]mesh.Aspect{mesh.AspectTransport},
			"the EnvoyFilter patches cluster",
		},
		{
			"inbound filter chain", "applyTo: FILTER_CHAIN, match: {context: SIDECAR_INBOUND}, patch: {operation: MERGE, value: {transport_socket: {}}}",
			[]mesh.Aspect{mesh.AspectInbound, mesh.AspectAuthorization, mesh.AspectRouting, mesh.AspectTelemetry},
			[]mesh.Aspect{mesh.AspectInbound, mesh.AspectAuthorization, mesh.AspectRouting, mesh.AspectTelemetry},
			[]mesh.Aspect{mesh.AspectInbound},
			"the EnvoyFilter patches filter_chain",
		},
		{"the whole of Envoy", "applyTo: BOOTSTRAP, patch: {operation: MERGE, value: {}}", all, all, nil, "the EnvoyFilter patches bootstrap"},
		{"no proxy", "applyTo: LISTENER, match: {context: WAYPOINT, waypoint: {}}, patch: {operation: REMOVE}", nil, nil, nil, "the EnvoyFilter removes listener"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := build(t, installed, namespace(""), sidecarPod(""), envoyFilter("ns", "configPatches: [{"+c.patch+"}]")).Overrides()
			if len(all) != 1 {
				t.Fatalf("overrides %+v, want one", all)
			}
			o := all[0]
			if diff := cmp.Diff([][]mesh.Aspect{c.aspects, c.alters, c.aimed}, [][]mesh.Aspect{o.Aspects, o.Alters, o.Aimed}); diff != "" {
				t.Errorf("aspects, altered, aimed at (-want +got):\n%s", diff)
			}
			if o.Mesh != istio.Name || len(o.Why) != 1 || o.Why[0].Detail != c.detail || o.Why[0].Pos().Line == 0 {
				t.Errorf("reasons %v, want %q with a place", o.Why, c.detail)
			}
		})
	}
}

// Whom an override reaches: labels and targets narrow it, the root namespace widens it.
// source: istio.io/istio 1.31 pilot/pkg/model/policyattachment.go ShouldAttachPolicy, push_context.go
// EnvoyFilters; targets of EnvoyFilters since 1.27.
func TestOverrideReach(t *testing.T) {
	t.Parallel()
	patch := "configPatches: [{applyTo: LISTENER, match: {context: ANY%s}, patch: {operation: REMOVE}}]"
	anyone := fmt.Sprintf(patch, "")
	gatewayPod := strings.NewReplacer("name: p\n", "name: gw\n", "proxy, sidecar", "proxy, router", "labels: {", "labels: {gateway.networking.k8s.io/gateway-name: g, ").Replace(sidecarPod(""))
	waypointPod := strings.NewReplacer("name: p\n", "name: wp\n", "proxy, sidecar", "proxy, waypoint", "labels: {", "labels: {gateway.networking.k8s.io/gateway-name: w, ").Replace(sidecarPod(""))
	ambient := strings.Replace(ambientPod(""), "name: p\n", "name: amb\n", 1)
	ztunnel := strings.NewReplacer("name: p\n", "name: zt\n", "proxy, sidecar", "proxy, ztunnel").Replace(sidecarPod(""))
	wasm := func(ns, spec string) string {
		return fmt.Sprintf("{apiVersion: extensions.istio.io/v1alpha1, kind: WasmPlugin, metadata: {name: x, namespace: %s}, spec: {url: 'oci://x', phase: AUTHZ, %s}}", ns, spec)
	}
	cases := []struct {
		name, version, doc string
		want               string
		everyone           bool
	}{
		{"its namespace; a waypoint takes targets only", "1.31.0", envoyFilter("ns", anyone), "gw p", false},
		{"the mesh", "1.31.0", envoyFilter("istio-system", anyone), "gw p", true},
		{"by label", "1.31.0", envoyFilter("istio-system", "workloadSelector: {labels: {app: w}}, "+anyone), "gw p", false},
		{"by label up to 1.26", "1.26.0", envoyFilter("istio-system", "workloadSelector: {labels: {app: w}}, "+anyone), "gw p wp", false},
		{"a Gateway", "1.31.0", envoyFilter("ns", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], "+anyone), "gw", false},
		{"a Gateway of another namespace", "1.31.0", envoyFilter("istio-system", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], "+anyone), "", false},
		{"all waypoints", "1.31.0", envoyFilter("istio-system", "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}], "+anyone), "wp", false},
		{"a Service, through its waypoint", "1.31.0", wasm("ns", "targetRefs: [{group: '', kind: Service, name: s}]"), "wp", false},
		{"another release", "1.31.0", envoyFilter("ns", fmt.Sprintf(patch, `, proxy: {proxyVersion: '^1\.16.*'}`)), "", false},
		{"this release", "1.31.0", envoyFilter("ns", fmt.Sprintf(patch, `, proxy: {proxyVersion: '^1\.31.*'}`)), "gw p", false},
		{"gateways only", "1.31.0", envoyFilter("ns", strings.Replace(anyone, "ANY", "GATEWAY", 1)), "gw", false},
		{"code", "1.31.0", wasm("ns", ""), "gw p", false},
		{"code of another namespace", "1.31.0", wasm("other", ""), "", false},
		{"an extension", "1.31.0", strings.NewReplacer("kind: WasmPlugin", "kind: TrafficExtension", "url: 'oci://x'", "wasm: {url: 'oci://x'}").Replace(wasm("ns", "selector: {matchLabels: {app: w}}")), "gw p", false},
		{"an extension up to 1.29", "1.29.0", strings.NewReplacer("kind: WasmPlugin", "kind: TrafficExtension", "url: 'oci://x'", "wasm: {url: 'oci://x'}").Replace(wasm("ns", "")), "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := installed
			opts.Version = c.version
			all := build(t, opts, namespace(""), sidecarPod(""), gatewayPod, waypointPod, ambient, ztunnel, c.doc).Overrides()
			if len(all) != 1 {
				t.Fatalf("overrides %+v, want one", all)
			}
			var got []string
			for _, id := range all[0].Workloads {
				got = append(got, id.Name)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" || all[0].Everyone != c.everyone {
				t.Errorf("everyone %v; (-want +got):\n%s", all[0].Everyone, diff)
			}
		})
	}
}

// What a client sends, and which requests pass, keeps its answer and names the override.
func TestOverridesInVerdicts(t *testing.T) {
	t.Parallel()
	server := strings.NewReplacer("name: p\n", "name: server\n", "app: w,", "app: server,").Replace(sidecarPod(""))
	cases := []struct {
		name, doc     string
		sent, allowed bool
	}{
		{"nothing", namespace(""), false, false},
		{"the client's clusters", envoyFilter("ns", "workloadSelector: {labels: {app: w}}, configPatches: [{applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {transport_socket: {}}}}]"), true, false},
		{"the server's HTTP filters", envoyFilter("ns", "workloadSelector: {labels: {app: server}}, configPatches: [{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: REMOVE}}]"), false, true},
		{"code in the server's proxy", "{apiVersion: extensions.istio.io/v1alpha1, kind: WasmPlugin, metadata: {name: x, namespace: ns}, spec: {url: 'oci://x', selector: {matchLabels: {app: server}}}}", false, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, namespace(""), sidecarPod(""), server, c.doc)
			v := g.Authorize(mesh.Request{From: mesh.Client{Workload: workload(t, g, "p")}, To: workload(t, g, "server"), Port: 8080})
			named := func(gaps []mesh.Gap) bool {
				for _, gap := range gaps {
					if k := gap.Object.Kind.Kind; k == "EnvoyFilter" || k == "WasmPlugin" {
						return true
					}
				}
				return false
			}
			allowed := false
			for _, p := range v.Points {
				allowed = allowed || named(p.Unknown)
			}
			if named(v.Transport.Unknown) != c.sent || allowed != c.allowed {
				t.Errorf("named for what is sent: %v, for what passes: %v; want %v and %v\n%+v", named(v.Transport.Unknown), allowed, c.sent, c.allowed, v)
			}
			if v.Transport.Sends != mesh.WirePlaintext || v.Allowed != truth.True {
				t.Errorf("sends %v, allowed %v; an override takes no answer back", v.Transport.Sends, v.Allowed)
			}
		})
	}
}
