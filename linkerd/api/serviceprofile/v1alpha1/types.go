// Package v1alpha1 has the types of serviceprofiles.linkerd.io/v1alpha1, which is still served and the same
// as v1alpha2, but that it must have routes. Linkerd has no Go package for it.
package v1alpha1

import "github.com/meshposture/meshposture/linkerd/api/serviceprofile/v1alpha2"

// The types of this version are those of v1alpha2.
type (
	// ServiceProfile describes the routes of a Service.
	ServiceProfile = v1alpha2.ServiceProfile

	// ServiceProfileSpec lists routes and overrides.
	ServiceProfileSpec = v1alpha2.ServiceProfileSpec
)
