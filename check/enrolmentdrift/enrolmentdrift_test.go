package enrolmentdrift_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check/enrolmentdrift"
	"github.com/meshposture/meshposture/check/internal/lines"
	"github.com/meshposture/meshposture/internal/meshfake"
)

// cart declares one mode and shows another: MODE and OBSERVED are words of mesh.Mode.
func cart(mode, observed string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata:
      annotations:
        toy/mode: ` + mode + `
---
apiVersion: v1
kind: Pod
metadata:
  name: cart-a
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: cart-5d9, controller: true}]
  labels: {pod-template-hash: 5d9}
  annotations:
    toy/observed: ` + observed + `
`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"as declared", cart("sidecar", "sidecar"), nil},
		{"the kubelet chose the other placement", cart("sidecar", "native-sidecar"), nil},
		{"declared in, runs outside", cart("sidecar", "none"), []string{
			"in.yaml:18:5: high MP1002 shop/Deployment/cart toy none: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is none, and a pod made now would be sidecar: cart-a",
		}},
		{"declared out, still runs inside", cart("none", "sidecar"), []string{
			"in.yaml:18:5: high MP1002 shop/Deployment/cart toy sidecar: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is sidecar, and a pod made now would be none: cart-a",
		}},
		{"inside both ways", cart("ambient", "sidecar"), []string{
			"in.yaml:18:5: low MP1002 shop/Deployment/cart toy sidecar: 1 of 1 running pods of Deployment shop/cart: " +
				"enrolment is sidecar, and a pod made now would be ambient: cart-a",
		}},
		{"pod not judged", cart("sidecar", "riddle"), []string{
			"in.yaml:18:5: unknown MP1002 shop/Deployment/cart: whether the running pods of Deployment shop/cart are enrolled as declared: " +
				"Pod/shop/cart-a: the mode cannot be read",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, err := meshfake.Build("in.yaml", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines.Of(g, time.Time{}, enrolmentdrift.Check)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
