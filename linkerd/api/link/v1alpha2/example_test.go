package v1alpha2_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/link/v1alpha2"
)

// A number is written as a word.
func Example() {
	var v v1alpha2.Link
	err := json.Unmarshal([]byte(`{"metadata": {"name": "east", "namespace": "linkerd-multicluster"},
		"spec": {"targetClusterName": "east", "gatewayAddress": "192.0.2.7", "gatewayPort": "4143", "federatedServiceSelector": {}}}`), &v)
	fmt.Println(v.Spec.TargetClusterName, v.Spec.GatewayPort, v.Spec.FederatedServiceSelector.IsEmpty(), err)
	// Output: east 4143 true <nil>
}
