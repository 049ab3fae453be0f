// Package v1alpha1 has the types of policy.linkerd.io/v1alpha1.
package v1alpha1

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
)

// AuthorizationPolicy grants those who meet all of its authentications access to a target.
type AuthorizationPolicy struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec AuthorizationPolicySpec `json:"spec"`
}

// AuthorizationPolicySpec says who gets access to what.
type AuthorizationPolicySpec struct {
	TargetRef PolicyTargetReference `json:"targetRef,omitempty"`
	// RequiredAuthenticationRefs must all be met; an empty list lets everybody in.
	RequiredAuthenticationRefs []PolicyTargetReference `json:"requiredAuthenticationRefs,omitempty"`
}

// PolicyTargetReference names an object, as the Gateway API's type of that name. Group and Kind have no case
// where they are compared.
type PolicyTargetReference struct {
	Group     string  `json:"group"` // empty and "core" mean the core group
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
// Exactly one of the lists is set, and it is not empty.
type MeshTLSAuthenticationSpec struct {
	Identities   []string                `json:"identities,omitempty"`   // "*", "*.suffix", a name or a SPIFFE id
	IdentityRefs []PolicyTargetReference `json:"identityRefs,omitempty"` // ServiceAccounts and Namespaces
}

// NetworkAuthentication lists networks.
type NetworkAuthentication struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec NetworkAuthenticationSpec `json:"spec,omitempty"`
}

// NetworkAuthenticationSpec lists networks.
type NetworkAuthenticationSpec struct {
	Networks []*Network `json:"networks,omitempty"` // must be there; only the webhook wants an entry
}

// Network is a range of addresses, or a single one, with holes.
type Network struct {
	Cidr   string   `json:"cidr,omitempty"`
	Except []string `json:"except,omitempty"`
}

// EgressNetwork is a part of the world outside of the cluster. Linkerd has no Go type for it.
type EgressNetwork struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   EgressNetworkSpec   `json:"spec"`
	Status EgressNetworkStatus `json:"status,omitempty"`
}

// EgressNetworkSpec says what becomes of traffic to it that no route takes.
type EgressNetworkSpec struct {
	Networks      []*Network `json:"networks,omitempty"` // nil means everything outside of the cluster's networks
	TrafficPolicy string     `json:"trafficPolicy"`      // Allow or Deny
}

// EgressNetworkStatus is what the policy controller reports.
type EgressNetworkStatus struct {
	Conditions []v1beta3.Condition `json:"conditions,omitempty"`
}

// HTTPLocalRateLimitPolicy limits the requests to a Server at each of its proxies. Linkerd has no Go type for
// it.
type HTTPLocalRateLimitPolicy struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   HTTPLocalRateLimitPolicySpec   `json:"spec"`
	Status HTTPLocalRateLimitPolicyStatus `json:"status,omitempty"`
}

// HTTPLocalRateLimitPolicySpec says how many. A limit that is nil does not limit.
type HTTPLocalRateLimitPolicySpec struct {
	TargetRef LocalTargetReference    `json:"targetRef"`
	Total     *RateLimit              `json:"total,omitempty"`    // of all clients together
	Identity  *RateLimit              `json:"identity,omitempty"` // of each identity, and of all clients without one together
	Overrides []RateLimitWithIdentity `json:"overrides,omitempty"`
}

// HTTPLocalRateLimitPolicyStatus is what the policy controller reports.
type HTTPLocalRateLimitPolicyStatus struct {
	Conditions []v1beta3.Condition  `json:"conditions,omitempty"`
	TargetRef  LocalTargetReference `json:"targetRef,omitempty"`
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

// RateLimitWithIdentity is one for the clients that it names, ServiceAccounts, together.
type RateLimitWithIdentity struct {
	RequestsPerSecond int64                   `json:"requestsPerSecond"`
	ClientRefs        []PolicyTargetReference `json:"clientRefs"`
}
