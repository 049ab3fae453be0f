// Package v1alpha3 has the types of links.multicluster.linkerd.io/v1alpha3, which Linkerd stores since 2.18.
package v1alpha3

import "github.com/meshposture/meshposture/kube"

// Link is another cluster whose Services are mirrored into this one.
type Link struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   LinkSpec   `json:"spec"`
	Status LinkStatus `json:"status,omitempty"`
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

	// ExcludedAnnotations and ExcludedLabels are not copied from the Services to their mirrors.
	ExcludedAnnotations []string `json:"excludedAnnotations,omitempty"`
	ExcludedLabels      []string `json:"excludedLabels,omitempty"`
}

// ProbeSpec says how the gateway's health is asked for.
type ProbeSpec struct {
	Path             string `json:"path,omitempty"`
	Port             string `json:"port,omitempty"`             // a number
	Period           string `json:"period,omitempty"`           // as Go writes durations
	Timeout          string `json:"timeout,omitempty"`          // empty means 30s
	FailureThreshold string `json:"failureThreshold,omitempty"` // a number; empty means 3
}

// LinkStatus is what the controller reports of the mirrored Services.
type LinkStatus struct {
	MirrorServices    []ServiceStatus `json:"mirrorServices,omitempty"`
	FederatedServices []ServiceStatus `json:"federatedServices,omitempty"`
}

// ServiceStatus is what it reports of one Service.
type ServiceStatus struct {
	Conditions     []LinkCondition `json:"conditions,omitempty"`
	ControllerName string          `json:"controllerName,omitempty"`
	RemoteRef      ObjectRef       `json:"remoteRef,omitempty"`
}

// LinkCondition is one fact of a status. Linkerd's Go type has a lastProbeTime that the definition has not.
type LinkCondition struct {
	Type     string     `json:"type"`
	Status   string     `json:"status"` // True, False or Unknown
	Reason   string     `json:"reason,omitempty"`
	Message  string     `json:"message"`
	LocalRef *ObjectRef `json:"localRef,omitempty"` // the mirror; nil for none
}

// ObjectRef names an object.
type ObjectRef struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}
