package plaintextcaller_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/plaintextcaller"
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

func TestCheck(t *testing.T) {
	t.Parallel()
	cart := pod("cart", "toy/mode: sidecar")
	checktest.Run(t, plaintextcaller.Check, []checktest.Case{
		{Name: "nobody is outside", Text: cart + strict + pod("till", "toy/mode: ambient")},
		{Name: "no port is strict", Text: cart + pod("till", "toy/mode: none")},
		{Name: "one outside", Text: cart + strict + pod("till", "toy/mode: none"), Want: []string{
			"in.yaml:18:76: low MP2005 shop/Pod/till: Pod shop/till is outside the mesh, and its calls to 2 ports of namespace shop that only take mutual TLS fail: those of Pod shop/cart",
		}},
		{Name: "outside in another namespace", Text: strict + cart + "{apiVersion: v1, kind: Pod, metadata: {name: till, namespace: pay, annotations: {toy/mode: none}}}"},
		{Name: "a port that goes around the proxy is open", Text: pod("cart", "toy/mode: sidecar, toy/bypass: 'inbound 8080'") + strict + pod("till", "toy/mode: none"), Want: []string{
			"in.yaml:18:76: low MP2005 shop/Pod/till: Pod shop/till is outside the mesh, and its calls to 1 port of namespace shop that only take mutual TLS fail: those of Pod shop/cart",
		}},
		{Name: "the mode is not known", Text: pod("cart", "toy/mode: sidecar, toy/enforced: riddle") + pod("till", "toy/mode: none"), Want: []string{
			"in.yaml:3:95: unknown MP2005 shop: whether namespace shop holds ports that are closed to 1 workload outside the mesh: Pod/shop/cart: the mode cannot be read",
		}},
		{Name: "enrolment not known", Text: cart + strict + pod("till", "toy/mode: riddle"), Want: []string{
			"in.yaml:18:76: unknown MP2005 shop/Pod/till: whether Pod shop/till can call 2 ports of namespace shop that only take mutual TLS, because its enrolment is not known: Pod/shop/till: the mode cannot be read",
		}},
	})
}
