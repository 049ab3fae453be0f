package v1beta1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
)

// A machine proves an identity.
func Example() {
	var v v1beta1.ExternalWorkload
	err := json.Unmarshal([]byte(`{"metadata": {"name": "vm", "namespace": "shop"},
		"spec": {"meshTLS": {"identity": "spiffe://root.linkerd.cluster.local/vm", "serverName": "vm.example.test"},
			"workloadIPs": [{"ip": "192.0.2.7"}]}}`), &v)
	fmt.Println(v.Spec.MeshTLS.ServerName, v.Spec.WorkloadIPs[0].Ip, err)
	// Output: vm.example.test 192.0.2.7 <nil>
}
