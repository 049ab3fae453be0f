package failingcall_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check/failingcall"
	"github.com/meshposture/meshposture/internal/checktest"
)

// pod writes a pod that a Service of its name sends to.
func pod(name, annotations string) string {
	return `apiVersion: v1
kind: Pod
metadata: {name: ` + name + `, namespace: shop, labels: {app: ` + name + `}, annotations: {` + annotations + `}}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}, {containerPort: 9090}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ` + name + `, namespace: shop}
spec: {selector: {app: ` + name + `}, ports: [{name: a, port: 80, targetPort: 8080}]}
---
`
}

const strict = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec: {workload: cart, mtls: strict}
---
`

const route = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: gate, namespace: shop}
spec: {entry: {tls: terminated, served: true, proxy: edge, service: cart}}
---
`

func TestCheck(t *testing.T) {
	t.Parallel()
	cart := pod("cart", "toy/mode: sidecar")
	checktest.Run(t, failingcall.Check, []checktest.Case{
		{Name: "mutual TLS", Text: cart + strict + pod("till", "toy/mode: sidecar")},
		{Name: "plaintext to a permissive port", Text: cart + pod("till", "'toy/sends-cart': plaintext, toy/mode: sidecar")},
		{Name: "plaintext to a strict port", Text: cart + strict + pod("till", "'toy/sends-cart': plaintext, toy/mode: sidecar"), Want: []string{
			"in.yaml:18:76: high MP2004 shop/Pod/cart toy/sends: calls of Pod shop/till to port 8080 of Pod shop/cart fail: they send plaintext, and the port is strict: the proxy sends plaintext",
		}},
		{Name: "two clients by one rule", Text: cart + strict + pod("till", "'toy/sends-cart': plaintext, toy/mode: sidecar") + pod("web", "'toy/sends-cart': plaintext, toy/mode: sidecar"), Want: []string{
			"in.yaml:18:76: high MP2004 shop/Pod/cart toy/sends: calls of Pod shop/till, Pod shop/web to port 8080 of Pod shop/cart fail: they send plaintext, and the port is strict: the proxy sends plaintext",
		}},
		{Name: "two servers by one rule", Text: cart + strict + pod("shed", "toy/mode: sidecar") + strings.ReplaceAll(strict, "cart", "shed") + pod("till", "'toy/sends-cart': plaintext, 'toy/sends-shed': plaintext, toy/mode: sidecar"), Want: []string{
			"in.yaml:33:76: high MP2004 shop/Pod/cart toy/sends: calls of Pod shop/till to port 8080 of Pod shop/cart, Pod shop/shed fail: they send plaintext, and the port is strict: the proxy sends plaintext",
		}},
		{Name: "two servers by one rule, but for other clients", Text: cart + strict + pod("shed", "toy/mode: sidecar") + strings.ReplaceAll(strict, "cart", "shed") +
			pod("till", "'toy/sends-cart': plaintext, toy/mode: sidecar") + pod("web", "'toy/sends-shed': plaintext, toy/mode: sidecar"), Want: []string{
			"in.yaml:33:76: high MP2004 shop/Pod/cart toy/sends: calls of Pod shop/till to port 8080 of Pod shop/cart fail: they send plaintext, and the port is strict: the proxy sends plaintext",
			"in.yaml:43:74: high MP2004 shop/Pod/shed toy/sends: calls of Pod shop/web to port 8080 of Pod shop/shed fail: they send plaintext, and the port is strict: the proxy sends plaintext",
		}},
		{Name: "mutual TLS to a workload outside", Text: pod("cart", "toy/mode: none") + pod("till", "toy/mode: sidecar") + pod("web", "toy/mode: ambient"), Want: []string{
			"in.yaml:13:12: high MP2004 shop/Pod/cart toy/mode: calls of Pod shop/till, Pod shop/web to port 8080 of Pod shop/cart fail: they send the mesh's mutual TLS, and no proxy of the mesh stands before the port: the pod says so",
		}},
		{Name: "kept by the client's own configuration", Text: cart + strict + pod("till", "'toy/sends-cart': nothing, toy/mode: sidecar")},
		{Name: "a client outside the mesh", Text: pod("cart", "toy/mode: sidecar, toy/sends-till: plaintext") + strict + pod("till", "toy/mode: none")},
		{Name: "a gateway without a route there", Text: cart + strict + pod("edge", "toy/mode: gateway, 'toy/sends-cart': plaintext")},
		{Name: "a gateway with a route there", Text: cart + strict + pod("edge", "toy/mode: gateway, 'toy/sends-cart': plaintext") + route, Want: []string{
			"in.yaml:18:95: high MP2004 shop/Pod/cart toy/sends: calls of Pod shop/edge to port 8080 of Pod shop/cart fail: they send plaintext, and the port is strict: the proxy sends plaintext",
		}},
		{Name: "a proxy of the mesh", Text: pod("cart", "toy/mode: waypoint") + pod("till", "toy/mode: sidecar, 'toy/sends-cart': tls")},
		{Name: "what is sent is not known", Text: cart + pod("till", "'toy/sends-cart': riddle, toy/mode: sidecar"), Want: []string{
			"-: unknown MP2004 Pod/shop/till: whether calls of Pod shop/till to Pod shop/cart fail: Pod/shop/till: what the proxy sends cannot be read",
		}},
		{Name: "the server's mode is not known, said once", Text: pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + pod("till", "toy/mode: sidecar") + pod("web", "toy/mode: sidecar"), Want: []string{
			"in.yaml:3:95: unknown MP2004 Pod/shop/cart: whether calls of 3 workloads to Pod shop/cart fail: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "enrolment not known", Text: cart + pod("till", "toy/mode: riddle"), Want: []string{
			"in.yaml:13:76: unknown MP2004 Pod/shop/till: whether calls of 2 workloads to 2 workloads fail: Pod/shop/till: the mode cannot be read",
		}},
	})
}
