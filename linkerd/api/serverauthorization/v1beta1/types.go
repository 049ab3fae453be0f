// Package v1beta1 has the types of serverauthorizations.policy.linkerd.io/v1beta1.
package v1beta1

import "github.com/meshposture/meshposture/kube"

// ServerAuthorization grants clients access to Servers.
type ServerAuthorization struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerAuthorizationSpec `json:"spec"`
}

// ServerAuthorizationSpec says who gets access to what.
type ServerAuthorizationSpec struct {
	Server Server `json:"server,omitempty"`
	Client Client `json:"client,omitempty"`
}

// Server names one Server, or selects Servers by their labels.
type Server struct {
	Name     string              `json:"name,omitempty"`
	Selector *kube.LabelSelector `json:"selector,omitempty"`
}

// Client says who is meant.
type Client struct {
	Networks        []*Cidr  `json:"networks,omitempty"` // empty means the cluster's networks
	MeshTLS         *MeshTLS `json:"meshTLS,omitempty"`
	Unauthenticated bool     `json:"unauthenticated,omitempty"`
}

// Cidr is a network.
type Cidr struct {
	Cidr   string   `json:"cidr,omitempty"`
	Except []string `json:"except,omitempty"`
}

// MeshTLS names identities.
type MeshTLS struct {
	UnauthenticatedTLS bool                  `json:"unauthenticatedTLS,omitempty"`
	Identities         []string              `json:"identities,omitempty"`
	ServiceAccounts    []*ServiceAccountName `json:"serviceAccounts,omitempty"`
}

// ServiceAccountName names a ServiceAccount.
type ServiceAccountName struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"` // empty means that of the ServerAuthorization
}
