// Package v1alpha1 has the types of externalworkloads.workload.linkerd.io/v1alpha1, which is still served.
// Linkerd has no Go package for it.
package v1alpha1

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
)

// ExternalWorkload is a machine outside of the cluster that runs the proxy.
type ExternalWorkload struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ExternalWorkloadSpec `json:"spec"`
}

// ExternalWorkloadSpec says how it is reached. The field of the proxy's identity is spelled differently in
// v1beta1; the API server does not convert, so that a reader of v1beta1 does not find it.
type ExternalWorkloadSpec struct {
	MeshTls     v1beta1.MeshTLS      `json:"meshTls"` //nolint:revive,staticcheck // the name in the definition
	Ports       []v1beta1.PortSpec   `json:"ports,omitempty"`
	WorkloadIPs []v1beta1.WorkloadIP `json:"workloadIPs,omitempty"` // one at most
}
