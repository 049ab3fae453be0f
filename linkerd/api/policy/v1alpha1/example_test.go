package v1alpha1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/policy/v1alpha1"
)

// A reference without a namespace means that of the policy.
func Example() {
	var v v1alpha1.AuthorizationPolicy
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": "web"},
			"requiredAuthenticationRefs": [{"kind": "ServiceAccount", "name": "checkout"}]}}`), &v)
	fmt.Println(v.Spec.TargetRef.Name, v.Spec.RequiredAuthenticationRefs[0].Namespace == nil, err)
	// Output: web true <nil>
}
