// Package v1alpha1 has the types of servers.policy.linkerd.io/v1alpha1, which is deprecated and still served. Linkerd
// has no Go package for it.
package v1alpha1

import "github.com/meshposture/meshposture/kube"

// Server is a port of pods that has a policy of its own.
type Server struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerSpec `json:"spec"`
}

// ServerSpec says which port of which pods it is. An accessPolicy and an externalWorkloadSelector are
// dropped by the API server.
type ServerSpec struct {
	PodSelector   *kube.LabelSelector `json:"podSelector"` // has either labels or expressions
	Port          kube.IntOrString    `json:"port,omitempty"`
	ProxyProtocol string              `json:"proxyProtocol,omitempty"` // empty means unknown
}
