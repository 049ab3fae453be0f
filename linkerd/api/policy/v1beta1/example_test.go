package v1beta1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/policy/v1beta1"
)

// A route that sends requests to a Service.
func Example() {
	var v v1beta1.HTTPRoute
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"parentRefs": [{"kind": "Server", "name": "web"}],
			"rules": [{"matches": [{"path": {"type": "Exact", "value": "/cart"}}], "backendRefs": [{"name": "cart", "port": 80}]}]}}`), &v)
	fmt.Println(v.Spec.ParentRefs[0].Kind, v.Spec.Rules[0].BackendRefs[0].Name, err)
	// Output: Server cart <nil>
}
