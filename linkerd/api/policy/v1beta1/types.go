// Package v1beta1 has the types of httproutes.policy.linkerd.io/v1beta1: those of v1beta2 with less in the
// references to backends. Linkerd has no Go package for it.
package v1beta1

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
	BackendRefs []HTTPBackendRef          `json:"backendRefs,omitempty"`
}

// HTTPBackendRef names a Service.
type HTTPBackendRef struct {
	Name      string                      `json:"name,omitempty"`
	Namespace string                      `json:"namespace,omitempty"` // empty means the namespace default, whatever that of the route is
	Port      int32                       `json:"port,omitempty"`
	Filters   []v1beta3.HTTPBackendFilter `json:"filters,omitempty"`
}
