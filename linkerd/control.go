package linkerd

import "github.com/meshposture/meshposture/mesh"

// controlPlane is what is known of the installation.
type controlPlane struct{}

func (c *compiler) controlPlane(l *Layer) *controlPlane { return &controlPlane{} }

// ControlPlanes describes the control plane.
func (l *Layer) ControlPlanes() []mesh.ControlPlane { return nil }

// Components lists the proxies and the CNI plugin by version.
func (l *Layer) Components() []mesh.Component { return nil }
