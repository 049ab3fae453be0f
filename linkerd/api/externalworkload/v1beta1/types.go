// Package v1beta1 has the types of externalworkloads.workload.linkerd.io/v1beta1.
package v1beta1

import "github.com/meshposture/meshposture/kube"

// ExternalWorkload is a machine outside of the cluster that runs the proxy.
type ExternalWorkload struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ExternalWorkloadSpec `json:"spec"`
}

// ExternalWorkloadSpec says how it is reached.
type ExternalWorkloadSpec struct {
	MeshTLS     MeshTLS      `json:"meshTLS"`
	Ports       []PortSpec   `json:"ports,omitempty"`
	WorkloadIPs []WorkloadIP `json:"workloadIPs,omitempty"`
}

// MeshTLS is what its proxy proves.
type MeshTLS struct {
	Identity   string `json:"identity"`
	ServerName string `json:"serverName"`
}

// PortSpec is a port of it.
type PortSpec struct {
	Name     string `json:"name,omitempty"`
	Port     int32  `json:"port"`
	Protocol string `json:"protocol,omitempty"` // empty means TCP
}

// WorkloadIP is an address of it.
type WorkloadIP struct {
	Ip string `json:"ip"` //nolint:revive // the name that upstream gives it
}
