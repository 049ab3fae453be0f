package gatewaybypass_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/gatewaybypass"
	"github.com/meshposture/meshposture/internal/checktest"
)

const strict = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: strict, namespace: shop}
spec: {workload: cart, mtls: strict}
---
`

func TestCheck(t *testing.T) {
	t.Parallel()
	cart, edge := checktest.Pod("cart", "toy/mode: sidecar"), checktest.Pod("edge", "toy/mode: gateway")
	inner, gate := checktest.Service("cart", "ClusterIP"), checktest.Policy("gate", "entry: {tls: plaintext, served: true, proxy: edge, service: cart}")
	tls := checktest.Policy("gate", "entry: {tls: terminated, certificate: true, served: true, proxy: edge, service: cart}")
	checktest.Run(t, gatewaybypass.Check, []checktest.Case{
		{Name: "by the gateway only", Text: cart + edge + inner + gate},
		{Name: "no gateway", Text: cart + checktest.Service("lb", "LoadBalancer")},
		{Name: "a load balancer beside it", Text: cart + edge + inner + gate + checktest.Service("lb", "LoadBalancer"), Want: []string{
			"in.yaml:24:59: high MP5001 shop/Pod/cart Service/shop/lb: Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/lb leads to it from outside the cluster as well, for callers without an identity",
		}},
		{Name: "a load balancer to a strict port", Text: cart + edge + inner + gate + strict + checktest.Service("lb", "LoadBalancer")},
		{Name: "a port on every node", Text: cart + edge + inner + gate + checktest.Service("np", "NodePort"), Want: []string{
			"in.yaml:24:55: high MP5001 shop/Pod/cart Service/shop/np: Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/np leads to it from outside the cluster as well, for callers without an identity",
		}},
		{Name: "the gateway's own load balancer", Text: cart + edge + inner + gate + `{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: shop}, spec: {type: LoadBalancer, selector: {app: edge}, ports: [{port: 80, targetPort: 8080}]}}`},
		{Name: "an Ingress of another controller", Text: cart + edge + inner + gate + `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: other, namespace: shop}, spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}}}`, Want: []string{
			"in.yaml:21:93: unknown MP5001 shop/Pod/cart Ingress/shop/other: whether Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Ingress/shop/other leads to it from outside the cluster as well: Ingress/shop/other: the controller is not evaluated: which pods it runs, how they are exposed, and what its own annotations change",
		}},
		{Name: "what the port takes is not known", Text: checktest.Pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + edge + inner + gate + checktest.Service("lb", "LoadBalancer"), Want: []string{
			"in.yaml:3:95: unknown MP5001 shop/Pod/cart Service/shop/lb: whether Pod shop/cart is behind port 443 of Policy/shop/gate, and port 80 of Service/shop/lb leads to it from outside the cluster as well: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "certificates are demanded at the gateway only", Text: cart + edge + inner + tls, Want: []string{
			"in.yaml:19:8: medium MP5001 Policy/shop/gate spec.entry: port 443 of Policy/shop/gate demands certificates of its clients, and behind it Pod shop/cart takes plaintext from everybody inside the cluster",
		}},
		{Name: "TLS is demanded at the gateway only", Text: cart + edge + inner + checktest.Policy("gate", "entry: {tls: terminated, certificate: false, served: true, proxy: edge, service: cart}"), Want: []string{
			"in.yaml:19:8: info MP5001 Policy/shop/gate spec.entry: port 443 of Policy/shop/gate demands TLS, and behind it Pod shop/cart takes plaintext from everybody inside the cluster",
		}},
		{Name: "a gateway to which nothing leads from outside", Text: cart + edge + inner + checktest.Policy("gate", "entry: {tls: terminated, certificate: true, served: true, proxy: edge, service: cart, inner: true}") + checktest.Service("lb", "LoadBalancer")},
		{Name: "TLS is demanded at both", Text: cart + edge + inner + tls + strict},
		{Name: "TLS is demanded, and what the port takes is not known", Text: checktest.Pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + edge + inner + tls, Want: []string{
			"in.yaml:3:95: unknown MP5001 Policy/shop/gate spec.entry: whether Pod shop/cart, behind port 443 of Policy/shop/gate, takes plaintext from everybody inside the cluster: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "a gateway that nobody runs", Text: cart + inner + checktest.Policy("gate", "entry: {tls: terminated, served: false, service: cart}") + checktest.Service("lb", "LoadBalancer")},
	})
}
