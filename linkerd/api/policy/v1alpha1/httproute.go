package v1alpha1

import "github.com/meshposture/meshposture/linkerd/api/policy/v1beta1"

// HTTPRoute attaches rules for HTTP requests to Servers. This version is the same as v1beta1.
type HTTPRoute = v1beta1.HTTPRoute

// HTTPRouteSpec says to what it is attached and what its rules are.
type HTTPRouteSpec = v1beta1.HTTPRouteSpec
