package v1beta3_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
)

// A Server stands for a port of pods and may grant something by itself.
func Example() {
	var v v1beta3.Server
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "port": "http", "accessPolicy": "all-authenticated"}}`), &v)
	fmt.Println(v.Name, v.Spec.Port.Name, v.Spec.AccessPolicy, err)
	// Output: web http all-authenticated <nil>
}
