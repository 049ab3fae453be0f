package plaintextsecondhop_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/plaintextsecondhop"
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

func TestCheck(t *testing.T) {
	t.Parallel()
	cart, inner := pod("cart", "toy/mode: sidecar"), service("cart", "ClusterIP")
	plain := pod("edge", "toy/mode: gateway, toy/sends-cart: plaintext")
	tls := policy("gate", "entry: {tls: terminated, served: true, proxy: edge, service: cart}")
	checktest.Run(t, plaintextsecondhop.Check, []checktest.Case{
		{Name: "mutual TLS", Text: cart + inner + tls + pod("edge", "toy/mode: gateway")},
		{Name: "plaintext", Text: cart + inner + tls + plain, Want: []string{
			"in.yaml:14:8: medium MP5003 Policy/shop/gate spec.entry: TLS ends at port 443 of Policy/shop/gate, and Pod shop/edge sends plaintext on to Pod shop/cart",
		}},
		{Name: "plaintext that is refused", Text: cart + inner + tls + plain + policy("cart", "workload: cart, mtls: strict")},
		{Name: "plaintext all the way", Text: cart + inner + plain + policy("gate", "entry: {tls: plaintext, served: true, proxy: edge, service: cart}")},
		{Name: "nothing leads there from outside", Text: cart + inner + plain + policy("gate", "entry: {tls: terminated, served: true, proxy: edge, service: cart, inner: true}")},
		{Name: "nobody answers", Text: cart + inner + plain + policy("gate", "entry: {tls: terminated, served: false, proxy: edge, service: cart}")},
		{Name: "what is sent is not known", Text: cart + inner + tls + pod("edge", "toy/mode: gateway, toy/sends-cart: riddle"), Want: []string{
			"-: unknown MP5003 Policy/shop/gate spec.entry: whether plaintext goes on to Pod shop/cart behind port 443 of Policy/shop/gate, at which TLS ends: Pod/shop/edge: what the proxy sends cannot be read",
		}},
		{Name: "who sends is not known", Text: cart + inner + policy("gate", "entry: {tls: terminated, service: cart}"), Want: []string{
			"in.yaml:14:8: unknown MP5003 Policy/shop/gate spec.entry: whether plaintext goes on behind port 443 of Policy/shop/gate, at which TLS ends: Policy/shop/gate: the policy does not say so",
		}},
	})
}
