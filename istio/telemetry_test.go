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

// telemetryOf writes a Telemetry; spec is flow style, and second is that of its creation.
func telemetryOf(ns, name string, second int, spec string) string {
	return fmt.Sprintf("{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: %s, namespace: %s, creationTimestamp: '2026-01-01T00:00:%02dZ'}, spec: {%s}}", name, ns, second, spec)
}

const collector = "{apiVersion: v1, kind: Service, metadata: {name: otel, namespace: obs}, spec: {ports: [{port: 4317}]}}"

// observed are options with a mesh configuration that defines providers.
func observed(more string) istio.Options {
	opts := installed
	opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte(`defaultProviders: {metrics: [prometheus]}
extensionProviders:
- {name: otel, opentelemetry: {service: otel.obs.svc.cluster.local, port: 4317}}
- {name: otel-http, opentelemetry: {service: otel.obs.svc.cluster.local, port: 4318, http: {path: /v1/traces}}}
- {name: zip, zipkin: {service: gone.obs.svc.cluster.local, port: 9411}}
- {name: dyna, opentelemetry: {service: otel.obs.svc.cluster.local, port: 4317, dynatraceSampler: {tenant: t, clusterId: 1}}}
- {name: light, lightstep: {service: otel.obs.svc.cluster.local, port: 1, accessToken: x}}
- {name: logs, envoyOtelAls: {service: otel.obs.svc.cluster.local, port: 4317}}
` + more)}
	return opts
}

// reports renders what the sidecar of pod p reports, a line for each fact.
func reports(t *testing.T, opts istio.Options, docs ...string) []string {
	t.Helper()
	g := build(t, opts, append([]string{namespace(""), sidecarPod(""), collector}, docs...)...)
	all := workload(t, g, "p").Telemetry()
	if len(all) != 1 || all[0].L7 != truth.True {
		t.Fatalf("telemetry %+v, want one of a sidecar", all)
	}
	return lines(t, all[0])
}

func lines(t *testing.T, tel mesh.Telemetry) []string {
	t.Helper()
	var out []string
	for _, tr := range tel.Tracing {
		sampling := "-"
		if tr.Sampling != nil {
			sampling = fmt.Sprint(*tr.Sampling)
		}
		if len(tr.Why) == 0 {
			t.Errorf("tracing %s has no reasons", tr.Direction)
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("trace %s %s %s %s %s%%%s %s", tr.Direction, tr.Enabled, tr.Provider, tr.Protocol, sampling, tr.Sampler, strings.Join(tr.Tags, ","))))
	}
	for _, l := range tel.Logs {
		if len(l.Why) == 0 {
			t.Errorf("log %s has no reasons", l.Provider)
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("log %s %s %s %s %s %s", l.Direction, l.Enabled, l.Provider, l.Protocol, l.Target, l.Filter)))
	}
	for _, m := range tel.Metrics {
		if len(m.Why) == 0 {
			t.Errorf("metrics of %s have no reasons", m.Provider)
		}
		out = append(out, fmt.Sprintf("metrics %s %s %s", m.Direction, m.Enabled, m.Provider))
		for _, o := range m.Overrides {
			for _, tag := range o.Tags {
				out = append(out, fmt.Sprintf("  %s disabled=%v %s=%q removed=%v", o.Metric, o.Disabled, tag.Name, tag.Value, tag.Removed))
			}
			if len(o.Tags) == 0 {
				out = append(out, fmt.Sprintf("  %s disabled=%v", o.Metric, o.Disabled))
			}
		}
	}
	return out
}

// only keeps the lines that begin with a word.
func only(lines []string, word string) []string {
	var kept []string
	for _, l := range lines {
		if strings.HasPrefix(l, word) {
			kept = append(kept, l)
		}
	}
	return kept
}

// Spans: whose word counts, which provider, and how many are sampled.
// source: istio.io/istio 1.31 pilot/pkg/model/telemetry.go Tracing, pilot/pkg/networking/core/tracing.go.
func TestTracing(t *testing.T) {
	t.Parallel()
	both := func(line string) []string {
		return []string{"trace inbound " + line, "trace outbound " + line}
	}
	wide := telemetryOf("istio-system", "mesh", 1, "tracing: [{providers: [{name: otel}, {name: zip}], randomSamplingPercentage: 5}]")
	cases := []struct {
		name string
		opts istio.Options
		docs []string
		want []string
	}{
		{"nobody asks", observed(""), nil, both("false   -%")},
		{"mesh-wide; the first provider counts", observed(""), []string{wide}, both("true otel otlp/grpc 5%")},
		{"by HTTP, without regard to case", observed(""), []string{telemetryOf("istio-system", "mesh", 1, "tracing: [{providers: [{name: OTEL-http}]}]")}, both("true OTEL-http otlp/http 1%")},
		{"a default provider", observed("defaultConfig: {tracing: {sampling: 20}}\ndefaultProviders: {tracing: [otel]}"), nil, both("true otel otlp/grpc 20%")},
		{
			"the namespace overrides field by field", observed(""),
			[]string{wide, telemetryOf("ns", "here", 2, "tracing: [{randomSamplingPercentage: 0, customTags: {env: {literal: {value: x}}}}]")},
			both("true otel otlp/grpc 0% env"),
		},
		{
			"the workload switches off its client's side", observed(""),
			[]string{wide, telemetryOf("ns", "w", 2, "selector: {matchLabels: {app: w}}, tracing: [{match: {mode: CLIENT}, disableSpanReporting: true}]")},
			[]string{"trace inbound true otel otlp/grpc 5%", "trace outbound false otel  -%"},
		},
		{"for other pods", observed(""), []string{wide, telemetryOf("ns", "w", 2, "selector: {matchLabels: {app: other}}, tracing: [{disableSpanReporting: true}]")}, both("true otel otlp/grpc 5%")},
		{"for a Gateway", observed(""), []string{wide, telemetryOf("ns", "w", 2, "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], tracing: [{disableSpanReporting: true}]")}, both("true otel otlp/grpc 5%")},
		{"the oldest of a namespace counts", observed(""), []string{wide, telemetryOf("ns", "b", 2, "tracing: [{randomSamplingPercentage: 7}]"), telemetryOf("ns", "a", 3, "tracing: [{randomSamplingPercentage: 8}]")}, both("true otel otlp/grpc 7%")},
		{"the provider's sampler decides", observed(""), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: dyna}], randomSamplingPercentage: 5}]")}, both("true dyna otlp/grpc -%dynatrace")},
		{"a collector that is not there", observed(""), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: zip}]}]")}, both("false zip zipkin -%")},
		{"a provider of metrics", observed(""), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: prometheus}]}]")}, both("false prometheus  -%")},
		{"a provider that is not defined", observed(""), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: none}]}]")}, both("false none  -%")},
		{"a provider that Istio has dropped", observed(""), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: light}]}]")}, both("false light  -%")},
		{"the mesh configuration is not there", installed, []string{wide}, both("unknown otel  5%")},
		{"the proxy's configuration samples", observed("defaultConfig: {tracing: {sampling: 20}}"), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: otel}]}]")}, both("true otel otlp/grpc 20%")},
		{"more than everything is 1%", observed("defaultConfig: {tracing: {sampling: 200}}"), []string{telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: otel}]}]")}, both("true otel otlp/grpc 1%")},
		{"a tracer of the proxy's own", observed("defaultConfig: {tracing: {sampling: 20, zipkin: {address: 'z:9411'}}}"), nil, both("true  zipkin 20%")},
		{"a tracer of the proxy's own, and tracing off", observed("enableTracing: false\ndefaultConfig: {tracing: {zipkin: {address: 'z:9411'}}}"), nil, both("false   -%")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, only(reports(t, c.opts, c.docs...), "trace")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// istiod's flag counts where nobody else names a share, and 1% where it is out of range.
func TestTraceSamplingFlag(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"12.5": "12.5%", "101": "1%", "much": "1%"} {
		opts := observed("")
		opts.Env = map[string]string{"PILOT_TRACE_SAMPLING": value}
		got := only(reports(t, opts, telemetryOf("ns", "here", 1, "tracing: [{providers: [{name: otel}]}]")), "trace inbound")
		if diff := cmp.Diff([]string{"trace inbound true otel otlp/grpc " + want}, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", value, diff)
		}
	}
}

// source: istio.io/istio 1.31 pilot/pkg/model/telemetry.go mergeLogs, pilot/pkg/networking/core/accesslog.go.
func TestAccessLogs(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		opts istio.Options
		docs []string
		want []string
	}{
		{"nobody asks", observed(""), nil, nil},
		{"the mesh's file", observed("accessLogFile: /dev/stdout"), nil, []string{"log inbound true  file /dev/stdout", "log outbound true  file /dev/stdout"}},
		{
			"a Telemetry takes its place", observed("accessLogFile: /dev/stdout"),
			[]string{telemetryOf("istio-system", "m", 1, "accessLogging: [{providers: [{name: logs}], match: {mode: SERVER}, filter: {expression: 'response.code >= 400'}}]")},
			[]string{"log inbound true logs otlp/grpc otel.obs.svc.cluster.local:4317 response.code >= 400", "log outbound true  file /dev/stdout"},
		},
		{
			"disabled for a workload", observed(""),
			[]string{telemetryOf("istio-system", "m", 1, "accessLogging: [{providers: [{name: envoy}]}]"), telemetryOf("ns", "w", 2, "selector: {matchLabels: {app: w}}, accessLogging: [{disabled: true}]")},
			[]string{"log inbound false envoy file /dev/stdout", "log outbound false envoy file /dev/stdout"},
		},
		{
			"another provider replaces those above", observed(""),
			[]string{telemetryOf("istio-system", "m", 1, "accessLogging: [{providers: [{name: envoy}]}]"), telemetryOf("ns", "here", 2, "accessLogging: [{providers: [{name: logs}]}]")},
			[]string{"log inbound true logs otlp/grpc otel.obs.svc.cluster.local:4317", "log outbound true logs otlp/grpc otel.obs.svc.cluster.local:4317"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, only(reports(t, c.opts, c.docs...), "log")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// source: istio.io/istio 1.31 pilot/pkg/model/telemetry.go mergeMetrics.
func TestMetrics(t *testing.T) {
	t.Parallel()
	metric := func(ns string, second int, overrides string) string {
		return telemetryOf(ns, "m", second, "metrics: [{providers: [{name: prometheus}], overrides: ["+overrides+"]}]")
	}
	cases := []struct {
		name string
		docs []string
		want []string
	}{
		{"by default", nil, []string{"metrics inbound true prometheus", "metrics outbound true prometheus"}},
		{
			"tags add up",
			[]string{
				metric("istio-system", 1, "{match: {metric: REQUEST_COUNT, mode: SERVER}, tagOverrides: {path: {value: request.url_path}, source_app: {operation: REMOVE}}}"),
				metric("ns", 2, "{match: {metric: REQUEST_COUNT}, tagOverrides: {path: {operation: REMOVE}}}"),
			},
			[]string{
				"metrics inbound true prometheus", `  REQUEST_COUNT disabled=false path="" removed=true`, `  REQUEST_COUNT disabled=false source_app="" removed=true`,
				"metrics outbound true prometheus", `  REQUEST_COUNT disabled=false path="" removed=true`,
			},
		},
		{"all disabled", []string{metric("ns", 1, "{disabled: true}")}, []string{"metrics inbound false prometheus", "metrics outbound false prometheus"}},
		{
			"all disabled for clients, and one enabled again below",
			[]string{metric("istio-system", 1, "{match: {mode: CLIENT}, disabled: true}"), metric("ns", 2, "{match: {metric: REQUEST_SIZE, mode: CLIENT}, disabled: false}")},
			[]string{"metrics inbound true prometheus", "metrics outbound true prometheus", "  REQUEST_SIZE disabled=false"},
		},
		{"a metric of one's own", []string{metric("ns", 1, "{match: {customMetric: mine, mode: SERVER}, disabled: true}")}, []string{"metrics inbound true prometheus", "  mine disabled=true", "metrics outbound true prometheus"}},
		{"no provider of metrics", []string{telemetryOf("ns", "m", 1, "metrics: [{providers: [{name: otel}]}]")}, []string{"metrics inbound false otel", "metrics outbound false otel"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := reports(t, observed(""), c.docs...)
			got = append(only(got, "metrics"), only(got, "  ")...)
			want := append(only(c.want, "metrics"), only(c.want, "  ")...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// In ambient mode only a waypoint sees requests, and gets the Telemetries of its Service.
func TestAmbientTelemetry(t *testing.T) {
	t.Parallel()
	gateway := "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: ns}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}, status: {addresses: [{value: 10.0.0.1}]}}"
	service := "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns, labels: {istio.io/use-waypoint: wp}}, spec: {selector: {app: w}, ports: [{port: 80}]}}"
	g := build(t, observed(""), namespace(""), ambientPod(""), collector, gateway, service,
		telemetryOf("istio-system", "mesh", 1, "tracing: [{providers: [{name: otel}], randomSamplingPercentage: 5}]"),
		telemetryOf("ns", "s", 2, "targetRefs: [{group: '', kind: Service, name: s}], tracing: [{randomSamplingPercentage: 50}]"),
		telemetryOf("ns", "other", 3, "targetRefs: [{group: '', kind: Service, name: other}], tracing: [{randomSamplingPercentage: 60}]"))
	all := workload(t, g, "p").Telemetry()
	if len(all) != 2 {
		t.Fatalf("telemetry %+v, want that of ztunnel and of the waypoint", all)
	}
	if all[0].L7 != truth.False || all[0].Proxy != "" || all[1].L7 != truth.True || all[1].Proxy != "ns/wp" {
		t.Errorf("layer 7 %v at %q and %v at %q", all[0].L7, all[0].Proxy, all[1].L7, all[1].Proxy)
	}
	if diff := cmp.Diff([]string{"trace inbound false   -%", "trace outbound false   -%"}, only(lines(t, all[0]), "trace")); diff != "" {
		t.Errorf("ztunnel (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"trace inbound true otel otlp/grpc 50%"}, only(lines(t, all[1]), "trace")); diff != "" {
		t.Errorf("waypoint (-want +got):\n%s", diff)
	}
}

// Where the waypoint stands in another namespace than the Service, the Service's Telemetries count since
// 1.30.3, and the waypoint's before.
func TestWaypointTelemetryAcrossNamespaces(t *testing.T) {
	t.Parallel()
	gateway := "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: edge}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}]}, status: {addresses: [{value: 10.0.0.1}]}}"
	service := "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns, labels: {istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: edge}}, spec: {selector: {app: w}, ports: [{port: 80}]}}"
	for version, want := range map[string]string{"1.30.2": "10%", "1.30.3": "50%", "1.31.0": "50%", "1.29.6": "10%", "": "50%"} {
		opts := observed("")
		opts.Version = version
		g := build(t, opts, namespace(""), ambientPod(""), collector, gateway, service,
			telemetryOf("edge", "own", 1, "tracing: [{providers: [{name: otel}], randomSamplingPercentage: 10}]"),
			telemetryOf("ns", "s", 2, "targetRefs: [{group: '', kind: Service, name: s}], tracing: [{randomSamplingPercentage: 50}]"))
		all := workload(t, g, "p").Telemetry()
		if diff := cmp.Diff([]string{"trace inbound true otel otlp/grpc " + want}, only(lines(t, all[len(all)-1]), "trace")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", version, diff)
		}
	}
}

// Settings outside Telemetries on which the number of series depends.
func TestTelemetryKnobs(t *testing.T) {
	t.Parallel()
	g := build(t, observed("defaultConfig: {proxyStatsMatcher: {inclusionRegexps: ['.*']}}"), namespace(""),
		sidecarPod(`sidecar.istio.io/statsHistogramBins: "20"`))
	var got []string
	for _, k := range workload(t, g, "p").Telemetry()[0].Knobs {
		got = append(got, k.Name+"="+k.Value)
		if k.Why.Pos().IsZero() {
			t.Errorf("%s has no place", k.Name)
		}
	}
	if diff := cmp.Diff([]string{"proxyStatsMatcher.inclusionRegexps=.*", "sidecar.istio.io/statsHistogramBins=20"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTelemetryConflicts(t *testing.T) {
	t.Parallel()
	tracing := "tracing: [{randomSamplingPercentage: 5}]"
	g := build(t, observed(""), namespace(""), sidecarPod(""),
		telemetryOf("ns", "b", 1, tracing), telemetryOf("ns", "a", 2, tracing),
		telemetryOf("ns", "c", 3, "selector: {matchLabels: {app: w}}, "+tracing), telemetryOf("ns", "d", 4, "selector: {matchLabels: {app: w}}, "+tracing),
		telemetryOf("other", "only", 1, tracing))
	var got []string
	for _, c := range g.Conflicts() {
		got = append(got, fmt.Sprint(c.Rule, " ", c.Objects, " ", c.Settled, " ", c.Detail))
	}
	want := []string{
		"istio/telemetry-conflict [Telemetry/ns/b Telemetry/ns/a] true Telemetries ns/b, ns/a apply to namespace ns, which Istio leaves undefined; only the oldest counts",
		"istio/telemetry-conflict [Telemetry/ns/c Telemetry/ns/d] true Telemetries ns/c, ns/d apply to ns/Pod/p, which Istio leaves undefined; the newer override the older field by field",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
