package checktest

import (
	"testing"

	"github.com/meshposture/meshposture/check"
)

// FlawedPod is the pod that Flawed speaks of.
const FlawedPod = `apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, annotations: {toy/mode: sidecar}}
---
`

// Flawed writes a policy of the toy mesh with a flaw.
func Flawed(flaw string) string {
	return `apiVersion: toy.example/v1
kind: Policy
metadata: {name: cart, namespace: shop}
spec:
  workload: cart
  flaws: ["` + flaw + `"]
`
}

// Flaw tests a check that reports one kind of mesh.Flaw: word names the kind, other one that the check
// must pass over; claim is what it says of the object ("has no effect"), and to joins the workloads to
// that ("on").
func Flaw(t *testing.T, c *check.Check, word, other, claim, to string) {
	t.Helper()
	const why = " it is the toy's way"
	subject := " " + c.Code + " Policy/shop/cart toy/" + word + ": "
	Run(t, c, []Case{
		{Name: "no flaw", Text: FlawedPod},
		{Name: "of a workload", Text: FlawedPod + Flawed(word+why), Want: []string{
			"in.yaml:10:11: " + c.Severity.String() + subject + "Policy/shop/cart " + claim + " " + to + " Pod shop/cart:" + why,
		}},
		{Name: "of none", Text: Flawed(word + why), Want: []string{
			"in.yaml:6:11: " + c.Severity.String() + subject + "Policy/shop/cart " + claim + ":" + why,
		}},
		{Name: "perhaps", Text: FlawedPod + Flawed(word+"?"+why), Want: []string{
			"in.yaml:10:11: unknown" + subject + "whether Policy/shop/cart " + claim + " " + to + " Pod shop/cart (it is the toy's way): " +
				"Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "another flaw", Text: FlawedPod + Flawed(other+why)},
	})
}
