package policytie_test

import (
	"testing"

	"github.com/meshposture/meshposture/check/policytie"
	"github.com/meshposture/meshposture/internal/checktest"
)

func policies(settled string) string {
	return `apiVersion: toy.example/v1
kind: Policy
metadata: {name: a, namespace: shop}
spec: {mtls: strict}
---
apiVersion: toy.example/v1
kind: Policy
metadata: {name: b, namespace: shop}
spec: {mtls: permissive` + settled + `}
`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const claim = "toy/tie Policy/shop/a Policy/shop/b: Policy/shop/a and Policy/shop/b claim the same place (both speak of the same workloads); "
	checktest.Run(t, policytie.Check, []checktest.Case{
		{Name: "one policy", Text: policies("")[:len(policies(""))/2]},
		{Name: "settled", Text: policies(", settled: true"), Want: []string{
			"in.yaml:3:12: low MP3001 " + claim + "only the first counts",
		}},
		{Name: "not settled", Text: policies(", settled: false"), Want: []string{
			"in.yaml:3:12: high MP3001 " + claim +
				"which of them counts is not settled and may change when the control plane restarts",
		}},
		{Name: "not known", Text: policies(""), Want: []string{
			"in.yaml:3:12: unknown MP3001 " + claim + "whether it is settled which of them counts is not known",
		}},
	})
}
