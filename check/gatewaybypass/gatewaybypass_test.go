package gatewaybypass_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/gatewaybypass"
	"github.com/meshposture/meshposture/internal/checktest"
)

func pod(name, annotations string) string {
	return `apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, namespace: shop, labels: {app: ` + name + `}, annotations: {` + annotations + `}}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}
---
`
}

func service(name, kind string) string {
	return `apiVersion: v1
kind: Service
metadata: {name: ` + name + `, namespace: shop}
spec: {type: ` + kind + `, selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
---
`
}

func policy(name, spec string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n---\n"
}

const strict = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: strict, namespace: shop}
spec: {workload: cart, mtls: strict}
---
`

func TestCheck(t *testing.T) {
	t.Parallel()
	cart, edge := pod("cart", "toy/mode: sidecar"), pod("edge", "toy/mode: gateway")
	inner, gate := service("cart", "ClusterIP"), policy("gate", "entry: {tls: plaintext, served: true, proxy: edge, service: cart}")
	tls := policy("gate", "entry: {tls: terminated, certificate: true, served: true, proxy: edge, service: cart}")
	checktest.Run(t, gatewaybypass.Check, []checktest.Case{
		{Name: "by the gateway only", Text: cart + edge + inner + gate},
		{Name: "no gateway", Text: cart + service("lb", "LoadBalancer")},
		{Name: "a load balancer beside it", Text: cart + edge + inner + gate + service("lb", "LoadBalancer"), Want: []string{
			"in.yaml:24:59: high MP5001 shop/Pod/cart Service/shop/lb: Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/lb leads to it from outside the cluster as well, for callers without an identity",
		}},
		{Name: "a load balancer to a strict port", Text: cart + edge + inner + gate + strict + service("lb", "LoadBalancer")},
		{Name: "a port on every node", Text: cart + edge + inner + gate + service("np", "NodePort"), Want: []string{
			"in.yaml:24:55: high MP5001 shop/Pod/cart Service/shop/np: Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/np leads to it from outside the cluster as well, for callers without an identity",
		}},
		{Name: "the gateway's own load balancer", Text: cart + edge + inner + gate + `{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: shop}, spec: {type: LoadBalancer, selector: {app: edge}, ports: [{port: 80, targetPort: 8080}]}}`},
		{Name: "an Ingress of another controller", Text: cart + edge + inner + gate + `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: other, namespace: shop}, spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}}}`, Want: []string{
			"in.yaml:21:93: unknown MP5001 shop/Pod/cart Ingress/shop/other: whether Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Ingress/shop/other leads to it from outside the cluster as well: Ingress/shop/other: the controller is not evaluated: which pods it runs, how they are exposed, and what its own annotations change",
		}},
		{Name: "what the port takes is not known", Text: pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + edge + inner + gate + service("lb", "LoadBalancer"), Want: []string{
			"in.yaml:3:95: unknown MP5001 shop/Pod/cart Service/shop/lb: whether Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/lb leads to it from outside the cluster as well: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "certificates are demanded at the gateway only", Text: cart + edge + inner + tls, Want: []string{
			"in.yaml:19:8: medium MP5001 Policy/shop/gate spec.entry: port 443 of Policy/shop/gate demands certificates of its clients, and behind it Pod shop/cart takes plaintext from everybody inside the cluster",
		}},
		{Name: "TLS is demanded at the gateway only", Text: cart + edge + inner + policy("gate", "entry: {tls: terminated, certificate: false, served: true, proxy: edge, service: cart}"), Want: []string{
			"in.yaml:19:8: info MP5001 Policy/shop/gate spec.entry: port 443 of Policy/shop/gate demands TLS, and behind it Pod shop/cart takes plaintext from everybody inside the cluster",
		}},
		{Name: "a gateway to which nothing leads from outside", Text: cart + edge + inner + policy("gate", "entry: {tls: terminated, certificate: true, served: true, proxy: edge, service: cart, inner: true}") + service("lb", "LoadBalancer")},
		{Name: "TLS is demanded at both", Text: cart + edge + inner + tls + strict},
		{Name: "TLS is demanded, and what the port takes is not known", Text: pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + edge + inner + tls, Want: []string{
			"in.yaml:3:95: unknown MP5001 Policy/shop/gate spec.entry: whether Pod shop/cart, behind port 443 of Policy/shop/gate, takes plaintext from everybody inside the cluster: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "a gateway that nobody runs", Text: cart + inner + policy("gate", "entry: {tls: terminated, served: false, service: cart}") + service("lb", "LoadBalancer")},
	})
}
