package linkerd_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// What random worlds have shown to be answered wrongly, made small.

// oracleMeshed is a running pod with a proxy.
func oracleMeshed(name, namespace, ip, annotations string) string {
	return fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata:
  name: %[1]s
  namespace: %[2]s
  labels: {app: %[1]s, linkerd.io/control-plane-ns: linkerd}
  annotations: {linkerd.io/proxy-version: x%[4]s}
spec:
  serviceAccountName: %[1]s
  containers:
  - name: app
    ports: [{name: http, containerPort: 8080}]
  - name: linkerd-proxy
    image: cr.l5d.io/linkerd/proxy:x
    env:
    - {name: LINKERD2_PROXY_INBOUND_LISTEN_ADDR, value: "0.0.0.0:4143"}
    - {name: LINKERD2_PROXY_ADMIN_LISTEN_ADDR, value: "0.0.0.0:4191"}
    - {name: LINKERD2_PROXY_CONTROL_LISTEN_ADDR, value: "0.0.0.0:4190"}
status: {phase: Running, podIP: %[3]s}
---`, name, namespace, ip, annotations)
}

// oracleSmall builds the graph of a release and of objects in YAML.
func oracleSmall(t *testing.T, version, objects string) *oracleComparison {
	t.Helper()
	w := &oracleWorld{}
	w.read(t, []byte(objects))
	w.config.Version = version
	return &oracleComparison{t: t, w: w, g: oracleGraph(t, w.documents(t))}
}

// Discovery knows nothing of skip-subnets: the client begins TLS. On a port of its own it goes around the
// server's proxy; to the proxy's port, as since 2.18, it arrives.
func TestTLSFromSkippedSubnets(t *testing.T) {
	t.Parallel()
	pods := oracleMeshed("near", "a", "10.42.1.1", "") + oracleMeshed("far", "a", "10.42.2.1", "") +
		oracleMeshed("server", "a", "10.42.3.1", `, config.linkerd.io/skip-subnets: 10.42.1.0/24`)
	for _, row := range []struct{ version, client, want string }{
		{"2.17.0", "near", "mesh false"},
		{"2.17.0", "far", "mesh true"},
		{"2.18.0", "near", "mesh true"},
	} {
		c := oracleSmall(t, row.version, pods)
		client, server := c.workload(c.w.pod("a/"+row.client).oracleMeta, "Pod"), c.workload(c.w.pod("a/server").oracleMeta, "Pod")
		alone := c.g.TransportVia(mesh.Way{}, client, server, 8080)
		if got := fmt.Sprint(alone.Sends, " ", alone.Connects); got != row.want {
			t.Errorf("%s from %s: %s, want %s: %v", row.version, row.client, got, row.want, alone.Why)
		}
		for _, g := range c.g.Connections(mesh.Way{}, server, 8080) {
			if g.Clients.Has(client) && g.Transport.Connects != alone.Connects {
				t.Errorf("%s from %s: connects %s among those alike, %s alone", row.version, row.client, g.Transport.Connects, alone.Connects)
			}
		}
	}
}

// Before edge-26.5.2 a Server of any namespace made the destination controller call a port opaque.
func TestOpaqueServerOfOtherNamespace(t *testing.T) {
	t.Parallel()
	objects := oracleMeshed("client", "a", "10.42.1.1", "") + oracleMeshed("server", "a", "10.42.3.1", "") + `
apiVersion: policy.linkerd.io/v1beta1
kind: Server
metadata: {name: elsewhere, namespace: b}
spec: {podSelector: {}, port: 8080, proxyProtocol: opaque}
`
	for version, want := range map[string]uint16{"2.17.0": 4143, "edge-24.11.8": 4143} {
		c := oracleSmall(t, version, objects)
		got := c.g.TransportVia(mesh.Way{}, c.workload(c.w.pod("a/client").oracleMeta, "Pod"), c.workload(c.w.pod("a/server").oracleMeta, "Pod"), 8080)
		if got.Port != want {
			t.Errorf("%s: the wire port is %d, want %d: %v", version, got.Port, want, got.Why)
		}
	}
	c := oracleSmall(t, "2.20.0", objects)
	c.w.config.Proxy.Transport = "transparent"
	c.g = oracleGraph(t, c.w.documents(t))
	got := c.g.TransportVia(mesh.Way{}, c.workload(c.w.pod("a/client").oracleMeta, "Pod"), c.workload(c.w.pod("a/server").oracleMeta, "Pod"), 8080)
	if got.Port == 4143 {
		t.Errorf("2.20.0: the wire port is 4143: %v", got.Why)
	}
}

// Before 2.18 nothing says which of two Servers counts: where both refuse, one the request and the other the
// connection, only the status is open.
func TestServersRefuseDifferently(t *testing.T) {
	t.Parallel()
	c := oracleSmall(t, "2.17.0", oracleMeshed("server", "a", "10.42.3.1", "")+`
apiVersion: policy.linkerd.io/v1beta1
kind: Server
metadata: {name: one, namespace: a}
spec: {podSelector: {}, port: 8080, proxyProtocol: HTTP/1}
---
apiVersion: policy.linkerd.io/v1beta1
kind: Server
metadata: {name: two, namespace: a}
spec: {podSelector: {}, port: http, proxyProtocol: opaque}
`)
	v := c.g.Authorize(mesh.Request{
		To: c.workload(c.w.pod("a/server").oracleMeta, "Pod"), Port: 8080, Way: &mesh.Way{},
		From: mesh.Client{Wire: mesh.WirePlaintext}, HTTP: &mesh.HTTP{Method: "GET", Path: "/"},
	})
	if got := fmt.Sprint(v.Allowed, v.Points[0].Status); got != "false 0" {
		t.Errorf("allowed and status: %s, want false and 0: %s", got, oracleWhy(v))
	}
}
