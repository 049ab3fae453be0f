// Package v1beta2 has the types of httproutes.policy.linkerd.io/v1beta2: those of v1beta3 without timeouts.
// Linkerd has no Go package for it.
package v1beta2

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
)

// HTTPRoute attaches rules for HTTP requests to Servers and Services.
type HTTPRoute struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   HTTPRouteSpec           `json:"spec"`
	Status v1beta3.HTTPRouteStatus `json:"status,omitempty"`
}

// HTTPRouteSpec says to what it is attached and what its rules are.
type HTTPRouteSpec struct {
	ParentRefs []kube.ParentRef `json:"parentRefs,omitempty"`
	Hostnames  []string         `json:"hostnames,omitempty"` // empty means every name
	Rules      []HTTPRouteRule  `json:"rules,omitempty"`     // nil means one that matches everything
}

// HTTPRouteRule is one rule.
type HTTPRouteRule struct {
	Matches     []v1beta3.HTTPRouteMatch  `json:"matches,omitempty"` // nil and empty match every request
	Filters     []v1beta3.HTTPRouteFilter `json:"filters,omitempty"`
	BackendRefs []v1beta3.HTTPBackendRef  `json:"backendRefs,omitempty"`
}
