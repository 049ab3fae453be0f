// Package v1alpha2 has the types of links.multicluster.linkerd.io/v1alpha2, which Linkerd stored in 2.17 and
// serves since.
package v1alpha2

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
)

// Link is another cluster whose Services are mirrored into this one.
type Link struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec LinkSpec `json:"spec"`
}

// LinkSpec says how the cluster is reached and which of its Services are mirrored.
type LinkSpec struct {
	TargetClusterName             string    `json:"targetClusterName,omitempty"`
	TargetClusterDomain           string    `json:"targetClusterDomain,omitempty"`
	TargetClusterLinkerdNamespace string    `json:"targetClusterLinkerdNamespace,omitempty"`
	ClusterCredentialsSecret      string    `json:"clusterCredentialsSecret,omitempty"` // of the Link's namespace
	GatewayAddress                string    `json:"gatewayAddress,omitempty"`           // addresses and names with commas between; empty for no gateway
	GatewayPort                   string    `json:"gatewayPort,omitempty"`              // a number
	GatewayIdentity               string    `json:"gatewayIdentity,omitempty"`
	ProbeSpec                     ProbeSpec `json:"probeSpec,omitempty"`

	// Selector selects the Services that are reached through the gateway; nil and empty select none.
	Selector *kube.LabelSelector `json:"selector,omitempty"`

	// RemoteDiscoverySelector selects the Services whose pods are reached themselves; nil and empty select none.
	RemoteDiscoverySelector *kube.LabelSelector `json:"remoteDiscoverySelector,omitempty"`

	// FederatedServiceSelector selects the Services that join federated ones; nil and empty select none.
	FederatedServiceSelector *kube.LabelSelector `json:"federatedServiceSelector,omitempty"`
}

// ProbeSpec says how the gateway's health is asked for.
type ProbeSpec = v1alpha3.ProbeSpec
