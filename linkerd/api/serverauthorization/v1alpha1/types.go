// Package v1alpha1 has the types of serverauthorizations.policy.linkerd.io/v1alpha1, which is deprecated, still
// served and the same as v1beta1. Linkerd has no Go package for it.
package v1alpha1

import "github.com/meshposture/meshposture/linkerd/api/serverauthorization/v1beta1"

// The types of this version are those of v1beta1.
type (
	// ServerAuthorization grants clients access to Servers.
	ServerAuthorization = v1beta1.ServerAuthorization

	// ServerAuthorizationSpec says who gets access to what.
	ServerAuthorizationSpec = v1beta1.ServerAuthorizationSpec
)
