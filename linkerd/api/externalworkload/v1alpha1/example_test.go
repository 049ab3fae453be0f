package v1alpha1_test

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/linkerd/api/externalworkload/v1alpha1"
)

// The field of the identity has another spelling than in v1beta1.
func Example() {
	var v v1alpha1.ExternalWorkload
	err := json.Unmarshal([]byte(`{"metadata": {"name": "vm", "namespace": "shop"},
		"spec": {"meshTls": {"identity": "spiffe://root.linkerd.cluster.local/vm", "serverName": "vm.example.test"},
			"workloadIPs": [{"ip": "192.0.2.7"}]}}`), &v)
	fmt.Println(v.Spec.MeshTls.ServerName, v.Spec.WorkloadIPs[0].Ip, err)
	// Output: vm.example.test 192.0.2.7 <nil>
}
