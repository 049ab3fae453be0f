package v1alpha1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/serviceprofile/v1alpha1"
)

// Ports are written as words.
func Example() {
	var v v1alpha1.ServiceProfile
	err := json.Unmarshal([]byte(`{"metadata": {"name": "cart.shop.svc.cluster.local", "namespace": "shop"},
		"spec": {"opaquePorts": ["3306"], "routes": [{"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"}}]}}`), &v)
	fmt.Println(v.Spec.OpaquePorts, v.Spec.Routes[0].Condition.PathRegex, err)
	// Output: [3306] / <nil>
}
