package proxybypass_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/proxybypass"
	"github.com/meshposture/meshposture/internal/checktest"
)

func pod(name, mode string) string {
	return `apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, namespace: shop, labels: {app: ` + name + `}, annotations: {toy/mode: ` + mode + `}}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}
---
`
}

func service(proxy string) string {
	return `apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {toy/proxy: "` + proxy + `"}}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
---
`
}

func policy(name, spec string) string {
	return "{apiVersion: toy.example/v1, kind: Policy, metadata: {name: " + name + ", namespace: shop}, spec: {" + spec + "}}\n---\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	world := service("shop/front") + pod("cart", "ambient") + pod("till", "ambient") + pod("web", "ambient") + pod("side", "sidecar") + pod("out", "none")
	checktest.Run(t, proxybypass.Check, []checktest.Case{
		{Name: "the proxy refuses nothing", Text: world},
		{Name: "the proxy refuses one, the server none", Text: world + policy("front", "proxy: shop/front, callers: [till, cart]"), Want: []string{
			"in.yaml:3:55: high MP4001 Service/shop/cart: proxy shop/front of Service/shop/cart can be gone around: by the address of its pods, Pod shop/cart lets more through from 1 workload (Pod shop/web), and lets in callers without an identity",
		}},
		{Name: "on terms", Text: world + policy("front", "proxy: shop/front, callers: [till, cart, 'web?']"), Want: []string{
			"in.yaml:3:55: high MP4001 Service/shop/cart: proxy shop/front of Service/shop/cart can be gone around: by the address of its pods, Pod shop/cart lets more through from 1 workload (Pod shop/web), and lets in callers without an identity",
		}},
		{Name: "the server refuses the same", Text: world + policy("front", "proxy: shop/front, callers: [till]") + policy("cart", "workload: cart, callers: [till]")},
		{Name: "the server is strict", Text: world + policy("front", "proxy: shop/front, callers: [till, cart]") + policy("cart", "workload: cart, mtls: strict"), Want: []string{
			"in.yaml:3:55: high MP4001 Service/shop/cart: proxy shop/front of Service/shop/cart can be gone around: by the address of its pods, Pod shop/cart lets more through from 1 workload (Pod shop/web)",
		}},
		{Name: "not decided at the proxy", Text: world + policy("front", "proxy: shop/front, callers: [till, cart, 'web??']"), Want: []string{
			"-: unknown MP4001 Service/shop/cart: whether 1 workload (Pod shop/web) can go around proxy shop/front of Service/shop/cart: Policy/shop/front: the toy does not evaluate it",
		}},
		{Name: "not decided at the server", Text: world + policy("front", "proxy: shop/front, callers: [till, cart]") + policy("cart", "workload: cart, callers: [till, 'web??']"), Want: []string{
			"-: unknown MP4001 Service/shop/cart: whether 1 workload (Pod shop/web) can go around proxy shop/front of Service/shop/cart: Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "which proxy is not known", Text: service("?") + pod("cart", "ambient"), Want: []string{
			"in.yaml:3:55: unknown MP4001 Service/shop/cart: whether Service/shop/cart has a layer-7 proxy that clients can go around: Service/shop/cart: which proxy it asks for cannot be read",
		}},
	})
}
