// Package v1alpha3 has the types of links.multicluster.linkerd.io/v1alpha3.
package v1alpha3

import "github.com/meshposture/meshposture/kube"

// Link is another cluster whose Services are mirrored into this one.
type Link struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec LinkSpec `json:"spec"`
}

// LinkSpec says how the cluster is reached and which of its Services are mirrored.
type LinkSpec struct {
	TargetClusterName             string              `json:"targetClusterName,omitempty"`
	TargetClusterDomain           string              `json:"targetClusterDomain,omitempty"`
	TargetClusterLinkerdNamespace string              `json:"targetClusterLinkerdNamespace,omitempty"`
	ClusterCredentialsSecret      string              `json:"clusterCredentialsSecret,omitempty"`
	GatewayAddress                string              `json:"gatewayAddress,omitempty"`
	GatewayPort                   string              `json:"gatewayPort,omitempty"`
	GatewayIdentity               string              `json:"gatewayIdentity,omitempty"`
	ProbeSpec                     ProbeSpec           `json:"probeSpec,omitempty"`
	Selector                      *kube.LabelSelector `json:"selector,omitempty"`
	RemoteDiscoverySelector       *kube.LabelSelector `json:"remoteDiscoverySelector,omitempty"`
	FederatedServiceSelector      *kube.LabelSelector `json:"federatedServiceSelector,omitempty"`
	ExcludedAnnotations           []string            `json:"excludedAnnotations,omitempty"`
	ExcludedLabels                []string            `json:"excludedLabels,omitempty"`
}

// ProbeSpec says how the gateway's health is asked for.
type ProbeSpec struct {
	Path             string `json:"path,omitempty"`
	Port             string `json:"port,omitempty"`
	Period           string `json:"period,omitempty"`
	Timeout          string `json:"timeout,omitempty"`
	FailureThreshold string `json:"failureThreshold,omitempty"`
}
