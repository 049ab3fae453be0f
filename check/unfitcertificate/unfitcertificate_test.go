package unfitcertificate_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/unfitcertificate"
	"github.com/meshposture/meshposture/internal/checktest"
)

func policy(namespace, spec string) string {
	return "apiVersion: toy.example/v1\nkind: Policy\nmetadata: {name: a, namespace: " + namespace + "}\nspec: {root: 2036-01-01, " + spec + "}\n---\n"
}

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run(t, unfitcertificate.Check, []checktest.Case{
		{Name: "no control plane"},
		{Name: "fit", Text: policy("shop", "issuer: 2035-01-01, chained: true")},
		{Name: "only a root", Text: policy("shop", "chained: false")},
		{Name: "unfit", Text: policy("shop", "unfit: its key is weak"), Want: []string{
			"in.yaml:4:8: high MP6003 toy revision a root 2036-01-01: the root certificate CN=a of toy revision a is not accepted: its key is weak",
		}},
		{Name: "nobody trusts it", Text: policy("shop", "issuer: 2035-01-01, chained: false, unnamed: true"), Want: []string{
			"in.yaml:4:26: high MP6003 toy chain: the certificate CN=a, with which toy signs, leads to none of the roots that workloads trust",
		}},
		{Name: "two without revisions", Text: policy("shop", "unnamed: true") + policy("old", "unfit: weak, unnamed: true"), Want: []string{
			"in.yaml:9:8: high MP6003 toy in namespace old root 2036-01-01: the root certificate CN=a of toy in namespace old is not accepted: weak",
		}},
		{Name: "not known", Text: policy("shop", "issuer: 2035-01-01, admission: riddle"), Want: []string{
			"in.yaml:4:46: unknown MP6003 toy revision a chain: whether what toy revision a signs leads to a root that workloads trust: Policy/shop/a: the certificate cannot be read",
		}},
	})
}
