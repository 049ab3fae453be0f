package v1beta2_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/policy/v1beta2"
)

// A route that is attached to a Server.
func Example() {
	var v v1beta2.HTTPRoute
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"parentRefs": [{"kind": "Server", "name": "web"}],
			"rules": [{"matches": [{"path": {"type": "Exact", "value": "/cart"}}]}]}}`), &v)
	fmt.Println(v.Spec.ParentRefs[0].Kind, v.Spec.Rules[0].Matches[0].Path.Value, err)
	// Output: Server /cart <nil>
}
