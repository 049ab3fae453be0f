// Package v1alpha2 has the types of serviceprofiles.linkerd.io/v1alpha2.
package v1alpha2

import "github.com/meshposture/meshposture/kube"

// ServiceProfile describes the routes of a Service, by whose full DNS name it is called. It counts for the
// requests of clients only, and before HTTPRoutes and GRPCRoutes of the Service.
type ServiceProfile struct {
	kube.Meta `json:"metadata,omitempty"`

	Spec ServiceProfileSpec `json:"spec"`
}

// ServiceProfileSpec lists routes and overrides.
type ServiceProfileSpec struct {
	Routes       []*RouteSpec   `json:"routes,omitempty"`
	RetryBudget  *RetryBudget   `json:"retryBudget,omitempty"` // nil means Linkerd's own
	DstOverrides []*WeightedDst `json:"dstOverrides,omitempty"`
	OpaquePorts  []string       `json:"opaquePorts,omitempty"` // a map in Linkerd's Go type, a list in the definition
}

// RouteSpec is a class of requests.
type RouteSpec struct {
	Name            string           `json:"name"`
	Condition       *RequestMatch    `json:"condition"`
	ResponseClasses []*ResponseClass `json:"responseClasses,omitempty"`
	IsRetryable     bool             `json:"isRetryable,omitempty"`
	Timeout         string           `json:"timeout,omitempty"` // empty means Linkerd's own
}

// RequestMatch is met by requests that meet all fields that are set.
type RequestMatch struct {
	All       []*RequestMatch `json:"all,omitempty"`
	Not       []*RequestMatch `json:"not,omitempty"` // a single one in Linkerd's Go type, a list in the definition
	Any       []*RequestMatch `json:"any,omitempty"`
	PathRegex string          `json:"pathRegex,omitempty"`
	Method    string          `json:"method,omitempty"`
}

// ResponseClass says of which responses a failure is counted.
type ResponseClass struct {
	Condition *ResponseMatch `json:"condition"`
	IsFailure bool           `json:"isFailure,omitempty"`
}

// ResponseMatch is met by responses that meet all fields that are set.
type ResponseMatch struct {
	All    []*ResponseMatch `json:"all,omitempty"`
	Not    *ResponseMatch   `json:"not,omitempty"`
	Any    []*ResponseMatch `json:"any,omitempty"`
	Status *Range           `json:"status,omitempty"`
}

// Range has status codes from Min to Max, both included; 0 is no bound.
type Range struct {
	Min int32 `json:"min,omitempty"`
	Max int32 `json:"max,omitempty"`
}

// RetryBudget bounds retries.
type RetryBudget struct {
	RetryRatio          float32 `json:"retryRatio"`
	MinRetriesPerSecond int32   `json:"minRetriesPerSecond"`
	TTL                 string  `json:"ttl"`
}

// WeightedDst is a share of the requests that goes to another authority.
type WeightedDst struct {
	Authority string           `json:"authority"` // name.namespace.svc.domain, perhaps with a port
	Weight    kube.IntOrString `json:"weight"`    // a quantity such as 1 or "500m"
}
