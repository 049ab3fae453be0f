package versionskew_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/versionskew"
	"github.com/meshposture/meshposture/internal/checktest"
)

func policy(name, spec string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n---\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	cart := "{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop}}\n---\n"
	checktest.Run(t, versionskew.Check, []checktest.Case{
		{Name: "the same", Text: policy("v1", "skew: 0")},
		{Name: "one behind", Text: policy("v1", "skew: 1")},
		{Name: "two behind", Text: policy("v1", "skew: 2"), Want: []string{
			"in.yaml:4:8: medium MP6002 toy proxy v1 revision main: toy proxy v1 in no workload is 2 minor releases behind its control plane; at most 1 is supported",
		}},
		{Name: "ahead", Text: cart + policy("v1", "workload: cart, skew: -1"), Want: []string{
			"in.yaml:6:24: medium MP6002 toy proxy v1 revision main: toy proxy v1 in Pod shop/cart is 1 minor release ahead of its control plane, which is not supported",
		}},
		{Name: "versions of its own", Text: policy("v1", "skew: 200")},
		{Name: "not known", Text: policy("v1", "skew: 100"), Want: []string{
			"-: unknown MP6002 toy proxy v1 revision main: whether toy proxy v1 in no workload is near enough to its control plane: Policy/shop/v1: the version cannot be read",
		}},
	})
}
