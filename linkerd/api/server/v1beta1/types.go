// Package v1beta1 has the types of servers.policy.linkerd.io/v1beta1, which is deprecated and still served.
package v1beta1

import "github.com/meshposture/meshposture/kube"

// Server is a port of pods that has a policy of its own.
type Server struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerSpec `json:"spec"`
}

// ServerSpec says which port of which pods it is. An accessPolicy and an externalWorkloadSelector are
// dropped by the API server.
type ServerSpec struct {
	PodSelector   *kube.LabelSelector `json:"podSelector"`
	Port          kube.IntOrString    `json:"port,omitempty"`
	ProxyProtocol string              `json:"proxyProtocol,omitempty"` // empty means unknown
}
