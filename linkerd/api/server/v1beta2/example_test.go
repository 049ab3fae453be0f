package v1beta2_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/server/v1beta2"
)

// This version has no accessPolicy.
func Example() {
	var v v1beta2.Server
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "port": "http", "proxyProtocol": "gRPC"}}`), &v)
	fmt.Println(v.Name, v.Spec.Port.Name, v.Spec.ProxyProtocol, err)
	// Output: web http gRPC <nil>
}
