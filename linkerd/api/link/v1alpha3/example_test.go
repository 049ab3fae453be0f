package v1alpha3_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
)

// A number is written as a word.
func Example() {
	var v v1alpha3.Link
	err := json.Unmarshal([]byte(`{"metadata": {"name": "east", "namespace": "linkerd-multicluster"},
		"spec": {"targetClusterName": "east", "gatewayAddress": "192.0.2.7", "gatewayPort": "4143", "excludedLabels": ["team"]}}`), &v)
	fmt.Println(v.Spec.TargetClusterName, v.Spec.GatewayPort, v.Spec.ExcludedLabels, err)
	// Output: east 4143 [team] <nil>
}
