package istio_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// groupOf is the API group and version of a kind.
func groupOf(kind string) string {
	switch kind {
	case "AuthorizationPolicy", "RequestAuthentication", "PeerAuthentication":
		return "security.istio.io/v1"
	case "Telemetry":
		return "telemetry.istio.io/v1"
	case "WasmPlugin", "TrafficExtension":
		return "extensions.istio.io/v1alpha1"
	case "EnvoyFilter":
		return "networking.istio.io/v1alpha3"
	case "ProxyConfig":
		return "networking.istio.io/v1beta1"
	default:
		return "networking.istio.io/v1"
	}
}

// judgedBy reads one resource in namespace ns and returns what validation said: code and field.
func judgedBy(t *testing.T, release int, kind, meta, spec string) []string {
	t.Helper()
	var all []string
	for _, p := range problemsOf(t, release, kind, meta, spec) {
		all = append(all, string(p.Code)+" "+p.Field)
	}
	return all
}

func problemsOf(t *testing.T, release int, kind, meta, spec string) []mesh.Problem {
	t.Helper()
	if meta != "" {
		meta = ", " + meta
	}
	text := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: x, namespace: ns%s}\nspec: %s\n", groupOf(kind), kind, meta, spec)
	snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(text), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Problems()) > 0 {
		t.Fatalf("%v in\n%s", snap.Problems(), text)
	}
	return istio.Validate(snap, release, validatedKinds...)
}

// validation cases: the rule, the spec, and what is said of it; nothing for "".
type validationCase struct{ name, kind, spec, want string }

func runValidation(t *testing.T, cases []validationCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.kind+" "+c.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(judgedBy(t, 31, c.kind, "", c.spec), "; ")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.spec, diff)
			}
		})
	}
}

// The expectations follow pkg/config/validation and the definitions of Istio 1.31, rule by rule.
func TestValidatePolicies(t *testing.T) {
	t.Parallel()
	ap, ra, pa := "AuthorizationPolicy", "RequestAuthentication", "PeerAuthentication"
	runValidation(t, []validationCase{
		{"allows nothing", ap, `{}`, ""},
		{"denies without rules", ap, `{action: DENY}`, "rejected spec.rules"},
		{"denies with an empty list", ap, `{action: DENY, rules: []}`, "rejected spec.rules"},
		{"denies everything", ap, `{action: DENY, rules: [{}]}`, ""},
		{"custom without rules", ap, `{action: CUSTOM, provider: {name: p}}`, "rejected spec.rules"},
		{"custom without provider", ap, `{action: CUSTOM, rules: [{}]}`, "rejected spec.provider.name"},
		{"custom by identity", ap, `{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {principals: [a]}}], when: [{key: "request.auth.claims[a]", values: [b]}]}]}`, `rejected spec.rules[0].from[0].source.principals; rejected spec.rules[0].when[0].key`},
		{"provider without custom", ap, `{provider: {name: p}}`, "rejected spec.provider"},
		{"no source", ap, `{rules: [{from: [{}]}]}`, "rejected spec.rules[0].from[0].source"},
		{"empty source", ap, `{rules: [{from: [{source: {}}]}]}`, "rejected spec.rules[0].from[0].source"},
		{"empty operation", ap, `{rules: [{to: [{operation: {paths: []}}]}]}`, "rejected spec.rules[0].to[0].operation"},
		{"empty value", ap, `{rules: [{from: [{source: {namespaces: [a, ""]}}]}]}`, "rejected spec.rules[0].from[0].source.namespaces[1]"},
		{"addresses", ap, `{rules: [{from: [{source: {ipBlocks: [10.0.0.1, 10.0.0.0/8, "::1", 10.0.0.0/33, a]}}]}]}`, "rejected spec.rules[0].from[0].source.ipBlocks[3]; rejected spec.rules[0].from[0].source.ipBlocks[4]"},
		{"ports", ap, `{rules: [{to: [{operation: {ports: ["0", "65535", "65536", http]}}]}]}`, "rejected spec.rules[0].to[0].operation.ports[2]; rejected spec.rules[0].to[0].operation.ports[3]"},
		{"templates", ap, `{rules: [{to: [{operation: {paths: ["/{*}/{**}", "/a/{**}/", "/{**}/{*}", "/{a}", "/{*}/b*", "/{*}//b", "/a*"]}}]}]}`, "rejected spec.rules[0].to[0].operation.paths[2]; rejected spec.rules[0].to[0].operation.paths[3]; rejected spec.rules[0].to[0].operation.paths[4]; rejected spec.rules[0].to[0].operation.paths[5]"},
		{"service accounts", ap, `{rules: [{from: [{source: {serviceAccounts: [a, b/c, "*", d/e/f, /a, a/]}}]}]}`, "rejected spec.rules[0].from[0].source.serviceAccounts[2]; rejected spec.rules[0].from[0].source.serviceAccounts[3]; rejected spec.rules[0].from[0].source.serviceAccounts[4]; rejected spec.rules[0].from[0].source.serviceAccounts[5]"},
		{"service accounts and principals", ap, `{rules: [{from: [{source: {serviceAccounts: [a], principals: [b]}}]}]}`, "rejected spec.rules[0].from[0].source.principals"},
		{"trust domains", ap, `{rules: [{from: [{source: {trustDomains: ["*", "*.a", a*, a*b, a/b]}}]}]}`, "rejected spec.rules[0].from[0].source.trustDomains[3]; rejected spec.rules[0].from[0].source.trustDomains[4]"},
		{"conditions", ap, `{rules: [{when: [{key: source.ip, values: [a]}, {key: a, values: [b]}, {key: "request.headers[a]", notValues: [""]}, {key: request.headers, values: [a]}, {key: destination.port, values: ["80"]}, {key: connection.sni}]}]}`, "rejected spec.rules[0].when[0].values[0]; rejected spec.rules[0].when[1].key; rejected spec.rules[0].when[2].notValues[0]; rejected spec.rules[0].when[3].key; rejected spec.rules[0].when[5]"},
		{"a condition without a key", ap, `{rules: [{when: [{values: [a]}]}]}`, "rejected spec.rules[0].when[0].key"},
		{"selector and target", ap, `{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: s}]}`, "rejected spec.targetRefs"},
		{"targets", ap, `{targetRefs: [{kind: Service, name: s}, {group: core, kind: Service, name: s}, {kind: Pod, name: p}, {group: gateway.networking.k8s.io, kind: GatewayClass, name: c}, {kind: Service, name: s, namespace: other}, {kind: Service}]}`, "rejected spec.targetRefs[4].namespace; rejected spec.targetRefs[5].name; rejected spec.targetRefs[2]"},
		{"wildcards in a selector", ap, `{selector: {matchLabels: {"a*": b, c: "*"}}}`, `rejected spec.selector.matchLabels.a*; rejected spec.selector.matchLabels.c`},
		{"selector without labels", ap, `{selector: {}}`, "warned spec.selector"},
		{"denies by method", ap, `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}`, "warned spec.rules[0]"},
		{"denies by method and source", ap, `{action: DENY, rules: [{from: [{source: {principals: [a]}}], to: [{operation: {methods: [GET]}}]}]}`, "warned spec.rules[0]"},
		{"denies by method and port", ap, `{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ["80"]}}]}]}`, ""},
		{"denies by token", ap, `{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]}`, "warned spec.rules[0]"},
		{"denies by condition", ap, `{action: DENY, rules: [{when: [{key: "request.headers[a]", values: [b]}]}]}`, ""},
		{"a warning is no news of what is refused", ap, `{action: DENY, rules: [{to: [{operation: {methods: [""]}}]}]}`, "rejected spec.rules[0].to[0].operation.methods[0]"},
		{"what is of no type is said once", ap, `{rules: [{from: [{source: {principals: 3}}]}]}`, "wrong-type spec.rules[0].from[0].source.principals"},

		{"no issuer", ra, `{jwtRules: [{}]}`, "rejected spec.jwtRules[0]"},
		{"keys in two places", ra, `{jwtRules: [{issuer: a, jwksUri: "https://a", jwks: '{"keys":[]}'}]}`, "rejected spec.jwtRules[0].jwks"},
		{"scheme of the keys", ra, `{jwtRules: [{issuer: a, jwksUri: "ftp://a"}]}`, "rejected spec.jwtRules[0].jwksUri"},
		{"no keys", ra, `{jwtRules: [{issuer: a, jwks: "{}"}]}`, "rejected spec.jwtRules[0].jwks"},
		{"a public key", ra, `{jwtRules: [{issuer: a, jwks: '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"k"}]}'}]}`, ""},
		{"a private key", ra, `{jwtRules: [{issuer: a, jwks: '{"kty":"oct","k":"AQAB"}'}]}`, "warned spec.jwtRules[0].jwks"},
		{"a key without parts", ra, `{jwtRules: [{issuer: a, jwks: '{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB"}]}'}]}`, "rejected spec.jwtRules[0].jwks"},
		{"headers", ra, `{jwtRules: [{issuer: a, fromHeaders: [{prefix: b}], outputClaimToHeaders: [{header: "a b", claim: c}]}]}`, "rejected spec.jwtRules[0].fromHeaders[0].name; rejected spec.jwtRules[0].outputClaimToHeaders[0].header"},
		{"timeout", ra, `{jwtRules: [{issuer: a, timeout: 100us}]}`, "rejected spec.jwtRules[0].timeout"},

		{"ports without selector", pa, `{portLevelMtls: {80: {mode: STRICT}}}`, "rejected spec.portLevelMtls"},
		{"port 0", pa, `{selector: {matchLabels: {a: b}}, portLevelMtls: {0: {mode: STRICT}}}`, "rejected spec.portLevelMtls.0"},
		{"selector without labels", pa, `{selector: {matchLabels: {}}}`, "warned spec.selector"},
	})
}

func TestValidateDestinationRule(t *testing.T) {
	t.Parallel()
	dr := "DestinationRule"
	runValidation(t, []validationCase{
		{"no host", dr, `{}`, "rejected spec.host"},
		{"hosts", dr, `{host: "a.*"}`, "rejected spec.host"},
		{"a trailing dot", dr, `{host: "*.example.com."}`, ""},
		{"empty policy", dr, `{host: a, trafficPolicy: {}}`, "rejected spec.trafficPolicy"},
		{"subsets", dr, `{host: a, subsets: [{name: a, labels: {k: "b c"}}, {name: a}, {name: "a_b"}, {}]}`, "rejected spec.subsets[3].name; rejected spec.subsets[0].labels.k; rejected spec.subsets[1].name; rejected spec.subsets[2].name"},
		{"export twice", dr, `{host: a, exportTo: [".", ns]}`, "rejected spec.exportTo[1]"},
		{"export to all and one", dr, `{host: a, exportTo: ["*", b]}`, "rejected spec.exportTo"},
		{"export to nobody", dr, `{host: a, exportTo: ["~"]}`, "rejected spec.exportTo[0]"},
		{"selector and export", dr, `{host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: [other]}`, "rejected spec.exportTo"},
		{"selector and own namespace", dr, `{host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: ["."]}`, ""},
		{"mutual without certificate", dr, `{host: a, trafficPolicy: {tls: {mode: MUTUAL}}}`, "rejected spec.trafficPolicy.tls.clientCertificate; rejected spec.trafficPolicy.tls.privateKey"},
		{"credential and files", dr, `{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c, caCertificates: f}}}`, "rejected spec.trafficPolicy.tls.credentialName"},
		{"another namespace's ConfigMap", dr, `{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: "configmap://b/c"}}}`, "rejected spec.trafficPolicy.tls.credentialName"},
		{"unverified", dr, `{host: a, trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [b]}}}`, "rejected spec.trafficPolicy.tls.insecureSkipVerify"},
		{"port without policy", dr, `{host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}}, {tls: {}}]}}`, "rejected spec.trafficPolicy.portLevelSettings[0]; rejected spec.trafficPolicy.portLevelSettings[1].port"},
		{"pools", dr, `{host: a, trafficPolicy: {connectionPool: {tcp: {maxConnections: -1, idleTimeout: 0s, connectTimeout: 1.0005s}}}}`, "rejected spec.trafficPolicy.connectionPool.tcp.maxConnections; rejected spec.trafficPolicy.connectionPool.tcp.connectTimeout"},
		{"outliers", dr, `{host: a, trafficPolicy: {outlierDetection: {consecutiveErrors: 1, maxEjectionPercent: 101}}}`, "rejected spec.trafficPolicy.outlierDetection.maxEjectionPercent"},
		{"an old field", dr, `{host: a, trafficPolicy: {outlierDetection: {consecutiveErrors: 1}}}`, "warned spec.trafficPolicy.outlierDetection.consecutiveErrors"},
		{"an old field of a subset", dr, `{host: a, subsets: [{name: a, trafficPolicy: {outlierDetection: {consecutiveErrors: 1}}}]}`, ""},
		{"two balancers", dr, `{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}}`, "rejected spec.trafficPolicy.loadBalancer.consistentHash"},
		{"maglev", dr, `{host: a, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 4}}}}}`, "rejected spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize"},
		{"shares", dr, `{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 99}}]}}}}`, "rejected spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to"},
		{"places that overlap", dr, `{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/b, to: {c: 100}}, {from: a/b/d, to: {c: 100}}]}}}}`, "rejected spec.trafficPolicy.loadBalancer.localityLbSetting.distribute"},
		{"failover undetected", dr, `{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}}}`, "warned spec.trafficPolicy.loadBalancer.localityLbSetting"},
		{"tunnel", dr, `{host: a, trafficPolicy: {tunnel: {targetHost: "a b", targetPort: 0, protocol: GET}}}`, "rejected spec.trafficPolicy.tunnel.protocol; rejected spec.trafficPolicy.tunnel.targetHost; rejected spec.trafficPolicy.tunnel.targetPort"},
	})
}

func TestValidateServices(t *testing.T) {
	t.Parallel()
	se, we, gw, sc := "ServiceEntry", "WorkloadEntry", "Gateway", "Sidecar"
	const web = "ports: [{number: 80, name: http, protocol: HTTP}]"
	runValidation(t, []validationCase{
		{"no host", se, `{}`, "rejected spec.hosts"},
		{"hosts", se, `{hosts: ["*", a_b, "*x.com"], ` + web + `}`, "rejected spec.hosts[0]; rejected spec.hosts[1]"},
		{"a partial wildcard", se, `{hosts: ["*x.com"], ` + web + `}`, "warned spec.hosts[0]"},
		{"ranges by name", se, `{hosts: [a.com], addresses: [10.0.0.0/8], resolution: DNS, ` + web + `}`, "rejected spec.addresses[0]"},
		{"endpoints of no use", se, `{hosts: [a.com], endpoints: [{address: 1.2.3.4}], ` + web + `}`, "rejected spec.endpoints"},
		{"two round-robin endpoints", se, `{hosts: [a.com], resolution: DNS_ROUND_ROBIN, endpoints: [{address: b.com}, {address: c.com}], ` + web + `}`, "rejected spec.endpoints"},
		{"static by name", se, `{hosts: [a.com], resolution: STATIC, endpoints: [{address: b.com}], ` + web + `}`, "rejected spec.endpoints[0].address"},
		{"wildcard without endpoints", se, `{hosts: ["*.a.com"], resolution: DNS, ` + web + `}`, "rejected spec.hosts[0]"},
		{"a port that is not there", se, `{hosts: [a.com], resolution: STATIC, endpoints: [{address: 1.2.3.4, ports: {https: 443}}], ` + web + `}`, "rejected spec.endpoints[0].ports.https"},
		{"ports twice", se, `{hosts: [a.com], resolution: DNS, ports: [{number: 80, name: a, protocol: HTTP}, {number: 80, name: a, protocol: X}]}`, "rejected spec.ports[1].name; rejected spec.ports[1].number; rejected spec.ports[1].protocol"},
		{"TCP without addresses", se, `{hosts: [a.com], ports: [{number: 80, name: a, protocol: TCP}]}`, "warned spec.ports[0]"},
		{"TCP with allocated addresses", se, `{hosts: [a.com], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]}`, ""},
		{"two hosts on TCP", se, `{hosts: [a.com, b.com], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]}`, "rejected spec.hosts"},
		{"dynamic", se, `{hosts: [a.com], addresses: [1.2.3.4], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: TCP}]}`, "rejected spec.hosts[0]; rejected spec.addresses; rejected spec.ports[0].protocol"},
		{"selector and endpoints", se, `{hosts: [a.com], resolution: STATIC, workloadSelector: {labels: {a: b}}, endpoints: [], ` + web + `}`, "rejected spec.endpoints"},
		{"nobody sees it", se, `{hosts: [a.com], exportTo: ["~"], ` + web + `}`, ""},

		{"no address", we, `{}`, "rejected spec.address"},
		{"a network", we, `{network: net1}`, "warned spec.address"},
		{"a socket", we, `{address: "unix:///a/", ports: {a: 1}}`, "rejected spec.ports; rejected spec.address"},
		{"names and ports", we, `{address: "a_b", ports: {"a b": 0}, labels: {a: "b "}}`, "rejected spec.ports.a b; rejected spec.address; rejected spec.labels.a"},

		{"no server", gw, `{}`, "rejected spec.servers"},
		{"plain", gw, `{servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}`, ""},
		{"redirect", gw, `{servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com], tls: {httpsRedirect: true}}]}`, ""},
		{"TLS on HTTP", gw, `{servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: c}}]}`, "rejected spec.servers[0].tls"},
		{"HTTPS without TLS", gw, `{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com]}]}`, "rejected spec.servers[0].tls"},
		{"simple without certificate", gw, `{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com], tls: {mode: SIMPLE}}]}`, "rejected spec.servers[0].tls.serverCertificate; rejected spec.servers[0].tls.privateKey"},
		{"mutual without authority", gw, `{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com], tls: {mode: MUTUAL, serverCertificate: c, privateKey: k}}]}`, "rejected spec.servers[0].tls.caCertificates"},
		{"mesh certificates", gw, `{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com], tls: {mode: ISTIO_MUTUAL, credentialName: c}}]}`, "rejected spec.servers[0].tls.credentialName"},
		{"passes with certificate", gw, `{servers: [{port: {number: 443, name: https, protocol: TLS}, hosts: [a.com], tls: {mode: PASSTHROUGH, credentialName: c}}]}`, "warned spec.servers[0].tls.credentialName"},
		{"hosts", gw, `{servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [short, ns/a.com, "a b/a.com", "*x.com", 1.2.3.4]}]}`, "rejected spec.servers[0].hosts[0]; rejected spec.servers[0].hosts[2]; rejected spec.servers[0].hosts[3]"},
		{"ports", gw, `{servers: [{port: {number: 0, name: a, protocol: ""}, hosts: [a.com]}, {port: {number: 80, name: a, protocol: HTTP}, hosts: [a.com]}]}`, "rejected spec.servers[0].port.protocol; rejected spec.servers[0].port.number; rejected spec.servers[1].port.name"},
		{"ciphers", gw, `{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: c, cipherSuites: [AES128-SHA, NONE, AES128-SHA]}}]}`, "warned spec.servers[0].tls.cipherSuites[1]; warned spec.servers[0].tls.cipherSuites[2]"},

		{"says nothing", sc, `{}`, "rejected spec"},
		{"egress", sc, `{egress: [{hosts: ["./*", "~/*", "istio-system/a.com"]}]}`, ""},
		{"egress hosts", sc, `{egress: [{hosts: [a.com, "*/short", "a/*x.com"]}]}`, "rejected spec.egress[0].hosts[0]; rejected spec.egress[0].hosts[1]; rejected spec.egress[0].hosts[2]"},
		{"a host twice", sc, `{egress: [{hosts: ["a/b.com", "a/b.com"]}]}`, "warned spec.egress[0].hosts[1]"},
		{"the last listener", sc, `{egress: [{hosts: ["*/*"]}, {hosts: ["*/*"], port: {number: 80, protocol: HTTP}}]}`, "rejected spec.egress[0]"},
		{"ingress", sc, `{ingress: [{port: {number: 80, protocol: HTTP}, defaultEndpoint: "10.0.0.1:80"}, {port: {number: 80, protocol: HTTP}, defaultEndpoint: "127.0.0.1:8080"}]}`, "rejected spec.ingress[0].defaultEndpoint; rejected spec.ingress[1].port.number"},
		{"ingress TLS", sc, `{ingress: [{port: {number: 80, protocol: HTTP}, tls: {mode: ISTIO_MUTUAL}}]}`, "rejected spec.ingress[0].tls.mode; rejected spec.ingress[0].tls"},
		{"egress proxy", sc, `{outboundTrafficPolicy: {egressProxy: {host: a.com, port: {number: 80}}}}`, "rejected spec.outboundTrafficPolicy.egressProxy"},
		{"selector without labels", sc, `{workloadSelector: {}, egress: [{hosts: ["*/*"]}]}`, "warned spec.workloadSelector"},
	})
}

func TestValidateRoutes(t *testing.T) {
	t.Parallel()
	vs := "VirtualService"
	const to = "route: [{destination: {host: a}}]"
	runValidation(t, []validationCase{
		{"no route", vs, `{hosts: [a]}`, "rejected spec"},
		{"plain", vs, `{hosts: [a], http: [{` + to + `}]}`, ""},
		{"delegate", vs, `{gateways: [a/b], http: [{` + to + `}]}`, "rejected spec.gateways"},
		{"all hosts of the mesh", vs, `{hosts: ["*"], http: [{` + to + `}]}`, "rejected spec.hosts[0]"},
		{"all hosts of a gateway", vs, `{hosts: ["*"], gateways: [gw], http: [{` + to + `}]}`, ""},
		{"hosts that overlap", vs, `{hosts: [a.b.com, "*.b.com"], http: [{` + to + `}]}`, "rejected spec.hosts[1]"},
		{"gateways", vs, `{hosts: [a], gateways: ["A b/c", gw.ns.svc], http: [{` + to + `}]}`, "rejected spec.gateways[0]"},
		{"an old name of a gateway", vs, `{hosts: [a], gateways: [gw.ns.svc], http: [{` + to + `}]}`, "warned spec.gateways[0]"},
		{"claims in the mesh", vs, `{hosts: [a], http: [{match: [{headers: {"@request.auth.claims.a": {exact: b}}}], ` + to + `}]}`, `rejected spec.http[0].match[0].headers["@request.auth.claims.a"]`},
		{"two actions", vs, `{hosts: [a], http: [{redirect: {uri: /}, ` + to + `}]}`, "rejected spec.http[0].route"},
		{"no action", vs, `{hosts: [a], http: [{}]}`, "rejected spec.http[0].route"},
		{"redirects", vs, `{hosts: [a], http: [{redirect: {}}]}`, "rejected spec.http[0].redirect"},
		{"regular expressions", vs, `{hosts: [a], http: [{match: [{uri: {regex: "("}}, {method: {prefix: ""}}], ` + to + `}]}`, "rejected spec.http[0].match[0].uri.regex; rejected spec.http[0].match[1].method.prefix"},
		{"headers", vs, `{hosts: [a], http: [{headers: {request: {set: {":path": a, host: b}}, response: {add: {a: "50%", b: "%START_TIME%"}, remove: [Host]}}, ` + to + `}]}`, `rejected spec.http[0].headers.request.set.:path; rejected spec.http[0].headers.response.add.a; rejected spec.http[0].headers.response.remove[0]`},
		{"the host twice", vs, `{hosts: [a], http: [{rewrite: {authority: x}, headers: {request: {set: {host: b}}}, ` + to + `}]}`, "rejected spec.http[0].headers.request.set.host"},
		{"weights", vs, `{hosts: [a], http: [{route: [{destination: {host: a}}, {destination: {host: b}, weight: -1}]}]}`, "rejected spec.http[0].route[1].weight"},
		{"no weights", vs, `{hosts: [a], http: [{route: [{destination: {host: a}}, {destination: {host: b}}]}]}`, "rejected spec.http[0].route"},
		{"faults", vs, `{hosts: [a], http: [{fault: {abort: {httpStatus: 100, percentage: {value: 101}}}, ` + to + `}]}`, "rejected spec.http[0].fault.abort.percentage; rejected spec.http[0].fault.abort.httpStatus"},
		{"retries", vs, `{hosts: [a], http: [{retries: {attempts: 0, retryOn: "5xx,503,nonsense"}, ` + to + `}]}`, "rejected spec.http[0].retries.attempts; rejected spec.http[0].retries.retryOn"},
		{"CORS", vs, `{hosts: [a], http: [{corsPolicy: {allowOrigins: [{exact: ""}], allowMethods: ["*", FETCH]}, ` + to + `}]}`, "rejected spec.http[0].corsPolicy.allowOrigins[0]; rejected spec.http[0].corsPolicy.allowMethods[1]"},
		{"an old field", vs, `{hosts: [a], http: [{mirror: {host: b}, mirrorPercent: 5, ` + to + `}]}`, "warned spec.http[0].mirrorPercent"},
		{"server names", vs, `{hosts: [a.com], tls: [{match: [{sniHosts: [b.com]}], ` + to + `}]}`, "rejected spec.tls[0].match[0].sniHosts[0]"},
		{"an address as a server name", vs, `{hosts: [a.com], tls: [{match: [{sniHosts: [1.2.3.4]}], ` + to + `}]}`, "warned spec.tls[0].match[0].sniHosts[0]"},
		{"TCP", vs, `{hosts: [a.com], tcp: [{match: [{port: 70000, destinationSubnets: [a]}]}]}`, "rejected spec.tcp[0].match[0].destinationSubnets[0]; rejected spec.tcp[0].match[0].port; rejected spec.tcp[0].route"},
		{"after all", vs, `{hosts: [a], http: [{` + to + `}, {match: [{uri: {exact: /}}], ` + to + `}]}`, "warned spec.http[1]"},
		{"the same again", vs, `{hosts: [a], http: [{match: [{name: x, uri: {exact: /}}], ` + to + `}, {match: [{uri: {exact: /}}], ` + to + `}]}`, "warned spec.http[1].match[0]; warned spec.http[1]"},
		{"covered", vs, `{hosts: [a], http: [{match: [{uri: {prefix: /a}}], ` + to + `}, {match: [{uri: {prefix: /ab}}], ` + to + `}]}`, "warned spec.http[1].match[0]"},
		{"not covered", vs, `{hosts: [a], http: [{match: [{uri: {prefix: /a}, method: {exact: PUT}}], ` + to + `}, {match: [{uri: {prefix: /ab}}], ` + to + `}]}`, ""},
	})
}

func TestValidateExtensions(t *testing.T) {
	t.Parallel()
	ef, te, wp, pc := "EnvoyFilter", "Telemetry", "WasmPlugin", "ProxyConfig"
	runValidation(t, []validationCase{
		{"always warned about", ef, `{}`, "warned "},
		{"nothing to patch", ef, `{configPatches: [{patch: {operation: REMOVE}}]}`, "rejected spec.configPatches[0].applyTo"},
		{"no value", ef, `{configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE}}]}`, "rejected spec.configPatches[0].patch.value"},
		{"another match", ef, `{configPatches: [{applyTo: CLUSTER, match: {listener: {}}, patch: {operation: REMOVE}}]}`, "rejected spec.configPatches[0].match"},
		{"a pattern", ef, `{configPatches: [{applyTo: CLUSTER, match: {proxy: {proxyVersion: "("}}, patch: {operation: REMOVE}}]}`, "rejected spec.configPatches[0].match.proxy.proxyVersion"},
		{"a subfilter", ef, `{configPatches: [{applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: a, subFilter: {name: b}}}}}, patch: {operation: REMOVE}}]}`, "rejected spec.configPatches[0].match.listener.filterChain.filter.subFilter"},
		{"selector and target", ef, `{workloadSelector: {labels: {a: b}}, targetRefs: [{kind: Service, name: s}]}`, "rejected spec.targetRefs"},
		{"waypoint", ef, `{configPatches: [{applyTo: CLUSTER, match: {context: WAYPOINT}, patch: {operation: REMOVE}}]}`, "rejected spec.configPatches[0].match.waypoint"},

		{"two tracers", te, `{tracing: [{providers: [{name: a}, {name: b}]}, {}]}`, "warned spec.tracing[1]; warned spec.tracing[0].providers[1]"},
		{"sampling", te, `{tracing: [{randomSamplingPercentage: 100.5}]}`, "rejected spec.tracing[0].randomSamplingPercentage"},
		{"tags", te, `{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}, c: {}}}]}]}`, "rejected spec.metrics[0].overrides[0].tagOverrides.a.value; rejected spec.metrics[0].overrides[0].tagOverrides.c.value"},
		{"providers", te, `{accessLogging: [{providers: [{}]}]}`, "rejected spec.accessLogging[0].providers[0].name"},

		{"no URL", wp, `{}`, "rejected spec.url"},
		{"URLs", wp, `{url: "ftp://a"}`, "rejected spec.url"},
		{"image", wp, `{url: registry.example.com/a:b, sha256: short}`, "rejected spec.sha256"},
		{"environment", wp, `{url: "oci://a", vmConfig: {env: [{name: a, valueFrom: HOST, value: b}, {name: a}]}}`, "rejected spec.vmConfig.env[1].name; rejected spec.vmConfig.env[0].value"},
		{"ports", wp, `{url: "oci://a", match: [{ports: [{number: 0}]}]}`, "rejected spec.match[0].ports[0].number"},

		{"no extension", "TrafficExtension", `{}`, "rejected spec.lua"},
		{"empty code", "TrafficExtension", `{lua: {inlineCode: ""}}`, "rejected spec.lua.inlineCode"},

		{"concurrency", pc, `{concurrency: -1}`, "rejected spec.concurrency"},
		{"selector without labels", pc, `{selector: {}}`, "warned spec.selector"},
	})
}

// What a release before 1.31 refuses, or does not know yet.
func TestValidateReleases(t *testing.T) {
	t.Parallel()
	cases := []struct {
		release               int
		kind, spec, old, then string // what the release says, and what the one after it
	}{
		{24, "AuthorizationPolicy", `{targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: c}]}`, "rejected spec.targetRefs[0]", ""},
		{24, "AuthorizationPolicy", `{rules: [{from: [{source: {serviceAccounts: [a]}}]}]}`, "unknown-field spec.rules[0].from[0].source.serviceAccounts; rejected spec.rules[0].from[0].source", ""},
		{30, "AuthorizationPolicy", `{rules: [{from: [{source: {namespaces: [a], trustDomains: [b]}}]}]}`, "unknown-field spec.rules[0].from[0].source.trustDomains", ""},
		{29, "AuthorizationPolicy", `{rules: [{when: [{key: source.trustDomain, values: [a]}]}]}`, "rejected spec.rules[0].when[0].key", ""},
		{24, "AuthorizationPolicy", `{rules: [{to: [{operation: {paths: ["/{**}/{*}"]}}]}]}`, "", "rejected spec.rules[0].to[0].operation.paths[0]"},
		{24, "AuthorizationPolicy", `{rules: [{to: [{operation: {paths: ["/{*}/a#b"]}}]}]}`, "", "rejected spec.rules[0].to[0].operation.paths[0]"},
		{26, "RequestAuthentication", `{jwtRules: [{jwksUri: "https://a"}]}`, "rejected spec.jwtRules[0].issuer", ""},
		{30, "RequestAuthentication", `{jwtRules: [{issuer: a, jwks: '{"kty":"oct","k":"AQAB"}'}]}`, "", "warned spec.jwtRules[0].jwks"},
		{27, "ServiceEntry", `{hosts: ["*.a.com"], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: HTTP}]}`, "rejected spec.resolution", ""},
		{29, "ServiceEntry", `{hosts: ["*.a.com"], location: MESH_INTERNAL, resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: HTTP2}]}`, "rejected spec.ports[0].protocol; rejected spec.location", ""},
		{24, "ServiceEntry", `{hosts: [a.com], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]}`, "warned spec.ports[0]", ""},
		{25, "DestinationRule", `{host: a, trafficPolicy: {connectionPool: {tcp: {idleTimeout: 0s}}}}`, "rejected spec.trafficPolicy.connectionPool.tcp.idleTimeout", ""},
		{30, "DestinationRule", `{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, warmup: {duration: 10s, aggression: 0.5}}}}`, "rejected spec.trafficPolicy.loadBalancer.warmup.aggression", ""},
		{25, "VirtualService", `{hosts: [a], http: [{corsPolicy: {allowMethods: ["*"]}, route: [{destination: {host: a}}]}]}`, "rejected spec.http[0].corsPolicy.allowMethods[0]", ""},
		{30, "Sidecar", `{egress: [{hosts: ["~ns/*"]}]}`, "rejected spec.egress[0].hosts[0]", ""},
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d %s", i, c.kind), func(t *testing.T) {
			t.Parallel()
			for release, want := range map[int]string{c.release: c.old, c.release + 1: c.then} {
				if diff := cmp.Diff(want, strings.Join(judgedBy(t, release, c.kind, "", c.spec), "; ")); diff != "" {
					t.Errorf("1.%d: %s (-want +got):\n%s", release, c.spec, diff)
				}
			}
			if diff := cmp.Diff(judgedBy(t, 31, c.kind, "", c.spec), judgedBy(t, 0, c.kind, "", c.spec)); diff != "" {
				t.Errorf("no release known: %s (-newest +got):\n%s", c.spec, diff)
			}
		})
	}
}

func TestValidateAnnotations(t *testing.T) {
	t.Parallel()
	const deny = `{action: DENY, rules: [{}]}`
	for _, c := range []struct{ name, kind, meta, spec, want string }{
		{"dry run", "AuthorizationPolicy", `annotations: {istio.io/dry-run: "true"}`, deny, ""},
		{"dry run by another word", "AuthorizationPolicy", `annotations: {istio.io/dry-run: "yes"}`, deny, `rejected metadata.annotations["istio.io/dry-run"]`},
		{"dry run of an audit", "AuthorizationPolicy", `annotations: {istio.io/dry-run: "true"}`, `{action: AUDIT}`, `rejected metadata.annotations["istio.io/dry-run"]`},
		{"dry run of another kind", "PeerAuthentication", `annotations: {istio.io/dry-run: "true"}`, `{}`, `rejected metadata.annotations["istio.io/dry-run"]`},
		{"an annotation of Istio itself", "PeerAuthentication", `annotations: {internal.istio.io/parents: a}`, `{}`, `rejected metadata.annotations["internal.istio.io/parents"]`},
		{"a waypoint and names found late", "ServiceEntry", `labels: {istio.io/use-waypoint: w}`, `{hosts: ["*.a.com"], location: MESH_INTERNAL, resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: HTTP}]}`, "rejected spec.location"},
		{"no allocated addresses", "ServiceEntry", `labels: {networking.istio.io/enable-autoallocate-ip: "false"}`, `{hosts: [a.com], resolution: DNS, ports: [{number: 80, name: a}]}`, "warned spec.ports[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, strings.Join(judgedBy(t, 31, c.kind, c.meta, c.spec), "; ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A resource can be at fault in many places; the list ends, and says so.
func TestValidateManyReasons(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		`{rules: [{to: [{operation: {ports: [` + strings.Repeat("x, ", 149) + `x]}}]}]}`,
		`{selector: {matchLabels: {` + numbered(150) + `}}}`,
	} {
		problems := problemsOf(t, 31, "AuthorizationPolicy", "", spec)
		if len(problems) != 101 {
			t.Fatalf("%d problems, want 100 and one that counts the rest", len(problems))
		}
		if last := problems[100]; last.Code != source.ProblemRejected || last.Message != "50 more reasons are not listed" {
			t.Errorf("the last problem is %v", last)
		}
	}
}

func numbered(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`k%d: "*"`, i))
	}
	return strings.Join(all, ", ")
}

// FuzzValidate: no spec makes validation panic; what is said does not depend on the run; every
// problem has a field that can be parsed and belongs to the resource.
func FuzzValidate(f *testing.F) {
	f.Add(uint8(0), uint8(31), `{"action":"DENY","rules":[{"from":[{"source":{"serviceAccounts":["a"],"principals":[1]}}],"to":[{"operation":{"paths":["/{*}"]}}]}]}`)
	f.Add(uint8(3), uint8(24), `{"host":"a","trafficPolicy":{"loadBalancer":{"consistentHash":{"maglev":{"tableSize":"3"}}},"tls":{"mode":"MUTUAL"}},"subsets":[null]}`)
	f.Add(uint8(4), uint8(28), `{"hosts":["*"],"ports":[{"number":80},{"number":80}],"endpoints":[{"address":"unix://"}],"resolution":"DYNAMIC_DNS"}`)
	f.Add(uint8(8), uint8(31), `{"hosts":["a"],"http":[{"headers":{"request":{"set":{"a":"%x(\\"}}},"match":[{"uri":{"prefix":"/"}}]},{"match":[null]}]}`)
	f.Add(uint8(1), uint8(31), `{"jwtRules":[{"jwks":"{\"keys\":[{\"kty\":\"RSA\"},null]}"}]}`)
	f.Fuzz(func(t *testing.T, kind, release uint8, spec string) {
		k := validatedKinds[int(kind)%len(validatedKinds)]
		o := source.Object{
			Ref:  source.Ref{Kind: k, Namespace: "ns", Name: "x"},
			JSON: []byte(`{"metadata":{"name":"x","namespace":"ns"},"spec":` + spec + `}`),
		}
		first := istio.Validate(oneObject{o}, int(release)%40, k)
		if again := istio.Validate(oneObject{o}, int(release)%40, k); !slices.Equal(first, again) {
			t.Errorf("%s: first %v, then %v", spec, first, again)
		}
		for _, p := range first {
			if _, err := source.ParsePath(p.Field); err != nil {
				t.Errorf("%v: %v", p, err)
			}
			if p.Object != o.Ref || p.Message == "" {
				t.Errorf("%s: problem %+v", spec, p)
			}
		}
	})
}

// oneObject is an input of one object.
type oneObject struct{ source.Object }

func (o oneObject) Objects(k source.Kind) iter.Seq[source.Object] {
	return func(yield func(source.Object) bool) {
		if o.Ref.Kind == k {
			yield(o.Object)
		}
	}
}

func (o oneObject) Kinds() iter.Seq2[source.Kind, int] {
	return func(yield func(source.Kind, int) bool) { yield(o.Ref.Kind, 1) }
}

func (oneObject) Problems() []mesh.Problem { return nil }

// validatedKinds are the kinds that validation covers.
var validatedKinds = []source.Kind{
	{Group: "security.istio.io", Kind: "AuthorizationPolicy"},
	{Group: "security.istio.io", Kind: "RequestAuthentication"},
	{Group: "security.istio.io", Kind: "PeerAuthentication"},
	{Group: "networking.istio.io", Kind: "DestinationRule"},
	{Group: "networking.istio.io", Kind: "ServiceEntry"},
	{Group: "networking.istio.io", Kind: "WorkloadEntry"},
	{Group: "networking.istio.io", Kind: "Sidecar"},
	{Group: "networking.istio.io", Kind: "Gateway"},
	{Group: "networking.istio.io", Kind: "VirtualService"},
	{Group: "networking.istio.io", Kind: "EnvoyFilter"},
	{Group: "networking.istio.io", Kind: "ProxyConfig"},
	{Group: "telemetry.istio.io", Kind: "Telemetry"},
	{Group: "extensions.istio.io", Kind: "WasmPlugin"},
	{Group: "extensions.istio.io", Kind: "TrafficExtension"},
}
