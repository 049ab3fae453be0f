package unverifiedport_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/unverifiedport"
	"github.com/meshposture/meshposture/internal/checktest"
)

func pod(name, mode, annotations string) string {
	return `apiVersion: v1
kind: Pod
metadata:
  name: ` + name + `
  namespace: shop
  annotations: {toy/mode: ` + mode + `, toy/doubt: Policy/shop/all` + annotations + `}
spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}
---
`
}

const strict = `apiVersion: toy.example/v1
kind: Policy
metadata: {name: all, namespace: shop}
spec: {mtls: strict}
`

func TestCheck(t *testing.T) {
	t.Parallel()
	const doubt = "medium MP2003 Policy/shop/all spec: strict ports of Pod shop/cart"
	const reason = " are not verified: Policy/shop/all: the toy does not evaluate it"
	checktest.Run(t, unverifiedport.Check, []checktest.Case{
		{Name: "one workload", Text: pod("cart", "sidecar", "") + strict, Want: []string{"in.yaml:12:1: " + doubt + reason}},
		{Name: "several, said once", Text: pod("cart", "sidecar", "") + pod("till", "sidecar", "") + strict, Want: []string{"in.yaml:20:1: " + doubt + ", Pod shop/till" + reason}},
		{Name: "plaintext gets in anyway", Text: pod("cart", "sidecar", ", toy/enforced: permissive") + strict},
		{Name: "outside the mesh", Text: pod("cart", "none", "") + strict},
	})
}
