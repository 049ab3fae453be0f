// Package v1beta3 has the types of httproutes.policy.linkerd.io/v1beta3, Linkerd's own HTTPRoute: that of
// the Gateway API with other defaults and fewer filters.
package v1beta3

import "github.com/meshposture/meshposture/kube"

// HTTPRoute attaches rules for HTTP requests to Servers, Services and EgressNetworks.
type HTTPRoute struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec   HTTPRouteSpec   `json:"spec"`
	Status HTTPRouteStatus `json:"status,omitempty"`
}

// HTTPRouteSpec says to what it is attached and what its rules are.
type HTTPRouteSpec struct {
	// ParentRefs may be 32 at most. A nil Group means policy.linkerd.io, as the API server writes, and an
	// empty Kind Gateway.
	ParentRefs []kube.ParentRef `json:"parentRefs,omitempty"`

	// Hostnames may be 16 at most; empty means every name.
	Hostnames []string `json:"hostnames,omitempty"`

	// Rules may be 16 at most. Where there is no list the API server writes one rule that matches
	// everything; an empty list stays one without rules.
	Rules []HTTPRouteRule `json:"rules,omitempty"`
}

// HTTPRouteRule is one rule.
type HTTPRouteRule struct {
	// Matches may be 8 at most; nil and empty match every request.
	Matches []HTTPRouteMatch `json:"matches,omitempty"`

	// Filters may be 16 at most.
	Filters []HTTPRouteFilter `json:"filters,omitempty"`

	// BackendRefs may be 16 at most. They count for requests that leave a proxy, not for those that arrive.
	BackendRefs []HTTPBackendRef `json:"backendRefs,omitempty"`

	// Timeouts came with v1beta3; nil for none.
	Timeouts *HTTPRouteTimeouts `json:"timeouts,omitempty"`
}

// HTTPRouteMatch is met by requests that meet all of its parts.
type HTTPRouteMatch struct {
	Path        *HTTPPathMatch        `json:"path,omitempty"` // nil means every path
	Headers     []HTTPHeaderMatch     `json:"headers,omitempty"`
	QueryParams []HTTPQueryParamMatch `json:"queryParams,omitempty"`
	Method      string                `json:"method,omitempty"` // empty means every method
}

// HTTPPathMatch is a test of the path.
type HTTPPathMatch struct {
	Type  string `json:"type,omitempty"`  // Exact, PathPrefix, which empty means, or RegularExpression
	Value string `json:"value,omitempty"` // empty means "/"
}

// HTTPHeaderMatch is a test of a header, whose name has no case.
type HTTPHeaderMatch struct {
	Type  string `json:"type,omitempty"` // Exact, which empty means, or RegularExpression
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HTTPQueryParamMatch is a test of a parameter of the query.
type HTTPQueryParamMatch struct {
	Type  string `json:"type,omitempty"` // Exact, which empty means, or RegularExpression
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HTTPRouteFilter changes a request or answers it. Which field counts is up to Type.
type HTTPRouteFilter struct {
	Type                  string                     `json:"type"` // RequestHeaderModifier or RequestRedirect
	RequestHeaderModifier *HTTPHeaderFilter          `json:"requestHeaderModifier,omitempty"`
	RequestRedirect       *HTTPRequestRedirectFilter `json:"requestRedirect,omitempty"`
}

// HTTPBackendFilter is a filter of a backend, which may change responses, too.
type HTTPBackendFilter struct {
	Type                   string                     `json:"type"` // RequestHeaderModifier, ResponseHeaderModifier or RequestRedirect
	RequestHeaderModifier  *HTTPHeaderFilter          `json:"requestHeaderModifier,omitempty"`
	ResponseHeaderModifier *HTTPHeaderFilter          `json:"responseHeaderModifier,omitempty"`
	RequestRedirect        *HTTPRequestRedirectFilter `json:"requestRedirect,omitempty"`
}

// HTTPHeaderFilter changes headers.
type HTTPHeaderFilter struct {
	Set    []HTTPHeader `json:"set,omitempty"`
	Add    []HTTPHeader `json:"add,omitempty"`
	Remove []string     `json:"remove,omitempty"`
}

// HTTPHeader is a header.
type HTTPHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HTTPRequestRedirectFilter answers with a redirection.
type HTTPRequestRedirectFilter struct {
	Scheme     string            `json:"scheme,omitempty"` // http, https; empty keeps that of the request
	Hostname   string            `json:"hostname,omitempty"`
	Path       *HTTPPathModifier `json:"path,omitempty"`
	Port       int32             `json:"port,omitempty"`
	StatusCode int               `json:"statusCode,omitempty"` // 301 or 302; 0 means 302
}

// HTTPPathModifier replaces the path or its prefix.
type HTTPPathModifier struct {
	Type               string  `json:"type"` // ReplaceFullPath or ReplacePrefixMatch
	ReplaceFullPath    *string `json:"replaceFullPath,omitempty"`
	ReplacePrefixMatch *string `json:"replacePrefixMatch,omitempty"`
}

// HTTPBackendRef is where requests are sent. An empty Kind means Service.
type HTTPBackendRef struct {
	kube.BackendRef

	Filters []HTTPBackendFilter `json:"filters,omitempty"`
}

// HTTPRouteTimeouts are durations as Go writes them; empty means none.
type HTTPRouteTimeouts struct {
	Request        string `json:"request,omitempty"`
	BackendRequest string `json:"backendRequest,omitempty"` // not longer than Request
}

// HTTPRouteStatus is what controllers report.
type HTTPRouteStatus struct {
	Parents []RouteParentStatus `json:"parents,omitempty"`
}

// RouteParentStatus is what one controller reports of one parent.
type RouteParentStatus struct {
	ParentRef      kube.ParentRef `json:"parentRef"`
	ControllerName string         `json:"controllerName"` // linkerd.io/policy-controller is Linkerd's
	Conditions     []Condition    `json:"conditions,omitempty"`
}

// Condition is one fact of a status.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"` // True, False or Unknown
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}
