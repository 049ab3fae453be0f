package kube

// The kinds of Ingress that Decode knows.
var (
	KindIngress      = kind("networking.k8s.io", "Ingress")
	KindIngressClass = kind("networking.k8s.io", "IngressClass")
)

// Ingress is a networking.k8s.io Ingress.
type Ingress struct {
	Meta `json:"metadata"`
	Spec struct {
		IngressClassName *string         `json:"ingressClassName"` // nil asks for no class by name
		DefaultBackend   *IngressBackend `json:"defaultBackend"`
		TLS              []IngressTLS    `json:"tls"`
		Rules            []IngressRule   `json:"rules"`
	} `json:"spec"`
}

// IngressTLS names the certificate for hosts.
type IngressTLS struct {
	Hosts      []string `json:"hosts"` // empty is up to the controller
	SecretName string   `json:"secretName"`
}

// IngressRule sends the paths of a host to backends.
type IngressRule struct {
	Host string `json:"host"` // empty means every host
	HTTP *struct {
		Paths []struct {
			Path     string         `json:"path"`
			PathType string         `json:"pathType"`
			Backend  IngressBackend `json:"backend"`
		} `json:"paths"`
	} `json:"http"`
}

// IngressBackend is a port of a Service, or a resource that the controller knows.
type IngressBackend struct {
	Service *struct {
		Name string `json:"name"`
		Port struct {
			Name   string `json:"name"`
			Number uint16 `json:"number"`
		} `json:"port"`
	} `json:"service"`
	Resource *struct {
		APIGroup string `json:"apiGroup"`
		Kind     string `json:"kind"`
		Name     string `json:"name"`
	} `json:"resource"`
}

// IngressClass is a networking.k8s.io IngressClass.
type IngressClass struct {
	Meta `json:"metadata"`
	Spec struct {
		Controller string `json:"controller"`
	} `json:"spec"`
}
