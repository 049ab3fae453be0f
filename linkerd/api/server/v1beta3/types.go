// Package v1beta3 has the types of servers.policy.linkerd.io/v1beta3, which Linkerd stores since 2.16.
package v1beta3

import "github.com/meshposture/meshposture/kube"

// Server is a port of pods, or of external workloads, that has a policy of its own.
type Server struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerSpec `json:"spec"`
}

// ServerSpec says which port of which pods it is.
type ServerSpec struct {
	AccessPolicy             string              `json:"accessPolicy,omitempty"`             // empty means deny
	PodSelector              *kube.LabelSelector `json:"podSelector,omitempty"`              // one of the two selectors
	ExternalWorkloadSelector *kube.LabelSelector `json:"externalWorkloadSelector,omitempty"` // must be there
	Port                     kube.IntOrString    `json:"port,omitempty"`
	ProxyProtocol            string              `json:"proxyProtocol,omitempty"` // empty means unknown
}
