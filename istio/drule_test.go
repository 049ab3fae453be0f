package istio_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/truth"
)

// datedRule writes a DestinationRule for the server in ns-b that was made at a minute of the first hour.
func datedRule(ns, name string, minute int, rest string) string {
	return fmt.Sprintf(`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: %s, namespace: %s, creationTimestamp: "2026-01-01T00:%02d:00Z"}, spec: {%s}}`, name, ns, minute, rest)
}

const (
	serverHost = "host: sidecar.ns-b.svc.cluster.local"
	tlsOff     = ", trafficPolicy: {tls: {mode: DISABLE}}"
	tlsOwn     = ", trafficPolicy: {tls: {mode: SIMPLE}}"
)

// ruleWorld is a client with a sidecar in ns-a and a server with one in ns-b.
func ruleWorld(rules ...string) []string {
	return append([]string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: ns-a}}", "{apiVersion: v1, kind: Namespace, metadata: {name: ns-b}}",
		tablePod("ns-a", "client-sidecar", "sidecar"), tablePod("ns-a", "client-other", "sidecar"), tablePod("ns-b", "sidecar", "sidecar"), tableService("sidecar"),
	}, rules...)
}

// Which DestinationRule counts, told by what the client sends.
// source: pilot/pkg/model/push_context.go and destination_rule.go of Istio 1.31.
func TestWhichRule(t *testing.T) {
	t.Parallel()
	const selects = ", workloadSelector: {matchLabels: {app: client-sidecar}}"
	const selectsOther = ", workloadSelector: {matchLabels: {app: nobody}}"
	for _, c := range []struct {
		name  string
		rules []string
		want  string
	}{
		{"none", nil, "istio_mtls→mtls"},
		{"of the service's namespace", []string{datedRule("ns-b", "r", 0, serverHost+tlsOff)}, "plaintext→plaintext"},
		{"short host, in its own namespace", []string{datedRule("ns-b", "r", 0, "host: sidecar"+tlsOff)}, "plaintext→plaintext"},
		{"short host, in another namespace", []string{datedRule("ns-a", "r", 0, "host: sidecar"+tlsOff)}, "istio_mtls→mtls"},
		{"host with one dot matches nothing", []string{datedRule("ns-b", "r", 0, "host: sidecar.ns-b"+tlsOff)}, "istio_mtls→mtls"},
		{"the client's namespace first", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn), datedRule("ns-b", "b", 0, serverHost+tlsOff)}, "tls_simple→fail"},
		{"a wildcard of the client's namespace before an exact host", []string{datedRule("ns-a", "a", 0, `host: "*.local"`+tlsOwn), datedRule("ns-b", "b", 0, serverHost+tlsOff)}, "tls_simple→fail"},
		{"exact before wildcard", []string{datedRule("ns-a", "a", 0, `host: "*.local"`+tlsOwn), datedRule("ns-a", "b", 1, serverHost+tlsOff)}, "plaintext→plaintext"},
		{"the longest wildcard", []string{datedRule("ns-a", "a", 0, `host: "*.local"`+tlsOwn), datedRule("ns-a", "b", 1, `host: "*.ns-b.svc.cluster.local"`+tlsOff)}, "plaintext→plaintext"},
		{"the root namespace last", []string{datedRule("istio-system", "r", 0, serverHost+tlsOff)}, "plaintext→plaintext"},
		{"private to another namespace", []string{datedRule("ns-b", "r", 0, serverHost+tlsOff+`, exportTo: ["."]`)}, "istio_mtls→mtls"},
		{"exported by name", []string{datedRule("ns-b", "r", 0, serverHost+tlsOff+`, exportTo: ["ns-a"]`)}, "plaintext→plaintext"},
		{"the oldest of equal exports", []string{datedRule("ns-b", "new", 2, serverHost+tlsOwn), datedRule("ns-b", "old", 1, serverHost+tlsOff)}, "plaintext→plaintext"},
		{"the newest of different exports", []string{datedRule("ns-b", "old", 1, serverHost+tlsOff+`, exportTo: ["*"]`), datedRule("ns-b", "new", 2, serverHost+tlsOwn)}, "tls_simple→fail"},
		{"a wider export is lost", []string{datedRule("ns-b", "old", 1, serverHost+tlsOff+`, exportTo: ["ns-c"]`), datedRule("ns-b", "new", 2, serverHost+tlsOwn+`, exportTo: ["ns-a", "ns-c"]`)}, "istio_mtls→mtls"},
		{"a selector that selects", []string{datedRule("ns-a", "r", 0, serverHost+tlsOff+selects)}, "plaintext→plaintext"},
		{"a selector in another namespace", []string{datedRule("ns-b", "r", 0, serverHost+tlsOff+selects)}, "istio_mtls→mtls"},
		{"a selector hides other namespaces", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn+selectsOther), datedRule("ns-b", "b", 0, serverHost+tlsOff)}, "istio_mtls→mtls"},
		{"a private rule is swallowed by a selector", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn+selectsOther), datedRule("ns-a", "b", 0, serverHost+tlsOff+`, exportTo: ["."]`)}, "istio_mtls→mtls"},
		{"a public rule is not", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn+selectsOther), datedRule("ns-a", "b", 0, serverHost+tlsOff)}, "plaintext→plaintext"},
		{"selectors that are equal merge", []string{datedRule("ns-a", "a", 0, serverHost+selects), datedRule("ns-a", "b", 1, serverHost+tlsOff+selects)}, "plaintext→plaintext"},
		{"tls without a mode is DISABLE", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {sni: x}}")}, "plaintext→plaintext"},
		{"port-level settings replace", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}")}, "tls_simple→fail"},
		{"port-level settings of another port", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 8080}, tls: {mode: SIMPLE}}]}")}, "plaintext→plaintext"},
		{"port-level settings without tls: endpoints go by the rule's", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}")}, "plaintext→plaintext"},
		{"the same, with ISTIO_MUTUAL", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}")}, "istio_mtls→mtls"},
		{"a credential by name, without selector", []string{datedRule("ns-a", "r", 0, serverHost+", trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}")}, "plaintext→plaintext"},
		{"a credential by name, with selector", []string{datedRule("ns-a", "r", 0, serverHost+", trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}"+selects)}, "tls_simple→fail"},
		{"a configmap is no credential", []string{datedRule("ns-a", "r", 0, serverHost+`, trafficPolicy: {tls: {mode: SIMPLE, credentialName: "configmap://ns-a/c"}}`)}, "tls_simple→fail"},
		{"names that the server does not bear", []string{datedRule("ns-b", "r", 0, serverHost+`, trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://cluster.local/ns/ns-b/sa/other"]}}`)}, "no-cluster→unreachable"},
		{"and insecureSkipVerify, which counts in other modes", []string{datedRule("ns-b", "r", 0, serverHost+`, trafficPolicy: {tls: {mode: ISTIO_MUTUAL, insecureSkipVerify: true, subjectAltNames: ["spiffe://cluster.local/ns/ns-b/sa/other"]}}`)}, "no-cluster→unreachable"},
		{"names that it bears", []string{datedRule("ns-b", "r", 0, serverHost+`, trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://cluster.local/ns/ns-b/sa/default"]}}`)}, "istio_mtls→mtls"},
		{"an unknown field elsewhere", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: DISABLE}, connectionPool: {tcp: {maxConnections: x}}}")}, "plaintext→plaintext"},
		{"a mode that is none", []string{datedRule("ns-b", "r", 0, serverHost+", trafficPolicy: {tls: {mode: MAYBE}}")}, "?→?"},
		{"a host that is none", []string{datedRule("ns-b", "r", 0, "host: 7"+tlsOff)}, "?→?"},
		{"two rules without a date", []string{
			"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a, namespace: ns-b}, spec: {" + serverHost + tlsOff + "}}",
			"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: b, namespace: ns-b}, spec: {" + serverHost + tlsOwn + "}}",
		}, "?→?"},
		{"two rules without a date of which one has a policy", []string{
			"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a, namespace: ns-b}, spec: {" + serverHost + tlsOff + "}}",
			"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: b, namespace: ns-b}, spec: {" + serverHost + ", subsets: [{name: v1}]}}",
		}, "plaintext→plaintext"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, ruleWorld(c.rules...)...)
			if diff := cmp.Diff(c.want, cell(t, g, "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A subset counts where a route sends to it, and then nothing tells which of the two it is.
func TestSubset(t *testing.T) {
	t.Parallel()
	rule := datedRule("ns-b", "r", 0, serverHost+`, subsets: [{name: v1, labels: {app: sidecar}, trafficPolicy: {tls: {mode: DISABLE}}}]`)
	route := func(subset string) string {
		return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: ns-b}, spec: {hosts: [sidecar], http: [{route: [{destination: {host: sidecar, subset: " + subset + "}}]}]}}"
	}
	for name, c := range map[string]struct {
		docs []string
		want string
	}{
		"no route":                      {[]string{rule}, "istio_mtls→mtls"},
		"another subset":                {[]string{rule, route("v2")}, "istio_mtls→mtls"},
		"this subset":                   {[]string{rule, route("v1")}, "?→?"},
		"unreadable":                    {[]string{rule, "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: ns-b}, spec: {http: 7}}"}, "?→?"},
		"a tunnel of its own":           {[]string{datedRule("ns-b", "r", 0, serverHost+`, subsets: [{name: v1, labels: {app: sidecar}, trafficPolicy: {tunnel: {targetHost: x.org, targetPort: 443}}}]`), route("v1")}, "?→?"},
		"a PROXY protocol of its own":   {[]string{datedRule("ns-b", "r", 0, serverHost+`, subsets: [{name: v1, labels: {app: sidecar}, trafficPolicy: {proxyProtocol: {version: V2}}}]`), route("v1")}, "?→?"},
		"a tunnel that no route is for": {[]string{datedRule("ns-b", "r", 0, serverHost+`, subsets: [{name: v1, labels: {app: sidecar}, trafficPolicy: {tunnel: {targetHost: x.org, targetPort: 443}}}]`)}, "istio_mtls→mtls"},
		"the same policy":               {[]string{datedRule("ns-b", "r", 0, serverHost+`, subsets: [{name: v1, labels: {app: sidecar}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}]`), route("v1")}, "istio_mtls→mtls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cell(t, build(t, installed, ruleWorld(c.docs...)...), "sidecar", "sidecar", 80, 8080)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Rules that another one keeps from having an effect are listed, and no others.
func TestShadowedRules(t *testing.T) {
	t.Parallel()
	const selects = ", workloadSelector: {matchLabels: {app: client-sidecar}}"
	for _, c := range []struct {
		name    string
		rules   []string
		want    []string // the rule that counts, and the one that does not
		settled truth.Value
	}{
		{"one rule", []string{datedRule("ns-b", "r", 0, serverHost+tlsOff)}, nil, truth.Unknown},
		{"different hosts", []string{datedRule("ns-b", "a", 0, serverHost+tlsOff), datedRule("ns-b", "b", 1, "host: other"+tlsOff)}, nil, truth.Unknown},
		{"only subsets beside", []string{datedRule("ns-b", "a", 0, serverHost+tlsOff), datedRule("ns-b", "b", 1, serverHost+", subsets: [{name: v1}]")}, nil, truth.Unknown},
		{"a younger one", []string{datedRule("ns-b", "a", 1, serverHost+tlsOff), datedRule("ns-b", "b", 0, serverHost+tlsOwn)}, []string{"b", "a"}, truth.True},
		{"an older one with another export", []string{datedRule("ns-b", "a", 0, serverHost+tlsOff+`, exportTo: ["*"]`), datedRule("ns-b", "b", 1, serverHost+tlsOwn)}, []string{"b", "a"}, truth.True},
		{"exports to different namespaces", []string{datedRule("ns-b", "a", 0, serverHost+tlsOff+`, exportTo: ["ns-a"]`), datedRule("ns-b", "b", 1, serverHost+tlsOwn+`, exportTo: ["ns-c"]`)}, nil, truth.Unknown},
		{"swallowed by a selector", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn+selects), datedRule("ns-a", "b", 1, serverHost+tlsOff+`, exportTo: ["."]`)}, []string{"a", "b"}, truth.True},
		{"hidden from those not selected", []string{datedRule("ns-a", "a", 0, serverHost+tlsOwn+selects), datedRule("ns-b", "b", 0, serverHost+tlsOff)}, []string{"a", "b"}, truth.True},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range build(t, installed, ruleWorld(c.rules...)...).Conflicts() {
				if f.Rule != "istio/destination-rule-shadowed" {
					continue
				}
				got = append(got, f.Objects[0].Name, f.Objects[1].Name)
				if f.Settled != c.settled {
					t.Errorf("settled is %s, want %s", f.Settled, c.settled)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
