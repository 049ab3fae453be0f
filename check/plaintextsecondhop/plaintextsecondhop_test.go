package plaintextsecondhop_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/plaintextsecondhop"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	cart, inner := checktest.Pod("cart", "toy/mode: sidecar"), checktest.Service("cart", "ClusterIP")
	plain := checktest.Pod("edge", "toy/mode: gateway, toy/sends-cart: plaintext")
	tls := checktest.Policy("gate", "entry: {tls: terminated, served: true, proxy: edge, service: cart}")
	checktest.Run(t, plaintextsecondhop.Check, []checktest.Case{
		{Name: "mutual TLS", Text: cart + inner + tls + checktest.Pod("edge", "toy/mode: gateway")},
		{Name: "plaintext", Text: cart + inner + tls + plain, Want: []string{
			"in.yaml:14:8: medium MP5003 Policy/shop/gate spec.entry: TLS ends at port 443 of Policy/shop/gate, and Pod shop/edge sends plaintext on to Pod shop/cart",
		}},
		{Name: "plaintext that is refused", Text: cart + inner + tls + plain + checktest.Policy("cart", "workload: cart, mtls: strict")},
		{Name: "plaintext all the way", Text: cart + inner + plain + checktest.Policy("gate", "entry: {tls: plaintext, served: true, proxy: edge, service: cart}")},
		{Name: "nothing leads there from outside", Text: cart + inner + plain + checktest.Policy("gate", "entry: {tls: terminated, served: true, proxy: edge, service: cart, inner: true}")},
		{Name: "nobody answers", Text: cart + inner + plain + checktest.Policy("gate", "entry: {tls: terminated, served: false, proxy: edge, service: cart}")},
		{Name: "what is sent is not known", Text: cart + inner + tls + checktest.Pod("edge", "toy/mode: gateway, toy/sends-cart: riddle"), Want: []string{
			"-: unknown MP5003 Policy/shop/gate spec.entry: whether plaintext goes on to Pod shop/cart behind port 443 of Policy/shop/gate, at which TLS ends: Pod/shop/edge: what the proxy sends cannot be read",
		}},
		{Name: "who sends is not known", Text: cart + inner + checktest.Policy("gate", "entry: {tls: terminated, service: cart}"), Want: []string{
			"in.yaml:14:8: unknown MP5003 Policy/shop/gate spec.entry: whether plaintext goes on behind port 443 of Policy/shop/gate, at which TLS ends: Policy/shop/gate: the policy does not say so",
		}},
	})
}
