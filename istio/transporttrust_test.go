package istio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
)

// ofRevision lets another revision have injected a pod.
func ofRevision(pod, revision string) string {
	return strings.Replace(pod, `"revision":"default"`, `"revision":"`+revision+`"`, 1)
}

// A client expects the server's identity in the trust domain of its own control plane, or in one of
// the aliases that this names, whatever the server would accept.
// source: pilot/pkg/model/push_context.go addServiceAccounts of Istio 1.31.
func TestServerOfAnotherTrustDomain(t *testing.T) {
	t.Parallel()
	world := func(client string, more ...string) []string {
		docs := ruleWorld(more...)
		docs[2], docs[4] = ofRevision(docs[2], "a"), ofRevision(docs[4], "b")
		return append(docs, revisionWith("a", client), revisionWith("b", `trustDomain: corp\ntrustDomainAliases: [old, cluster.local]`))
	}
	ours := datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}")
	named := datedRule("ns-b", "r", 0, serverHost+`, trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://corp/ns/ns-b/sa/default"]}}`)
	for _, c := range []struct {
		name string
		docs []string
		want string
	}{
		{"without an alias", world("trustDomain: old"), "no-cluster→unreachable"},
		{"with one", world(`trustDomain: old\ntrustDomainAliases: [corp]`), "istio_mtls→mtls"},
		{"the same", world("trustDomain: corp"), "istio_mtls→mtls"},
		{"by a rule", world("trustDomain: old", ours), "no-cluster→unreachable"},
		{"by a rule that names it", world("trustDomain: old", named), "istio_mtls→mtls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, istio.Options{Version: "1.31.0", CNI: &istio.CNI{}}, c.docs...)
			if diff := cmp.Diff(c.want, cell(t, g, "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A ServiceEntry of the client's namespace with the host of a Service elsewhere stands before it, for
// sidecars that import it.
// source: pilot/pkg/model/sidecar.go selectServices and appendSidecarServices of Istio 1.31.
func TestServiceEntryBeforeService(t *testing.T) {
	t.Parallel()
	entry := func(ns, rest string) string {
		return "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: " + ns + "}, spec: {hosts: [sidecar.ns-b.svc.cluster.local], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS" + rest + "}}"
	}
	gateway := `{apiVersion: v1, kind: Pod, metadata: {name: client-gateway, namespace: ns-a, labels: {app: gw}}, spec: {containers: [{name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, router]}]}, status: {phase: Running}}`
	for _, c := range []struct {
		name, client string
		docs         []string
		want         string
	}{
		{"of the client's namespace", "sidecar", ruleWorld(entry("ns-a", "")), "?→?"},
		{"private there", "sidecar", ruleWorld(entry("ns-a", `, exportTo: ["."]`)), "?→?"},
		{"exported elsewhere only", "sidecar", ruleWorld(entry("ns-a", ", exportTo: [ns-c]")), "istio_mtls→mtls"},
		{"of a third namespace", "sidecar", ruleWorld(entry("ns-c", "")), "istio_mtls→mtls"},
		{"of the Service's namespace", "sidecar", ruleWorld(entry("ns-b", "")), "istio_mtls→mtls"},
		{"imported", "sidecar", ruleWorld(entry("ns-a", ""), sidecarResource("egress: [{hosts: ['./*', ns-b/*]}]")), "?→?"},
		{"not imported", "sidecar", ruleWorld(entry("ns-a", ""), sidecarResource("egress: [{hosts: [ns-b/*]}]")), "istio_mtls→mtls"},
		{"to a gateway", "gateway", ruleWorld(entry("ns-a", ""), gateway), "istio_mtls→mtls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, installed, c.docs...), c.client, "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A listener of a Sidecar that names a port has HTTP on the port to itself.
// source: pilot/pkg/networking/core/listener.go buildSidecarOutboundListeners of Istio 1.31.
func TestListenerWithThePort(t *testing.T) {
	t.Parallel()
	const first = "{port: {number: 80, protocol: HTTP, name: x}, hosts: ['./*']}"
	tcp := ruleWorld(sidecarResource("egress: [" + first + ", {hosts: ['*/*']}]"))
	tcp[5] = strings.Replace(tcp[5], "name: http", "name: tcp", 1)
	for _, c := range []struct {
		name string
		docs []string
		want string
	}{
		{"another listener has the port", ruleWorld(sidecarResource("egress: [" + first + ", {hosts: ['*/*']}]")), "?→?"},
		{"it imports the Service too", ruleWorld(sidecarResource("egress: [{port: {number: 80, protocol: HTTP, name: x}, hosts: ['*/*']}, {hosts: ['*/*']}]")), "istio_mtls→mtls"},
		{"it has another port", ruleWorld(sidecarResource("egress: [{port: {number: 81, protocol: HTTP, name: x}, hosts: ['./*']}, {hosts: ['*/*']}]")), "istio_mtls→mtls"},
		{"TCP has listeners by address", tcp, "istio_mtls→mtls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, installed, c.docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// istiod makes DestinationRules of BackendTLSPolicies, which all clients get that find no rule before.
// source: pilot/pkg/config/kube/gateway/backend_policies.go of Istio 1.31; controller.go of 1.27 and 1.28.
func TestBackendTLSPolicy(t *testing.T) {
	t.Parallel()
	policy := func(ns, target string) string {
		return "{apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: {name: p, namespace: " + ns + "}, spec: {targetRefs: [{group: '', kind: Service, name: " + target + "}], validation: {hostname: x, wellKnownCACertificates: System}}}"
	}
	old := installed
	old.Version = "1.27.0"
	alpha := old
	alpha.Env = map[string]string{"PILOT_ENABLE_ALPHA_GATEWAY_API": "true"}
	for _, c := range []struct {
		name string
		opts istio.Options
		docs []string
		want string
	}{
		{"for the Service", installed, ruleWorld(policy("ns-b", "sidecar")), "?→?"},
		{"for another", installed, ruleWorld(policy("ns-b", "other")), "istio_mtls→mtls"},
		{"in another namespace", installed, ruleWorld(policy("ns-a", "sidecar")), "istio_mtls→mtls"},
		{"unreadable", installed, ruleWorld(strings.Replace(policy("ns-b", "sidecar"), "spec: {", "spec: 7, x: {", 1)), "?→?"},
		{"behind a rule of the client's namespace", installed, ruleWorld(policy("ns-b", "sidecar"), datedRule("ns-a", "r", 0, serverHost+tlsOff)), "plaintext→plaintext"},
		{"beside a rule of its namespace", installed, ruleWorld(policy("ns-b", "sidecar"), datedRule("ns-b", "r", 0, serverHost+tlsOff)), "?→?"},
		{"before 1.28", old, ruleWorld(policy("ns-b", "sidecar")), "istio_mtls→mtls"},
		{"before 1.28, with alpha kinds", alpha, ruleWorld(policy("ns-b", "sidecar")), "?→?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, c.opts, c.docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Ambient support without the permission to send HBONE leaves proxies with endpoints that they cannot reach.
// source: pilot/pkg/networking/core/listener.go and pilot/pkg/xds/endpoints/endpoint_builder.go of Istio 1.31.
func TestHBONENotSent(t *testing.T) {
	t.Parallel()
	docs := ruleWorld()
	docs[4] = tablePod("ns-b", "sidecar", "ambient")
	opts := installed
	opts.Env = map[string]string{"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_SENDING_HBONE": "false"}
	if diff := cmp.Diff("?→?", cell(t, build(t, opts, docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	docs[2] = strings.Replace(docs[2], "annotations: {", "annotations: {proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_DISABLE_HBONE_SEND: \"true\"}', ", 1)
	if diff := cmp.Diff("plaintext→plaintext", cell(t, build(t, opts, docs...), "sidecar", "sidecar", 80, 8080)); diff != "" {
		t.Errorf("a client that refuses HBONE itself (-want +got):\n%s", diff)
	}
}
