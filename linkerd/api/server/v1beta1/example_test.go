package v1beta1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/server/v1beta1"
)

// This version selects pods only.
func Example() {
	var v v1beta1.Server
	err := json.Unmarshal([]byte(`{"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "port": "http", "proxyProtocol": "opaque"}}`), &v)
	fmt.Println(v.Spec.PodSelector.MatchLabels, v.Spec.ProxyProtocol, err)
	// Output: map[app:web] opaque <nil>
}
