// Package v1beta2 has the types of servers.policy.linkerd.io/v1beta2, which Linkerd stored in 2.15 and
// serves since.
package v1beta2

import "github.com/meshposture/meshposture/kube"

// Server is a port of pods, or of external workloads, that has a policy of its own.
type Server struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerSpec `json:"spec"`
}

// ServerSpec says which port of which pods it is: exactly one of the two selectors is set. An accessPolicy
// is dropped by the API server, which then takes the default of the stored version, deny.
type ServerSpec struct {
	PodSelector              *kube.LabelSelector `json:"podSelector,omitempty"`
	ExternalWorkloadSelector *kube.LabelSelector `json:"externalWorkloadSelector,omitempty"`
	Port                     kube.IntOrString    `json:"port,omitempty"`
	ProxyProtocol            string              `json:"proxyProtocol,omitempty"` // empty means unknown
}
