package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// entries writes the entries of a text, one a line, each followed by its backends.
func entries(t *testing.T, text string) string {
	t.Helper()
	var lines []string
	for _, e := range graph(t, text).Entries() {
		lines = append(lines, entryLine(e))
		for _, b := range e.Backends {
			lines = append(lines, "  "+backendLine(b))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func entryLine(e mesh.Entry) string {
	line := fmt.Sprintf("%s %s:%d %s %s", e.Kind, e.Object, e.Port, e.Protocol, e.TLS)
	for _, word := range []struct {
		name string
		v    truth.Value
	}{{"served", e.Served}, {"cert", e.ClientCertificate}, {"redirects", e.RedirectsToTLS}} {
		line += " " + word.name + "=" + word.v.String()
	}
	for _, x := range e.Exposed {
		line += fmt.Sprintf(" %s:%d%v", x.Kind, x.Port, append(x.Sources, x.Addresses...))
	}
	if len(e.Hosts) > 0 {
		line += " hosts=" + strings.Join(e.Hosts, ",")
	}
	for _, w := range e.Proxies {
		line += " by " + w.ID().String()
	}
	return line
}

func backendLine(b mesh.Backend) string {
	line := fmt.Sprintf("%s:%d", b.Target, b.Port)
	for _, w := range b.Workloads {
		line += " " + w.ID().Name
	}
	if b.External != "" {
		line += " external " + b.External
	}
	if len(b.Hosts) > 0 {
		line += " hosts=" + strings.Join(b.Hosts, ",")
	}
	if b.Match != "" {
		line += " if " + b.Match
	}
	if b.Weight > 0 {
		line += fmt.Sprintf(" weight %d", b.Weight)
	}
	if b.Mirror {
		line += " mirror"
	}
	for _, g := range b.Unknown {
		line += " ! " + g.Detail
	}
	return line
}

// app is a Deployment of namespace ns with one port, and a Service of that type before it.
func app(name, service string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %[1]s, namespace: ns}, spec: {selector: {}, template: {metadata: {labels: {app: %[1]s}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: %[1]s, namespace: ns}, spec: {selector: {app: %[1]s}, ports: [{name: http, port: 80, targetPort: 8080%[2]s}]
`, name, service)
}

func TestExposed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{"a ClusterIP Service lets nobody in", app("cart", "") + "}}", ""},
		{
			"a LoadBalancer gets node ports, too, and its ranges keep only the balancer",
			app("cart", ", nodePort: 30080") + ", type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}}",
			`load-balancer Service/ns/cart:80 TCP opaque served=true cert=unknown redirects=false load-balancer:80[10.0.0.0/8] node-port:30080[]
  -:80 cart
`,
		},
		{
			"a LoadBalancer without node ports",
			app("cart", "") + ", type: LoadBalancer, allocateLoadBalancerNodePorts: false}}",
			`load-balancer Service/ns/cart:80 TCP opaque served=true cert=unknown redirects=false load-balancer:80[]
  -:80 cart
`,
		},
		{
			"a NodePort that the cluster has yet to choose, and external addresses",
			app("cart", "") + ", type: NodePort, externalIPs: [192.0.2.1]}}",
			`node-port Service/ns/cart:80 TCP opaque served=true cert=unknown redirects=false node-port:0[] external-ip:80[192.0.2.1]
  -:80 cart
`,
		},
		{
			"external addresses of a Service of the ordinary type",
			app("cart", "") + ", externalIPs: [192.0.2.1]}}",
			`external-ip Service/ns/cart:80 TCP opaque served=true cert=unknown redirects=false external-ip:80[192.0.2.1]
  -:80 cart
`,
		},
		{
			"a load balancer that may end TLS itself",
			strings.Replace(app("cart", ", nodePort: 1"), "{name: cart, namespace: ns}, spec: {selector: {app", `{name: cart, namespace: ns, annotations: {service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn}}, spec: {selector: {app`, 1) + ", type: LoadBalancer}}",
			`load-balancer Service/ns/cart:80 TCP unknown served=true cert=unknown redirects=false load-balancer:80[] node-port:1[]
  -:80 cart
`,
		},
		{
			"a Service that selects nothing of the input",
			"{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: ns}, spec: {type: NodePort, selector: {app: cart}, ports: [{port: 80, nodePort: 30080}]}}",
			`node-port Service/ns/cart:80 TCP opaque served=true cert=unknown redirects=false node-port:30080[]
  -:80 ! the Service selects no workload of the input
`,
		},
		{
			"ports on the node, of one container and of a whole pod",
			`{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns}, spec: {containers: [{name: a, image: x, ports: [{containerPort: 80}, {containerPort: 81, hostPort: 8081, hostIP: 10.0.0.1}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: ns}, spec: {hostNetwork: true, containers: [{name: a, image: x, ports: [{name: dns, containerPort: 53, protocol: UDP}]}]}}
`,
			`host-port Pod/ns/a:8081 TCP opaque served=true cert=unknown redirects=false host-port:8081[10.0.0.1]
  -:81 a
host-network Pod/ns/b:53 UDP opaque served=true cert=unknown redirects=false host-network:53[]
  -:53 b
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, strings.TrimPrefix(entries(t, tt.text), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIngress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, spec, want string
	}{
		{
			"TLS ends at the controller for the hosts of the TLS section only",
			`{tls: [{hosts: [a.example.com], secretName: a}], rules: [
  {host: a.example.com, http: {paths: [{path: /x, pathType: Exact, backend: {service: {name: cart, port: {name: http}}}}]}},
  {host: b.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]}`,
			`ingress Ingress/ns/in:80 HTTP plaintext served=unknown cert=false redirects=unknown hosts=a.example.com,b.example.com
  Service/ns/cart:80 cart hosts=a.example.com if path /x
  Service/ns/cart:80 cart hosts=b.example.com
ingress Ingress/ns/in:443 HTTPS terminated served=unknown cert=unknown redirects=unknown hosts=a.example.com
  Service/ns/cart:80 cart hosts=a.example.com if path /x
`,
		},
		{
			"a default backend takes what no rule takes",
			`{defaultBackend: {service: {name: cart, port: {number: 80}}}}`,
			`ingress Ingress/ns/in:80 HTTP plaintext served=unknown cert=false redirects=unknown
  Service/ns/cart:80 cart if no rule matches
`,
		},
		{
			"backends that are not there",
			`{rules: [{http: {paths: [{backend: {service: {name: gone, port: {number: 80}}}}, {backend: {service: {name: cart, port: {name: web}}}}, {path: /r, backend: {resource: {apiGroup: k8s.example, kind: Bucket, name: b}}}]}}]}`,
			`ingress Ingress/ns/in:80 HTTP plaintext served=unknown cert=false redirects=unknown
  Service/ns/gone:0 ! there is no such Service in the input
  Service/ns/cart:0 ! the Service has no such port
  Bucket/ns/b:0 if path /r as the controller matches it ! backends of kind Bucket are not evaluated
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := entries(t, app("cart", "")+"}}\n---\n{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in, namespace: ns}, spec: "+tt.spec+"}")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
