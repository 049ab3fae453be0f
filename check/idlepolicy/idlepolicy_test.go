package idlepolicy_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/idlepolicy"
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
	const subject = "MP3004 Policy/shop/cart toy/no-effect: "
	checktest.Run(t, idlepolicy.Check, []checktest.Case{
		{Name: "no flaw", Text: cart},
		{Name: "of a workload", Text: cart + policy("no-effect it is the toy's way"), Want: []string{
			"in.yaml:10:11: high " + subject + "Policy/shop/cart has no effect on Pod shop/cart: it is the toy's way",
		}},
		{Name: "of none", Text: policy("no-effect it is the toy's way"), Want: []string{
			"in.yaml:6:11: high " + subject + "Policy/shop/cart has no effect: it is the toy's way",
		}},
		{Name: "perhaps", Text: cart + policy("no-effect? it is the toy's way"), Want: []string{
			"in.yaml:10:11: unknown " + subject + "whether Policy/shop/cart has no effect on Pod shop/cart (it is the toy's way): " +
				"Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "another flaw", Text: cart + policy("opens-more it is the toy's way")},
	})
}
