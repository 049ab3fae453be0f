package v1alpha1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1alpha1"
)

// Whoever has an identity of the mesh gets access to one Server.
func Example() {
	var v v1alpha1.ServerAuthorization
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"server": {"name": "web"}, "client": {"meshTLS": {"identities": ["*"]}}}}`), &v)
	fmt.Println(v.Spec.Server.Name, v.Spec.Client.MeshTLS.Identities, err)
	// Output: web [*] <nil>
}
