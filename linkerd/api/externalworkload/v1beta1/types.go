// Package v1beta1 has the types of externalworkloads.workload.linkerd.io/v1beta1.
package v1beta1

import "github.com/meshposture/meshposture/kube"

// ExternalWorkload is a machine outside of the cluster that runs the proxy. Services select it by its
// labels, as they do pods.
type ExternalWorkload struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   ExternalWorkloadSpec   `json:"spec"`
	Status ExternalWorkloadStatus `json:"status,omitempty"`
}

// ExternalWorkloadSpec says how it is reached.
type ExternalWorkloadSpec struct {
	MeshTLS     MeshTLS      `json:"meshTLS"`
	Ports       []PortSpec   `json:"ports,omitempty"`
	WorkloadIPs []WorkloadIP `json:"workloadIPs,omitempty"` // two at most, and one at most before 2.17
}

// MeshTLS is what its proxy proves.
type MeshTLS struct {
	Identity   string `json:"identity"`   // a SPIFFE id, or a DNS-like name
	ServerName string `json:"serverName"` // which clients ask for
}

// PortSpec is a port of it.
type PortSpec struct {
	Name     string `json:"name,omitempty"`
	Port     int32  `json:"port"`               // from 1 to 65535
	Protocol string `json:"protocol,omitempty"` // empty means TCP
}

// WorkloadIP is an address of it.
type WorkloadIP struct {
	Ip string `json:"ip"` //nolint:revive,staticcheck // the name that upstream gives it
}

// ExternalWorkloadStatus is what its proxy, or who manages it, reports.
type ExternalWorkloadStatus struct {
	Conditions []WorkloadCondition `json:"conditions,omitempty"`
}

// WorkloadCondition is one fact of a status.
type WorkloadCondition struct {
	Type    string `json:"type"`   // Ready
	Status  string `json:"status"` // True, False or Unknown
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}
