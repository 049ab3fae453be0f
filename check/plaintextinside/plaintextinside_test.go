package plaintextinside_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check/plaintextinside"
	"github.com/meshposture/meshposture/internal/checktest"
)

func pod(name, annotations string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: shop, labels: {app: " + name + "}, annotations: {" + annotations +
		"}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}, {containerPort: 9090}]}]}}\n---\n"
}

const service = "{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{name: a, port: 8080}, {name: b, port: 9090}]}}\n---\n"

func TestCheck(t *testing.T) {
	t.Parallel()
	const in = "toy/mode: sidecar"
	const strict = "{apiVersion: toy.example/v1, kind: Policy, metadata: {name: cart, namespace: shop}, spec: {workload: cart, mtls: strict}}"
	checktest.Run(t, plaintextinside.Check, []checktest.Case{
		{Name: "mutual TLS", Text: service + pod("cart", in) + pod("front", in)},
		{Name: "a client that sends plaintext", Text: service + pod("cart", in) + pod("front", in+", toy/sends-cart: plaintext"), Want: []string{
			"in.yaml:5:125: medium MP2006 shop/Pod/cart:8080 toy/sends: connections to ports 8080, 9090 of Pod shop/cart from 1 workload inside the mesh (Pod shop/front) are plaintext: the proxy sends plaintext",
		}},
		{
			Name: "what concerns the same clients is one finding",
			Text: service + strings.ReplaceAll(service, "cart", "till") + pod("cart", in) + pod("till", in) + pod("front", in+", toy/sends-cart: plaintext, toy/sends-till: plaintext") + pod("back", in+", toy/sends-cart: plaintext, toy/sends-till: plaintext"),
			Want: []string{
				"in.yaml:11:123: medium MP2006 shop/Pod/cart:8080 toy/sends: connections to ports 8080, 9090 of Pod shop/cart, ports 8080, 9090 of Pod shop/till from 2 workloads inside the mesh (Pod shop/back, Pod shop/front) are plaintext: the proxy sends plaintext",
			},
		},
		{Name: "no Service", Text: pod("cart", in) + pod("front", in+", toy/sends-cart: plaintext")},
		{Name: "the port refuses it", Text: service + pod("cart", in) + pod("front", in+", toy/sends-cart: plaintext") + strict},
		{Name: "a client outside the mesh", Text: service + pod("cart", in) + pod("front", "toy/mode: none")},
		{Name: "a server outside the mesh", Text: service + pod("cart", "toy/mode: none") + pod("front", in)},
		{Name: "a part of the mesh", Text: service + pod("cart", in) + pod("front", in+", toy/part: yes, toy/sends-cart: plaintext")},
		{Name: "itself", Text: service + pod("cart", in+", toy/sends-cart: plaintext")},
	})
}
