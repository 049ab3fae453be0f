package v1beta3_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
)

// A route that is attached to a Server.
func Example() {
	var v v1beta3.HTTPRoute
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"parentRefs": [{"kind": "Server", "name": "web"}],
			"rules": [{"matches": [{"path": {"type": "Exact", "value": "/cart"}}], "timeouts": {"request": "1s"}}]}}`), &v)
	fmt.Println(v.Spec.ParentRefs[0].Kind, v.Spec.Rules[0].Matches[0].Path.Value, v.Spec.Rules[0].Timeouts.Request, err)
	// Output: Server /cart 1s <nil>
}
