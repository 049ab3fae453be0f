package policytie_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/internal/lines"
	"github.com/meshposture/meshposture/check/policytie"
	"github.com/meshposture/meshposture/internal/meshfake"
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
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one policy", policies("")[:len(policies(""))/2], nil},
		{"settled", policies(", settled: true"), []string{
			"in.yaml:3:12: low MP3001 " + claim + "only the first counts",
		}},
		{"not settled", policies(", settled: false"), []string{
			"in.yaml:3:12: high MP3001 " + claim +
				"which of them counts is not settled and may change when the control plane restarts",
		}},
		{"not known", policies(""), []string{
			"in.yaml:3:12: unknown MP3001 " + claim + "whether it is settled which of them counts is not known",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines.Of(g, time.Time{}, policytie.Check)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
