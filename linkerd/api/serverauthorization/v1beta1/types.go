// Package v1beta1 has the types of serverauthorizations.policy.linkerd.io/v1beta1.
package v1beta1

import "github.com/meshposture/meshposture/kube"

// ServerAuthorization grants clients access to Servers of its namespace.
type ServerAuthorization struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServerAuthorizationSpec `json:"spec"`
}

// ServerAuthorizationSpec says who gets access to what.
type ServerAuthorizationSpec struct {
	Server Server `json:"server,omitempty"`
	Client Client `json:"client,omitempty"`
}

// Server names one Server, or selects Servers by their own labels: exactly one of the two is set.
type Server struct {
	Name     string              `json:"name,omitempty"`
	Selector *kube.LabelSelector `json:"selector,omitempty"` // empty selects all Servers
}

// Client says who is meant. Without MeshTLS and Unauthenticated nobody is.
type Client struct {
	Networks        []*Cidr  `json:"networks,omitempty"` // empty means the cluster's networks
	MeshTLS         *MeshTLS `json:"meshTLS,omitempty"`
	Unauthenticated bool     `json:"unauthenticated,omitempty"` // everybody in the networks
}

// Cidr is a range of addresses, or a single one, with holes.
type Cidr struct {
	Cidr   string   `json:"cidr,omitempty"`
	Except []string `json:"except,omitempty"`
}

// MeshTLS names identities. Both lists empty, and no UnauthenticatedTLS, name nobody.
type MeshTLS struct {
	UnauthenticatedTLS bool                  `json:"unauthenticatedTLS,omitempty"` // TLS of the mesh, even without a client certificate
	Identities         []string              `json:"identities,omitempty"`         // "*", "*.suffix" or a name; no SPIFFE ids
	ServiceAccounts    []*ServiceAccountName `json:"serviceAccounts,omitempty"`
}

// ServiceAccountName names a ServiceAccount.
type ServiceAccountName struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"` // empty means that of the ServerAuthorization
}
