package kube

// GatewayGroup is the API group of the Gateway API.
const GatewayGroup = "gateway.networking.k8s.io"

// The kinds of the Gateway API that Decode knows.
var (
	KindGateway          = kind(GatewayGroup, "Gateway")
	KindGatewayClass     = kind(GatewayGroup, "GatewayClass")
	KindListenerSet      = kind(GatewayGroup, "ListenerSet")
	KindHTTPRoute        = kind(GatewayGroup, "HTTPRoute")
	KindGRPCRoute        = kind(GatewayGroup, "GRPCRoute")
	KindTLSRoute         = kind(GatewayGroup, "TLSRoute")
	KindTCPRoute         = kind(GatewayGroup, "TCPRoute")
	KindReferenceGrant   = kind(GatewayGroup, "ReferenceGrant")
	KindBackendTLSPolicy = kind(GatewayGroup, "BackendTLSPolicy")
)

// GatewayClass is a Gateway API GatewayClass.
type GatewayClass struct {
	Meta `json:"metadata"`
	Spec struct {
		ControllerName string `json:"controllerName"`
	} `json:"spec"`
}

// Gateway is a Gateway API Gateway.
type Gateway struct {
	Meta `json:"metadata"`
	Spec struct {
		GatewayClassName string           `json:"gatewayClassName"`
		Listeners        []Listener       `json:"listeners"`
		Addresses        []GatewayAddress `json:"addresses"`
		AllowedListeners struct {
			Namespaces NamespaceScope `json:"namespaces"` // an empty From means None
		} `json:"allowedListeners"`
		TLS struct {
			Frontend *FrontendTLS `json:"frontend"` // nil asks for no client certificates
		} `json:"tls"`
	} `json:"spec"`
}

// GatewayAddress is an address that a Gateway asks for.
type GatewayAddress struct {
	Type  string `json:"type"` // empty means IPAddress
	Value string `json:"value"`
}

// FrontendTLS says how a Gateway validates client certificates.
type FrontendTLS struct {
	Default FrontendTLSConfig `json:"default"`
	PerPort []struct {
		Port uint16            `json:"port"`
		TLS  FrontendTLSConfig `json:"tls"`
	} `json:"perPort"` // counts instead of Default for listeners of that port
}

// FrontendTLSConfig holds the validation of client certificates; nil for none.
type FrontendTLSConfig struct {
	Validation *FrontendValidation `json:"validation"`
}

// FrontendValidation says against what client certificates are validated.
type FrontendValidation struct {
	CACertificateRefs []ObjectRef `json:"caCertificateRefs"`
	Mode              string      `json:"mode"` // AllowValidOnly, which empty means, or AllowInsecureFallback
}

// OfPort is the validation for listeners of a port; nil for none.
func (f *FrontendTLS) OfPort(port uint16) *FrontendValidation {
	if f == nil {
		return nil
	}
	for _, p := range f.PerPort {
		if p.Port == port {
			return p.TLS.Validation
		}
	}
	return f.Default.Validation
}

// Listener is a listener of a Gateway or of a ListenerSet.
type Listener struct {
	Name          string       `json:"name"`
	Hostname      string       `json:"hostname"` // empty means every name
	Port          uint16       `json:"port"`     // 0, which only a ListenerSet may leave, means the protocol's own
	Protocol      string       `json:"protocol"` // HTTP, HTTPS, TLS, TCP, UDP or a word of the controller
	TLS           *ListenerTLS `json:"tls"`
	AllowedRoutes struct {
		Namespaces NamespaceScope `json:"namespaces"` // an empty From means Same
		Kinds      []RouteKind    `json:"kinds"`      // empty means all that fit the protocol
	} `json:"allowedRoutes"`
}

// ListenerTLS is the TLS configuration of a listener.
type ListenerTLS struct {
	Mode            string            `json:"mode"` // Terminate, which empty means, or Passthrough
	CertificateRefs []ObjectRef       `json:"certificateRefs"`
	Options         map[string]string `json:"options"`
}

// NamespaceScope says from which namespaces routes or listeners are taken.
type NamespaceScope struct {
	From     string         `json:"from"` // All, Same, Selector or None; empty is up to the field
	Selector *LabelSelector `json:"selector"`
}

// RouteKind is a kind of route that a listener takes.
type RouteKind struct {
	Group *string `json:"group"` // nil means the Gateway API's own
	Kind  string  `json:"kind"`
}

// ListenerSet is a Gateway API ListenerSet.
type ListenerSet struct {
	Meta `json:"metadata"`
	Spec struct {
		ParentRef GatewayRef `json:"parentRef"`
		Listeners []Listener `json:"listeners"`
	} `json:"spec"`
}

// GatewayRef names the Gateway that a ListenerSet wants to be attached to.
type GatewayRef struct {
	Group     *string `json:"group"` // nil means the Gateway API's own
	Kind      string  `json:"kind"`  // empty means Gateway
	Namespace string  `json:"namespace"`
	Name      string  `json:"name"`
}

// ParentRef names what a route or a ListenerSet wants to be attached to.
type ParentRef struct {
	Group       *string `json:"group"` // nil means the Gateway API's own; empty is the core group
	Kind        string  `json:"kind"`  // empty means Gateway
	Namespace   string  `json:"namespace"`
	Name        string  `json:"name"`
	SectionName string  `json:"sectionName"` // a listener's name; empty means all
	Port        uint16  `json:"port"`        // a listener's port; 0 means all
}

// RouteStatus is what controllers report of a route.
type RouteStatus struct {
	Parents []RouteParentStatus `json:"parents"` // empty when none has reported
}

// RouteParentStatus is what one controller reports of a route and one parent.
type RouteParentStatus struct {
	ParentRef      ParentRef   `json:"parentRef"`
	ControllerName string      `json:"controllerName"`
	Conditions     []Condition `json:"conditions"`
}

// Condition is an entry of an object's status.conditions.
type Condition struct {
	Type   string `json:"type"`
	Status string `json:"status"` // True, False or Unknown
	Reason string `json:"reason"`
}

// ObjectRef names an object such as a Secret; the default of an empty Kind is up to the field.
type ObjectRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"` // empty means the namespace of the object that refers
	Name      string `json:"name"`
}

// BackendRef names where a route sends traffic.
type BackendRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"` // empty means Service
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Port      uint16 `json:"port"`
	Weight    *int32 `json:"weight"` // nil means 1; 0 sends nothing
}

// Mirror is the destination of a copy of each request.
type Mirror struct {
	BackendRef MirrorRef `json:"backendRef"`
}

// MirrorRef names where copies of requests go.
type MirrorRef struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"` // empty means Service
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Port      uint16 `json:"port"`
}

// HTTPRoute is a Gateway API HTTPRoute.
type HTTPRoute struct {
	Meta `json:"metadata"`
	Spec struct {
		ParentRefs []ParentRef     `json:"parentRefs"`
		Hostnames  []string        `json:"hostnames"` // empty means every name that the listener takes
		Rules      []HTTPRouteRule `json:"rules"`
	} `json:"spec"`
	Status RouteStatus `json:"status"`
}

// HTTPRouteRule is one rule of an HTTPRoute.
type HTTPRouteRule struct {
	Matches     []HTTPRouteMatch  `json:"matches"` // empty matches everything
	Filters     []HTTPRouteFilter `json:"filters"`
	BackendRefs []BackendRef      `json:"backendRefs"`
}

// HTTPRouteMatch is met by requests that meet all of its parts.
type HTTPRouteMatch struct {
	Path struct {
		Type  string `json:"type"`  // Exact, PathPrefix, which empty means, or RegularExpression
		Value string `json:"value"` // empty means "/"
	} `json:"path"`
	Headers     []NamedMatch `json:"headers"`
	QueryParams []NamedMatch `json:"queryParams"`
	Method      string       `json:"method"` // empty means every method
}

// HTTPRouteFilter changes a request, copies it or answers it.
type HTTPRouteFilter struct {
	Type            string    `json:"type"`
	RequestMirror   *Mirror   `json:"requestMirror"`
	RequestRedirect *Redirect `json:"requestRedirect"`
}

// Redirect answers requests with another address. Empty fields keep what the request has.
type Redirect struct {
	Scheme     string        `json:"scheme"`
	Hostname   string        `json:"hostname"`
	Port       int32         `json:"port"` // 0 when not given
	Path       *PathModifier `json:"path"`
	StatusCode int32         `json:"statusCode"` // 0 means 302
}

// PathModifier replaces the path or its prefix.
type PathModifier struct {
	Type               string `json:"type"` // ReplaceFullPath or ReplacePrefixMatch
	ReplaceFullPath    string `json:"replaceFullPath"`
	ReplacePrefixMatch string `json:"replacePrefixMatch"`
}

// NamedMatch is a test of a header or of a parameter.
type NamedMatch struct {
	Type  string `json:"type"` // Exact, which empty means, or RegularExpression
	Name  string `json:"name"`
	Value string `json:"value"`
}

// GRPCRoute is a Gateway API GRPCRoute.
type GRPCRoute struct {
	Meta `json:"metadata"`
	Spec struct {
		ParentRefs []ParentRef     `json:"parentRefs"`
		Hostnames  []string        `json:"hostnames"` // empty means every name that the listener takes
		Rules      []GRPCRouteRule `json:"rules"`
	} `json:"spec"`
	Status RouteStatus `json:"status"`
}

// GRPCRouteRule is one rule of a GRPCRoute.
type GRPCRouteRule struct {
	Matches []GRPCRouteMatch `json:"matches"` // empty matches everything
	Filters []struct {
		Type          string  `json:"type"`
		RequestMirror *Mirror `json:"requestMirror"`
	} `json:"filters"`
	BackendRefs []BackendRef `json:"backendRefs"`
}

// GRPCRouteMatch is met by requests that meet all of its parts.
type GRPCRouteMatch struct {
	Method  *GRPCMethodMatch `json:"method"` // nil means every method
	Headers []NamedMatch     `json:"headers"`
}

// GRPCMethodMatch is a test of the service and the method; an empty one means all.
type GRPCMethodMatch struct {
	Type    string `json:"type"` // Exact, which empty means, or RegularExpression
	Service string `json:"service"`
	Method  string `json:"method"`
}

// TLSRoute is a Gateway API TLSRoute.
type TLSRoute struct {
	Meta `json:"metadata"`
	Spec struct {
		ParentRefs []ParentRef `json:"parentRefs"`
		Hostnames  []string    `json:"hostnames"` // server names; empty means every name that the listener takes
		Rules      []L4Rule    `json:"rules"`
	} `json:"spec"`
	Status RouteStatus `json:"status"`
}

// TCPRoute is a Gateway API TCPRoute.
type TCPRoute struct {
	Meta `json:"metadata"`
	Spec struct {
		ParentRefs []ParentRef `json:"parentRefs"`
		Rules      []L4Rule    `json:"rules"`
	} `json:"spec"`
	Status RouteStatus `json:"status"`
}

// L4Rule is a rule of a route for connections.
type L4Rule struct {
	BackendRefs []BackendRef `json:"backendRefs"`
}

// ReferenceGrant is a Gateway API ReferenceGrant: objects of its namespace may be named from others.
type ReferenceGrant struct {
	Meta `json:"metadata"`
	Spec struct {
		From []struct {
			Group     string `json:"group"`
			Kind      string `json:"kind"`
			Namespace string `json:"namespace"`
		} `json:"from"`
		To []struct {
			Group string `json:"group"`
			Kind  string `json:"kind"`
			Name  string `json:"name"` // empty means all of the kind
		} `json:"to"`
	} `json:"spec"`
}

// BackendTLSPolicy is a Gateway API BackendTLSPolicy: gateways begin TLS to the Services it names.
type BackendTLSPolicy struct {
	Meta `json:"metadata"`
	Spec struct {
		TargetRefs []struct {
			Group       string `json:"group"`
			Kind        string `json:"kind"`
			Name        string `json:"name"`
			SectionName string `json:"sectionName"` // a port's name; empty means all ports
		} `json:"targetRefs"`
		Validation struct {
			Hostname string `json:"hostname"`
		} `json:"validation"`
	} `json:"spec"`
}
