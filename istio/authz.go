package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var kindsAuthorization = []source.Kind{
	{Group: "security.istio.io", Kind: "AuthorizationPolicy"},
	{Group: "security.istio.io", Kind: "RequestAuthentication"},
}

// authorization are the AuthorizationPolicies and RequestAuthentications.
type authorization struct{}

func (c *compiler) authorization(*Layer) *authorization { return &authorization{} }

// Authorize judges a request at the sidecar, the waypoint and ztunnel.
func (l *Layer) Authorize(mesh.Edge, mesh.Transport, mesh.Request) []mesh.Point { return nil }

// Callers judges all workloads as clients of a target.
func (l *Layer) Callers(mesh.Target) []mesh.Group { return nil }

// Stranger judges a client without an identity.
func (l *Layer) Stranger(mesh.Target) mesh.Admission { return mesh.Admission{} }
