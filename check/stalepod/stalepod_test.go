package stalepod_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/stalepod"
	"github.com/meshposture/meshposture/internal/checktest"
)

// pod writes a pod of ReplicaSet shop/cart.
func pod(name, stale string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart, controller: true}], annotations: {" + stale + "}}}\n---\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, stalepod.Check, []checktest.Case{
		{Name: "as declared", Text: pod("a", "") + pod("b", "")},
		{Name: "one of two", Text: pod("a", "") + pod("b", "toy/stale: the proxy is old"), Want: []string{
			"in.yaml:3:170: medium MP1003 shop/ReplicaSet/cart toy b: 1 of 2 running pods of ReplicaSet shop/cart: the proxy is old: b",
		}},
		{Name: "alike are one finding", Text: pod("a", "toy/stale: the proxy is old") + pod("b", "toy/stale: the proxy is old") + pod("c", "toy/stale: one; two; three"), Want: []string{
			"in.yaml:1:170: medium MP1003 shop/ReplicaSet/cart toy a: 2 of 3 running pods of ReplicaSet shop/cart: the proxy is old: a, b",
			"in.yaml:5:170: medium MP1003 shop/ReplicaSet/cart toy c: 1 of 3 running pods of ReplicaSet shop/cart: one; two (and 1 other change): c",
		}},
	})
}
