package istio_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

// Each place that speaks of retries, timeouts and the like is a fact with its place.
// source: istio.io/istio 1.31 pilot/pkg/networking/core/route/retry/retry.go, istio.io/api v1.31.1.
func TestTrafficPolicies(t *testing.T) {
	t.Parallel()
	opts := installed
	opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: []byte(`
defaultHttpRetryPolicy: {attempts: 0}
defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: 3}}, outlierDetection: {maxEjectionPercent: 9}}
`)}
	g := build(t, opts,
		"{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns}, spec: {ports: [{port: 80}]}}",
		`apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: vs, namespace: ns}
spec:
  hosts: [s]
  http:
  - name: slow
    timeout: 3s
    retries: {attempts: 4, perTryTimeout: 1s, retryOn: 5xx}
    route: [{destination: {host: s, subset: v1}, weight: 50}, {destination: {host: s, subset: v2}, weight: 25}, {destination: {host: other.example}, weight: 25}]
  - route: [{destination: {host: s}}]`,
		`apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: dr, namespace: ns}
spec:
  host: s
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    outlierDetection: {consecutive5xxErrors: 0, interval: 10s, baseEjectionTime: 1m, maxEjectionPercent: 50}
    portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 7, connectTimeout: 2s}, http: {http1MaxPendingRequests: 9}}}]
  subsets: [{name: v2, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: {b/*: 100}}]}}}}, {name: v3}]`)
	second, off := 3*time.Second, uint32(0)
	retries := &mesh.Retries{Attempts: 4, PerTry: time.Second, On: "5xx"}
	host := "s.ns.svc.cluster.local"
	want := []mesh.TrafficPolicy{
		{Mesh: istio.Name, Retries: &mesh.Retries{}, Limits: &mesh.Limits{Connections: 3}, Outliers: &mesh.Outliers{MaxPercent: 9}},
		{Mesh: istio.Name, Host: "other.example", Scope: "route slow", Via: []string{"mesh"}, Timeout: &second, Retries: retries},
		{Mesh: istio.Name, Host: host, Outliers: &mesh.Outliers{Errors: &off, Interval: 10 * time.Second, Ejection: time.Minute, MaxPercent: 50}},
		{Mesh: istio.Name, Host: host, Scope: "port 80", Limits: &mesh.Limits{Connections: 7, Pending: 9, ConnectTimeout: 2 * time.Second}},
		{Mesh: istio.Name, Host: host, Scope: "subset v2", Locality: "distribute"},
		{Mesh: istio.Name, Host: host, Scope: "route slow", Via: []string{"mesh"}, Timeout: &second, Retries: retries},
	}
	got := g.TrafficPolicies()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(mesh.TrafficPolicy{}, "Object", "Service", "Why", "Unknown")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, p := range got {
		if (p.Service != nil) != (p.Host == host) || len(p.Why) == 0 || p.Why[0].Pos().Line == 0 {
			t.Errorf("%s %s: Service %v, reasons %v", p.Host, p.Scope, p.Service, p.Why)
		}
	}
	if text := fmt.Sprint(got[3].Why); text != "[in.yaml:23:46: istio/traffic-policy: connections and requests are bounded]" {
		t.Errorf("reasons %s", text)
	}
}
