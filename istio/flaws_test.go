package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

// flawPod writes a running pod with label app=NAME and a ServiceAccount of its own name; mode is sidecar,
// router, waypoint, ambient or none.
func flawPod(ns, name, mode string) string {
	labels, annotations, proxy := "app: "+name, "", ""
	switch mode {
	case "ambient":
		annotations = "ambient.istio.io/redirection: enabled"
	case "none":
	default:
		annotations = `sidecar.istio.io/status: '{"revision":"default"}'`
		proxy = fmt.Sprintf(", {name: istio-proxy, image: 'istio/proxyv2:1.31.0', args: [proxy, %s]}", mode)
		labels += ", security.istio.io/tlsMode: istio"
	}
	if mode == "waypoint" {
		labels += ", gateway.networking.k8s.io/gateway-name: " + name
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, uid: u, labels: {%s}, annotations: {%s}}
spec: {serviceAccountName: %s, containers: [{name: app, image: x, ports: [{containerPort: 8080}, {containerPort: 5432}]}%s]}
status: {phase: Running}`, name, ns, labels, annotations, name, proxy)
}

// flawService writes Service db, http 80 to 8080 and tcp 5432, for pods app=w.
func flawService(ns, labels string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: s, namespace: %s, labels: {%s}}
spec: {clusterIP: 10.0.0.1, selector: {app: w}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp-sql, port: 5432}]}`, ns, labels)
}

func requestAuthn(ns, spec string) string {
	return fmt.Sprintf("{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: r, namespace: %s}, spec: {%s}}", ns, spec)
}

func destRule(ns, spec string) string {
	return fmt.Sprintf("{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: d, namespace: %s}, spec: {%s}}", ns, spec)
}

func meshOf(config string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: '{" + config + "}'}}"
}

const waypointGW = `{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: ns}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}, status: {addresses: [{value: 10.0.0.9}]}}`

// flawLines writes flaws as "kind rule object field workloads", with a question mark where it may be none.
func flawLines(g *mesh.Graph) []string {
	var lines []string
	for _, f := range g.Flaws() {
		var who []string
		for _, w := range f.Workloads {
			who = append(who, w.ID().Name)
		}
		line := fmt.Sprintf("%s %s %s/%s %s %s", f.Kind, strings.TrimPrefix(f.Rule, "istio/"), f.Object.Kind.Kind, f.Object.Name, f.Loc.Field(), strings.Join(who, ","))
		if len(f.Unknown) > 0 {
			line += "?"
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// flawCase is a world with the flaws that it has.
type flawCase struct {
	name string
	docs []string
	want []string
}

// runFlaws compares the flaws of each case, in the given order of the documents and in the reverse.
func runFlaws(t *testing.T, opts istio.Options, cases []flawCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, opts, c.docs...)
			if diff := cmp.Diff(c.want, flawLines(g)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range g.Flaws() {
				if f.Mesh != istio.Name || f.Object.IsZero() || f.Detail == "" || f.Loc.Pos().Line == 0 {
					t.Errorf("%s: mesh %q, object %v, detail %q, place %v: all must be there", f.Rule, f.Mesh, f.Object, f.Detail, f.Loc.Pos())
				}
			}
			var turned []string
			for i := range c.docs {
				turned = append(turned, c.docs[len(c.docs)-1-i])
			}
			if diff := cmp.Diff(c.want, flawLines(build(t, opts, turned...))); diff != "" {
				t.Errorf("in the reverse order (-want +got):\n%s", diff)
			}
		})
	}
}

// What selects nothing, and what the input cannot tell.
// source: istio.io/istio 1.31 pilot/pkg/model/policyattachment.go ShouldAttachPolicy, config.go
// ResolveShortnameToFQDN.
func TestFlawsSelectNothing(t *testing.T) {
	t.Parallel()
	w, ns := flawPod("ns", "w", "sidecar"), namespace("")
	select1 := "selector: {matchLabels: {app: x}}, "
	runFlaws(t, installed, []flawCase{
		{
			"no pod has the labels",
			[]string{
				ns, w, authz("ns", "a", select1+"rules: [{}]"), requestAuthn("ns", select1+"jwtRules: [{issuer: i, jwksUri: 'https://x/y'}]"), peerAuth("ns", "p", select1+"mtls: {mode: STRICT}"),
				"{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: ns}, spec: {workloadSelector: {labels: {app: x}}, egress: [{hosts: ['*/*']}]}}",
				destRule("ns", "host: s, workloadSelector: {matchLabels: {app: x}}"), flawService("ns", ""),
				envoyFilter("ns", "workloadSelector: {labels: {app: x}}, configPatches: [{applyTo: LISTENER, patch: {operation: REMOVE}}]"),
				"{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: t, namespace: ns}, spec: {" + select1 + "tracing: [{}]}}",
			},
			[]string{
				"selects-nothing selects-nothing AuthorizationPolicy/a spec.selector.matchLabels",
				"selects-nothing selects-nothing DestinationRule/d spec.workloadSelector.matchLabels",
				"selects-nothing selects-nothing EnvoyFilter/f spec.workloadSelector.labels",
				"selects-nothing selects-nothing PeerAuthentication/p spec.selector.matchLabels",
				"selects-nothing selects-nothing RequestAuthentication/r spec.selector.matchLabels",
				"selects-nothing selects-nothing Sidecar/s spec.workloadSelector.labels",
				"selects-nothing selects-nothing Telemetry/t spec.selector.matchLabels",
			},
		},
		{"the root namespace selects everywhere", []string{ns, w, authz("istio-system", "a", "selector: {matchLabels: {app: w}}, rules: [{}]")}, nil},
		{
			"nothing of the namespace is in the input",
			[]string{w, authz("other", "a", select1+"rules: [{}]")},
			[]string{"selects-nothing selects-nothing AuthorizationPolicy/a spec.selector.matchLabels ?"},
		},
		{
			"a label of pods that are made",
			[]string{ns, w, authz("ns", "a", "selector: {matchLabels: {pod-template-hash: x}}, rules: [{}]")},
			[]string{"selects-nothing selects-nothing AuthorizationPolicy/a spec.selector.matchLabels ?"},
		},
		{
			"a machine outside the cluster has the labels",
			[]string{ns, w, "{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: vm, namespace: ns}, spec: {address: 1.2.3.4, labels: {app: x}}}", authz("ns", "a", select1+"rules: [{}]")},
			nil,
		},
		{
			"targets that are not there",
			[]string{
				ns, w, authz("ns", "a", "targetRefs: [{group: '', kind: Service, name: none}, {group: networking.istio.io, kind: ServiceEntry, name: none}, {group: gateway.networking.k8s.io, kind: Gateway, name: none}], rules: [{}]"),
			},
			[]string{
				"selects-nothing selects-nothing AuthorizationPolicy/a spec.targetRefs[0]",
				"selects-nothing selects-nothing AuthorizationPolicy/a spec.targetRefs[1]",
				"selects-nothing selects-nothing AuthorizationPolicy/a spec.targetRefs[2]",
			},
		},
		{
			"a Gateway that only its pods show",
			[]string{ns, strings.Replace(flawPod("ns", "gw", "router"), "labels: {", "labels: {gateway.networking.k8s.io/gateway-name: g, ", 1), authz("ns", "a", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], rules: [{}]")},
			nil,
		},
		{
			"labels of no template, and of another one",
			[]string{
				ns, deployment("", "", ""), authz("ns", "a", "selector: {matchLabels: {app: v}}, rules: [{}]"), authz("ns", "b", "selector: {matchLabels: {operated: by}}, rules: [{}]"),
			},
			[]string{
				"selects-nothing selects-nothing AuthorizationPolicy/a spec.selector.matchLabels",
				"selects-nothing selects-nothing AuthorizationPolicy/b spec.selector.matchLabels ?",
			},
		},
		{
			"hosts", // m48: a host with a dot is complete
			[]string{
				ns, w, flawService("ns", ""), destRule("ns", "host: s.ns"),
				strings.Replace(destRule("ns", "host: none"), "name: d", "name: e", 1),
				strings.Replace(destRule("ns", "host: '*.ns.svc.cluster.local'"), "name: d", "name: f", 1),
				strings.Replace(destRule("ns", "host: api.example.com"), "name: d", "name: g", 1),
				"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: ns}, spec: {hosts: [s], http: [{route: [{destination: {host: s}, weight: 50}, {destination: {host: s2}, weight: 50}]}]}}",
			},
			[]string{
				"selects-nothing host-taken-as-it-is DestinationRule/d spec.host",
				"selects-nothing no-such-host DestinationRule/e spec.host",
				"selects-nothing no-such-host DestinationRule/g spec.host ?",
				"selects-nothing no-such-host VirtualService/v spec.http[0].route[1].destination.host",
			},
		},
	})
}

// What names nobody. source: istio.io/istio 1.31 pilot/pkg/security/authz/model/generator.go,
// trustdomain/bundle.go, builder/extauthz.go.
func TestFlawsNameNobody(t *testing.T) {
	t.Parallel()
	from := func(source string) string { return authz("ns", "a", "rules: [{from: [{source: {"+source+"}}]}]") }
	world := []string{namespace(""), flawPod("ns", "w", "sidecar"), flawPod("ns", "out", "none"), meshOf("trustDomain: td"), peerAuth("ns", "p", "mtls: {mode: STRICT}")}
	with := func(docs ...string) []string { return append(append([]string(nil), world...), docs...) }
	path := "spec.rules[0].from[0].source."
	runFlaws(t, installed, []flawCase{
		{"somebody", with(from("principals: [td/ns/ns/sa/w]")), nil},
		{"cluster.local stands for the mesh's trust domain", with(from("principals: [cluster.local/ns/ns/sa/w]")), nil},
		{
			"but not in patterns", with(from("principals: ['cluster.local/ns/ns/*', 'td/ns/ns/*', '*/sa/w']")),
			[]string{"names-nobody names-nobody AuthorizationPolicy/a " + path + "principals[0] w"},
		},
		{
			"the scheme", with(from("principals: ['spiffe://td/ns/ns/sa/w']")),
			[]string{"names-nobody principal-with-scheme AuthorizationPolicy/a " + path + "principals[0] w"},
		},
		{
			"no such account; outside the mesh; no form", with(from("principals: [td/ns/ns/sa/x, td/ns/ns/sa/out, ns/sa/w]")),
			[]string{
				"names-nobody names-nobody AuthorizationPolicy/a " + path + "principals[0] w",
				"names-nobody names-nobody AuthorizationPolicy/a " + path + "principals[1] w",
				"names-nobody names-nobody AuthorizationPolicy/a " + path + "principals[2] w",
			},
		},
		{
			"a foreign trust domain", with(from("principals: [other/ns/ns/sa/w]")),
			[]string{"names-nobody foreign-trust-domain AuthorizationPolicy/a " + path + "principals[0] w"},
		},
		{
			"namespaces", with(from("namespaces: [ns, other]")),
			[]string{"names-nobody names-nobody AuthorizationPolicy/a " + path + "namespaces[1] w?"},
		},
		{
			"service accounts", with(from("serviceAccounts: [w, ns/w, x]")),
			[]string{"names-nobody names-nobody AuthorizationPolicy/a " + path + "serviceAccounts[2] w"},
		},
		{
			"a condition", with(authz("ns", "a", "action: DENY, rules: [{when: [{key: source.namespace, values: [ns]}, {key: source.principal, values: [td/ns/ns/sa/x]}]}]")),
			[]string{"names-nobody names-nobody AuthorizationPolicy/a spec.rules[0].when[1].values[0] w"},
		},
		{
			"the negative form excepts nobody, which does no harm", with(from("principals: ['*'], notPrincipals: [td/ns/ns/sa/x]")), nil,
		},
		{
			"tokens that nobody reads", with(flawService("ns", ""), from("requestPrincipals: ['*']")),
			[]string{
				"names-nobody no-request-authentication AuthorizationPolicy/a " + path + "requestPrincipals w",
				"closes-more layer7-on-tcp AuthorizationPolicy/a " + path + "requestPrincipals w",
			},
		},
		{
			"tokens that are read", with(from("requestPrincipals: ['*']"), requestAuthn("ns", "jwtRules: [{issuer: i, jwksUri: 'https://x/y'}]")), nil,
		},
		{
			"an unknown authorizer", with(authz("ns", "a", "action: CUSTOM, provider: {name: none}, rules: [{}]")),
			[]string{
				"names-nobody unknown-provider AuthorizationPolicy/a spec.provider.name w",
				"closes-more unknown-provider AuthorizationPolicy/a spec.provider.name w",
			},
		},
	})
}

// What has no effect where it stands. source: istio.io/istio 1.31
// pilot/pkg/serviceregistry/ambient/authorization.go, pilot/pkg/model/policyattachment.go; ztunnel src/rbac.rs.
func TestFlawsNoEffect(t *testing.T) {
	t.Parallel()
	ns, ambient, sidecar := namespace(""), flawPod("ns", "w", "ambient"), flawPod("ns", "w", "sidecar")
	strict := peerAuth("ns", "p", "mtls: {mode: STRICT}")
	rule := "spec.rules[0]"
	post := "to: [{operation: {methods: [POST]}}]"
	runFlaws(t, installed, []flawCase{
		{
			"ztunnel denies nothing by methods",
			[]string{ns, ambient, strict, authz("ns", "a", "action: DENY, rules: [{"+post+"}]")},
			[]string{"no-effect layer7-at-ztunnel AuthorizationPolicy/a " + rule + ".to[0].operation.methods w"},
		},
		{
			"nor with a principal beside them",
			[]string{ns, ambient, strict, authz("ns", "a", "action: DENY, rules: [{from: [{source: {namespaces: [ns]}}], "+post+"}]")},
			[]string{"no-effect layer7-at-ztunnel AuthorizationPolicy/a " + rule + ".to[0].operation.methods w"},
		},
		{
			"a part of a rule",
			[]string{ns, ambient, strict, authz("ns", "a", "action: DENY, rules: [{to: [{operation: {methods: [POST]}}, {operation: {ports: ['9000']}}]}]")},
			[]string{"no-effect layer7-at-ztunnel AuthorizationPolicy/a " + rule + ".to[0].operation.methods w"},
		},
		{
			"CUSTOM and AUDIT",
			[]string{ns, ambient, meshOf(""), authz("ns", "a", "action: AUDIT, rules: [{}]")},
			[]string{"no-effect action-at-ztunnel AuthorizationPolicy/a spec.action w"},
		},
		{
			"a target at a sidecar",
			[]string{ns, sidecar, flawService("ns", ""), authz("ns", "a", "targetRefs: [{group: '', kind: Service, name: s}], rules: [{}]")},
			[]string{"no-effect target-without-waypoint AuthorizationPolicy/a spec.targetRefs[0] w"},
		},
		{
			"a class outside the root namespace",
			[]string{ns, sidecar, authz("ns", "a", "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}], rules: [{}]")},
			[]string{"no-effect target-passed-over AuthorizationPolicy/a spec.targetRefs[0]"},
		},
		{
			"a selector at a waypoint",
			[]string{ns, waypointGW, flawPod("ns", "wp", "waypoint"), authz("ns", "a", "selector: {matchLabels: {app: wp}}, rules: [{}]")},
			[]string{"no-effect selector-at-waypoint AuthorizationPolicy/a spec.selector wp"},
		},
		{
			"a mode by selector in the root namespace",
			[]string{ns, sidecar, peerAuth("istio-system", "p", "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}")},
			[]string{"no-effect root-selector PeerAuthentication/p spec.selector"},
		},
		{
			"the number of a Service's port",
			[]string{ns, sidecar, flawService("ns", ""), peerAuth("ns", "p", "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}, portLevelMtls: {80: {mode: PERMISSIVE}}")},
			[]string{"no-effect service-port-number PeerAuthentication/p spec.portLevelMtls.80 w"},
		},
		{"the number of the pods' port", []string{ns, sidecar, flawService("ns", ""), peerAuth("ns", "p", "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: PERMISSIVE}}")}, nil},
		{
			"DISABLE in ambient mode",
			[]string{ns, ambient, peerAuth("ns", "p", "mtls: {mode: DISABLE}")},
			[]string{"no-effect ambient-conversion PeerAuthentication/p spec.mtls.mode w"},
		},
		{
			"outside the mesh",
			[]string{ns, flawPod("ns", "w", "none"), authz("ns", "a", "rules: [{}]"), peerAuth("ns", "p", "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}")},
			[]string{
				"no-effect outside-the-mesh AuthorizationPolicy/a spec w",
				"no-effect outside-the-mesh PeerAuthentication/p spec.selector w",
			},
		},
		{
			"a port around the proxy",
			[]string{ns, strings.Replace(sidecar, "annotations: {", "annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '5432', ", 1), strict, authz("ns", "a", "rules: [{to: [{operation: {ports: ['5432']}}]}, {to: [{operation: {ports: ['8080']}}]}]")},
			[]string{"no-effect port-not-captured AuthorizationPolicy/a " + rule + ".to[0].operation.ports w"},
		},
		{
			"tokens at ztunnel",
			[]string{ns, ambient, requestAuthn("ns", "jwtRules: [{issuer: i, jwksUri: 'https://x/y'}]")},
			[]string{"no-effect layer7-at-ztunnel RequestAuthentication/r spec w"},
		},
		{
			"TLS of a Sidecar's own",
			[]string{ns, sidecar, "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: ns}, spec: {ingress: [{port: {number: 8080, protocol: HTTPS, name: https}, defaultEndpoint: '127.0.0.1:8080', tls: {mode: SIMPLE, privateKey: /k, serverCertificate: /c}}], egress: [{hosts: ['*/*']}]}}"},
			[]string{"no-effect sidecar-ingress Sidecar/s spec.ingress[0].tls w"},
		},
		{
			"a credential that sidecars do not get",
			[]string{ns, sidecar, flawService("ns", ""), destRule("ns", "host: s, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}")},
			[]string{"no-effect credential-withheld DestinationRule/d spec.trafficPolicy.tls.credentialName w"},
		},
		{
			"beside a policy that allows everything",
			[]string{ns, sidecar, authz("ns", "all", "rules: [{}]"), authz("ns", "few", "rules: [{from: [{source: {namespaces: [ns]}}]}]"), authz("istio-system", "none", "")},
			[]string{"no-effect allowed-by-another-policy AuthorizationPolicy/few spec.rules w"},
		},
		{
			"an authorizer that speaks HTTP on a TCP port",
			[]string{ns, sidecar, flawService("ns", ""), meshOf("extensionProviders: [{name: ext, envoyExtAuthzHttp: {service: s.ns.svc.cluster.local, port: 80}}]"), authz("ns", "a", "action: CUSTOM, provider: {name: ext}, rules: [{}]")},
			[]string{"no-effect http-authorizer-on-tcp AuthorizationPolicy/a " + rule + " w"},
		},
	})
	kept := installed
	kept.KeepInvalid = true
	runFlaws(t, kept, []flawCase{{
		"a policy without rules that the webhook missed",
		[]string{ns, sidecar, authz("ns", "a", "action: DENY")},
		[]string{"no-effect policy-without-rules AuthorizationPolicy/a spec w"},
	}})
}

// What lets through more than it says. source: istio.io/istio 1.31
// pilot/pkg/security/authz/model/generator.go (namespaces, hosts), permission.go.
func TestFlawsOpenMore(t *testing.T) {
	t.Parallel()
	w, other := flawPod("team-a", "w", "sidecar"), flawPod("nsb", "c", "sidecar")
	namespaces := "{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: nsb}}"
	strict := peerAuth("istio-system", "p", "mtls: {mode: STRICT}")
	source := func(action, s string) string {
		return authz("team-a", "a", "action: "+action+", rules: [{from: [{source: {"+s+"}}]}]")
	}
	path := "spec.rules[0].from[0].source."
	host := func(action, field, values string) string {
		return authz("team-a", "a", "action: "+action+", rules: [{to: [{operation: {"+field+": ["+values+"]}}]}]")
	}
	to := "spec.rules[0].to[0].operation."
	runFlaws(t, installed, []flawCase{
		{
			"a pattern of namespaces matches every identity",
			[]string{namespaces, w, other, strict, source("ALLOW", "namespaces: ['*a']")},
			[]string{"opens-more namespace-pattern AuthorizationPolicy/a " + path + "namespaces[0] w"},
		},
		{"a wildcard at the end is safe", []string{namespaces, w, other, strict, source("ALLOW", "namespaces: ['team-*']")}, nil},
		{"a pattern that nobody is beyond", []string{namespaces, w, strict, source("ALLOW", "namespaces: ['*a']")}, nil},
		{
			"a pattern that denies",
			[]string{namespaces, w, other, strict, source("DENY", "namespaces: ['*a']")},
			[]string{"closes-more namespace-pattern AuthorizationPolicy/a " + path + "namespaces[0] w"},
		},
		{
			"plaintext has no principal to except",
			[]string{namespaces, w, other, source("ALLOW", "notPrincipals: [cluster.local/ns/nsb/sa/c]")},
			[]string{"opens-more plaintext-has-no-identity AuthorizationPolicy/a " + path + "notPrincipals w"},
		},
		{"but not under STRICT", []string{namespaces, w, other, strict, source("ALLOW", "notPrincipals: [cluster.local/ns/nsb/sa/c]")}, nil},
		{"nor beside a principal", []string{namespaces, w, other, source("ALLOW", "principals: ['*'], notPrincipals: [cluster.local/ns/nsb/sa/c]")}, nil},
		{
			"plaintext passes a DENY by principal",
			[]string{namespaces, w, other, source("DENY", "principals: [cluster.local/ns/nsb/sa/c]")},
			[]string{"opens-more plaintext-has-no-identity AuthorizationPolicy/a " + path + "principals w"},
		},
		{
			"unless an ALLOW policy asks for one", []string{namespaces, w, other, source("DENY", "principals: [cluster.local/ns/nsb/sa/c]"), authz("team-a", "b", "rules: [{from: [{source: {principals: ['*']}}]}]")}, nil,
		},
		{
			"a host with another port",
			[]string{namespaces, w, strict, host("DENY", "hosts", "admin.example.com, 'b.example.com:*', b.example.com")},
			[]string{"opens-more host-and-port AuthorizationPolicy/a " + to + "hosts[0] w"},
		},
		{
			"a host that is excepted",
			[]string{namespaces, w, strict, host("ALLOW", "notHosts", "admin.example.com")},
			[]string{"opens-more host-and-port AuthorizationPolicy/a " + to + "notHosts[0] w"},
		},
		{
			"a trust domain that ztunnel leaves out",
			[]string{namespaces, flawPod("team-a", "w", "ambient"), strict, source("ALLOW", "namespaces: ['team-a'], notTrustDomains: [cluster.local]")},
			[]string{"opens-more trust-domains-at-ztunnel AuthorizationPolicy/a " + path + "notTrustDomains w"},
		},
		{
			"a port around the proxy",
			[]string{namespaces, strings.Replace(w, "annotations: {", "annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '5432', ", 1), strict, flawService("team-a", ""), source("ALLOW", "namespaces: [team-a]")},
			[]string{"opens-more port-not-captured AuthorizationPolicy/a spec w"},
		},
		{"the mesh's own, which ztunnel demands anyway", []string{namespaces, flawPod("team-a", "w", "ambient"), strict, source("ALLOW", "namespaces: ['team-a'], trustDomains: [cluster.local]")}, nil},
	})
}

// What keeps out more than it says. source: istio.io/istio 1.31 pilot/pkg/security/authz/model/model.go,
// builder/builder.go, pilot/pkg/serviceregistry/ambient/authorization.go.
func TestFlawsCloseMore(t *testing.T) {
	t.Parallel()
	ns, ambient, sidecar, service := namespace(""), flawPod("ns", "w", "ambient"), flawPod("ns", "w", "sidecar"), flawService("ns", "")
	strict := peerAuth("ns", "p", "mtls: {mode: STRICT}")
	post := "to: [{operation: {methods: [POST]}}]"
	methods := "spec.rules[0].to[0].operation.methods"
	provider := func(name string) string {
		return "{name: " + name + ", envoyExtAuthzGrpc: {service: s.ns.svc.cluster.local, port: 80}}"
	}
	custom := func(name string) string {
		return authz("ns", name, "action: CUSTOM, provider: {name: "+name+"}, rules: [{}]")
	}
	runFlaws(t, installed, []flawCase{
		{
			"methods allow nobody on a TCP port",
			[]string{ns, sidecar, service, strict, authz("ns", "a", "rules: [{"+post+"}]")},
			[]string{"closes-more layer7-on-tcp AuthorizationPolicy/a " + methods + " w"},
		},
		{"unless another rule does", []string{ns, sidecar, service, strict, authz("ns", "a", "rules: [{"+post+"}, {from: [{source: {namespaces: [ns]}}]}]")}, nil},
		{"or the rule is for another port", []string{ns, sidecar, service, strict, authz("ns", "a", "rules: [{to: [{operation: {methods: [POST], ports: ['8080']}}]}, {to: [{operation: {ports: ['5432']}}]}]")}, nil},
		{
			"methods close a TCP port",
			[]string{ns, sidecar, service, strict, authz("ns", "a", "action: DENY, rules: [{"+post+"}]")},
			[]string{"closes-more layer7-on-tcp AuthorizationPolicy/a " + methods + " w"},
		},
		{"but not those of another port", []string{ns, sidecar, service, strict, authz("ns", "a", "action: DENY, rules: [{to: [{operation: {methods: [POST], ports: ['8080']}}]}]")}, nil},
		{
			"methods allow nobody at ztunnel",
			[]string{ns, ambient, strict, authz("ns", "a", "rules: [{"+post+"}]")},
			[]string{"closes-more layer7-at-ztunnel AuthorizationPolicy/a " + methods + " w"},
		},
		{
			"methods with a port deny the port at ztunnel",
			[]string{ns, ambient, strict, authz("ns", "a", "action: DENY, rules: [{to: [{operation: {methods: [POST], ports: ['8080']}}]}]")},
			[]string{"closes-more layer7-at-ztunnel AuthorizationPolicy/a " + methods + " w"},
		},
		{
			"the waypoint is not let in",
			[]string{ns, ambient, flawPod("ns", "c", "ambient"), waypointGW, flawService("ns", "istio.io/use-waypoint: wp"), strict, authz("ns", "a", "selector: {matchLabels: {app: w}}, rules: [{from: [{source: {principals: [cluster.local/ns/ns/sa/c]}}]}]")},
			[]string{"closes-more waypoint-refused AuthorizationPolicy/a spec.rules w"},
		},
		{"the waypoint is let in", []string{ns, ambient, waypointGW, flawService("ns", "istio.io/use-waypoint: wp"), strict, authz("ns", "a", "selector: {matchLabels: {app: w}}, rules: [{from: [{source: {principals: [cluster.local/ns/ns/sa/wp]}}]}]")}, nil},
		{
			"two authorizers",
			[]string{ns, sidecar, service, meshOf("extensionProviders: [" + provider("e1") + ", " + provider("e2") + "]"), custom("e1"), custom("e2")},
			[]string{
				"closes-more several-providers AuthorizationPolicy/e1 spec.provider.name w",
				"closes-more several-providers AuthorizationPolicy/e2 spec.provider.name w",
			},
		},
		{
			"no token is read, so none is right",
			[]string{ns, sidecar, strict, authz("ns", "a", "action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: [{operation: {ports: ['8080']}}]}]")},
			[]string{"closes-more no-request-authentication AuthorizationPolicy/a spec.rules[0].from[0].source.notRequestPrincipals w"},
		},
	})
}

// Objects that patch what enforces policies.
func TestFlawsUnverified(t *testing.T) {
	t.Parallel()
	patch := "configPatches: [{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: %s}}}}}, patch: {operation: REMOVE}}]"
	plugin := "{apiVersion: extensions.istio.io/v1alpha1, kind: WasmPlugin, metadata: {name: x, namespace: ns}, spec: {url: 'oci://x', phase: %s}}"
	runFlaws(t, installed, []flawCase{
		{
			"the filter that authorizes",
			[]string{namespace(""), flawPod("ns", "w", "sidecar"), envoyFilter("ns", fmt.Sprintf(patch, "envoy.filters.http.rbac"))},
			[]string{"unverified envoyfilter-security-filter EnvoyFilter/f spec.configPatches[0] w"},
		},
		{"another filter", []string{namespace(""), flawPod("ns", "w", "sidecar"), envoyFilter("ns", fmt.Sprintf(patch, "envoy.filters.http.grpc_stats"))}, nil},
		{"no proxy", []string{namespace(""), flawPod("ns", "w", "none"), envoyFilter("ns", fmt.Sprintf(patch, "envoy.filters.http.rbac"))}, nil},
		{
			"code before authorization",
			[]string{namespace(""), flawPod("ns", "w", "sidecar"), fmt.Sprintf(plugin, "AUTHZ")},
			[]string{"unverified wasm-plugin WasmPlugin/x spec w"},
		},
		{"code for statistics", []string{namespace(""), flawPod("ns", "w", "sidecar"), fmt.Sprintf(plugin, "STATS")}, nil},
	})
}
