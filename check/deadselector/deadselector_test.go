package deadselector_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/deadselector"
	"github.com/meshposture/meshposture/internal/checktest"
)

const running = `apiVersion: v1
kind: Pod
metadata: {name: till, namespace: shop, uid: u}
status: {phase: Running}
spec: {containers: [{name: app, image: x}]}
---
`

const operated = "{apiVersion: db.example/v1, kind: Cluster, metadata: {name: db, namespace: shop}}"

func TestCheck(t *testing.T) {
	t.Parallel()
	const subject = "MP3002 Policy/shop/cart toy/selects-nothing: "
	checktest.Run(t, deadselector.Check, []checktest.Case{
		{Name: "no flaw", Text: checktest.FlawedPod},
		{Name: "of a workload", Text: checktest.FlawedPod + checktest.Flawed("selects-nothing it is the toy's way"), Want: []string{
			"in.yaml:10:11: low " + subject + "Policy/shop/cart selects nothing that exists for Pod shop/cart: it is the toy's way",
		}},
		{Name: "of none", Text: checktest.Flawed("selects-nothing it is the toy's way"), Want: []string{
			"in.yaml:6:11: low " + subject + "Policy/shop/cart selects nothing that exists: it is the toy's way",
		}},
		{Name: "perhaps", Text: checktest.FlawedPod + checktest.Flawed("selects-nothing? it is the toy's way"), Want: []string{
			"in.yaml:10:11: unknown " + subject + "whether Policy/shop/cart selects nothing that exists for Pod shop/cart (it is the toy's way): " +
				"Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "an operator may make it", Text: checktest.Flawed("selects-nothing it is the toy's way") + "---\n" + operated, Want: []string{
			"-: unknown " + subject + "whether Policy/shop/cart selects nothing that exists (it is the toy's way): " +
				"no pod of the input runs, and what operators make of objects of other kinds is seen only where it runs",
		}},
		{Name: "no operator would have made it", Text: checktest.FlawedPod + running + checktest.Flawed("selects-nothing it is the toy's way") + "---\n" + operated, Want: []string{
			"in.yaml:16:11: low " + subject + "Policy/shop/cart selects nothing that exists for Pod shop/cart: it is the toy's way",
		}},
		{Name: "another flaw", Text: checktest.FlawedPod + checktest.Flawed("no-effect it is the toy's way")},
	})
}
