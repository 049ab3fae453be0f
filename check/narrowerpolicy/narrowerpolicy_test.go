package narrowerpolicy_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/narrowerpolicy"
	"github.com/meshposture/meshposture/internal/checktest"
)

const cart = `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
---
`

func policy(flaw string) string {
	return `apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  flaws: ["` + flaw + `"]
`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const subject = "MP3006 Policy/shop/cart toy/closes-more: "
	checktest.Run(t, narrowerpolicy.Check, []checktest.Case{
		{Name: "no flaw", Text: cart},
		{Name: "of a workload", Text: cart + policy("closes-more it is the toy's way"), Want: []string{
			"in.yaml:10:11: medium " + subject + "Policy/shop/cart keeps out more than it says from Pod shop/cart: it is the toy's way",
		}},
		{Name: "of none", Text: policy("closes-more it is the toy's way"), Want: []string{
			"in.yaml:6:11: medium " + subject + "Policy/shop/cart keeps out more than it says: it is the toy's way",
		}},
		{Name: "perhaps", Text: cart + policy("closes-more? it is the toy's way"), Want: []string{
			"in.yaml:10:11: unknown " + subject + "whether Policy/shop/cart keeps out more than it says from Pod shop/cart (it is the toy's way): " +
				"Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "another flaw", Text: cart + policy("no-effect it is the toy's way")},
	})
}
