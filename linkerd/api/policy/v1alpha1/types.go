// Package v1alpha1 has the types of policy.linkerd.io/v1alpha1.
package v1alpha1

import "github.com/meshposture/meshposture/kube"

// AuthorizationPolicy grants those who meet all of its authentications access to a target.
type AuthorizationPolicy struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec AuthorizationPolicySpec `json:"spec,"`
}

// AuthorizationPolicySpec says who gets access to what.
type AuthorizationPolicySpec struct {
	TargetRef PolicyTargetReference `json:"targetRef,omitempty"`
	// RequiredAuthenticationRefs must all be met; an empty list lets everybody in.
	RequiredAuthenticationRefs []PolicyTargetReference `json:"requiredAuthenticationRefs,omitempty"`
}

// PolicyTargetReference names an object, as the Gateway API's type of that name.
type PolicyTargetReference struct {
	Group     string  `json:"group"` // empty means the core group
	Kind      string  `json:"kind"`
	Name      string  `json:"name"`
	Namespace *string `json:"namespace,omitempty"` // nil means that of the object which refers
}

// MeshTLSAuthentication lists identities.
type MeshTLSAuthentication struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec MeshTLSAuthenticationSpec `json:"spec"`
}

// MeshTLSAuthenticationSpec lists identities or objects that have them.
type MeshTLSAuthenticationSpec struct {
	Identities   []string                `json:"identities,omitempty"`
	IdentityRefs []PolicyTargetReference `json:"identityRefs,omitempty"`
}

// NetworkAuthentication lists networks.
type NetworkAuthentication struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec NetworkAuthenticationSpec `json:"spec,omitempty"`
}

// NetworkAuthenticationSpec lists networks.
type NetworkAuthenticationSpec struct {
	Networks []*Network `json:"networks,omitempty"`
}

// Network is an address range with holes.
type Network struct {
	Cidr   string   `json:"cidr,omitempty"`
	Except []string `json:"except,omitempty"`
}

// EgressNetwork is a part of the world outside of the cluster.
type EgressNetwork struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec EgressNetworkSpec `json:"spec"`
}

// EgressNetworkSpec says what becomes of traffic to it that no route takes.
type EgressNetworkSpec struct {
	Networks      []*Network `json:"networks,omitempty"` // nil means everything outside of the cluster's networks
	TrafficPolicy string     `json:"trafficPolicy"`      // Allow or Deny
}

// HTTPLocalRateLimitPolicy limits the requests to a Server at each of its proxies.
type HTTPLocalRateLimitPolicy struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec HTTPLocalRateLimitPolicySpec `json:"spec"`
}

// HTTPLocalRateLimitPolicySpec says how many.
type HTTPLocalRateLimitPolicySpec struct {
	TargetRef LocalTargetReference    `json:"targetRef"`
	Total     *RateLimit              `json:"total,omitempty"`
	Identity  *RateLimit              `json:"identity,omitempty"`
	Overrides []RateLimitWithIdentity `json:"overrides,omitempty"`
}

// LocalTargetReference names an object of the same namespace.
type LocalTargetReference struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

// RateLimit is a number of requests in a second.
type RateLimit struct {
	RequestsPerSecond int64 `json:"requestsPerSecond"`
}

// RateLimitWithIdentity is one for the clients that it names.
type RateLimitWithIdentity struct {
	RequestsPerSecond int64                   `json:"requestsPerSecond"`
	ClientRefs        []PolicyTargetReference `json:"clientRefs"`
}
