// Package v1beta3 has the types of servers.policy.linkerd.io/v1beta3, which Linkerd stores since 2.16.
package v1beta3

import "github.com/meshposture/meshposture/kube"

// Server is a port of pods, or of external workloads, that has a policy of its own.
type Server struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerSpec `json:"spec"`
}

// ServerSpec says which port of which pods it is. Exactly one of the two selectors is set.
type ServerSpec struct {
	// AccessPolicy is what the Server grants by itself, on top of what policies grant: deny (nothing),
	// audit, all-authenticated, all-unauthenticated, cluster-authenticated or cluster-unauthenticated. The
	// API server writes deny where there is none; the definition does not restrict the word, the policy
	// webhook does.
	AccessPolicy string `json:"accessPolicy,omitempty"`

	// PodSelector selects pods of the Server's namespace; empty selects all of them.
	PodSelector *kube.LabelSelector `json:"podSelector,omitempty"`

	// ExternalWorkloadSelector selects ExternalWorkloads of the Server's namespace; empty selects all.
	ExternalWorkloadSelector *kube.LabelSelector `json:"externalWorkloadSelector,omitempty"`

	// Port is a number, declared by a container or not, or the name of a container's port.
	Port kube.IntOrString `json:"port,omitempty"`

	// ProxyProtocol is unknown (the proxy detects it), HTTP/1, HTTP/2, gRPC, opaque or TLS. The API server
	// writes unknown where there is none; only the webhook restricts the word.
	ProxyProtocol string `json:"proxyProtocol,omitempty"`
}
