package unverifiedenforcement_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/unverifiedenforcement"
	"github.com/meshposture/meshposture/internal/checktest"
)

func override(alters string) string {
	return "{apiVersion: toy.example/v1, kind: Policy, metadata: {name: cart, namespace: shop}, spec: {workload: cart, alters: [" + alters + "]}}"
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	checktest.Run(t, unverifiedenforcement.Check, []checktest.Case{
		{Name: "authorization", Text: checktest.FlawedPod + override("authorization, transport, telemetry"), Want: []string{
			"in.yaml:5:108: medium MP3007 Policy/shop/cart override: Policy/shop/cart changes what the proxies of Pod shop/cart enforce (authorization, transport), in ways that are not evaluated",
		}},
		{Name: "nothing that protects", Text: checktest.FlawedPod + override("routing, telemetry")},
		{Name: "left to another check", Text: checktest.FlawedPod + override("inbound")},
		{Name: "reaches nobody", Text: override("authorization")},
		{Name: "cannot be read", Text: checktest.FlawedPod + override("riddle"), Want: []string{
			"in.yaml:5:108: unknown MP3007 Policy/shop/cart override: whether Policy/shop/cart changes what the proxies of Pod shop/cart enforce: Policy/shop/cart: what it alters cannot be read",
		}},
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const subject = "MP3007 Policy/shop/cart toy/unverified: "
	checktest.Run(t, unverifiedenforcement.Check, []checktest.Case{
		{Name: "no flaw", Text: checktest.FlawedPod},
		{Name: "of a workload", Text: checktest.FlawedPod + checktest.Flawed("unverified it is the toy's way"), Want: []string{
			"in.yaml:10:11: medium " + subject + "Policy/shop/cart changes how the mesh enforces, in ways that are not evaluated for Pod shop/cart: it is the toy's way",
		}},
		{Name: "of none", Text: checktest.Flawed("unverified it is the toy's way"), Want: []string{
			"in.yaml:6:11: medium " + subject + "Policy/shop/cart changes how the mesh enforces, in ways that are not evaluated: it is the toy's way",
		}},
		{Name: "perhaps", Text: checktest.FlawedPod + checktest.Flawed("unverified? it is the toy's way"), Want: []string{
			"in.yaml:10:11: unknown " + subject + "whether Policy/shop/cart changes how the mesh enforces, in ways that are not evaluated for Pod shop/cart (it is the toy's way): " +
				"Policy/shop/cart: the toy does not evaluate it",
		}},
		{Name: "another flaw", Text: checktest.FlawedPod + checktest.Flawed("no-effect it is the toy's way")},
	})
}
