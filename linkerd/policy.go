package linkerd

import "github.com/meshposture/meshposture/mesh"

// policy is what the policy controller knows of inbound traffic.
type policy struct{}

func (c *compiler) policy(l *Layer) *policy { return &policy{} }

// Inbound says what a port of a pod accepts.
func (l *Layer) Inbound(p *mesh.Pod, e mesh.Enrolment, port uint16) mesh.Inbound {
	return mesh.Inbound{}
}

// NamedPorts lists the ports for which a Server of the pod stands.
func (l *Layer) NamedPorts(p *mesh.Pod) []uint16 { return nil }

// Authorize judges a request by the policies at the server.
func (l *Layer) Authorize(e mesh.Edge, t mesh.Transport, r mesh.Request) []mesh.Point { return nil }

// Callers parts clients by what the policies at the server let through.
func (l *Layer) Callers(t mesh.Target, from []mesh.ConnectionGroup) []mesh.Group { return nil }

// Outsider judges a client that is no workload of the input.
func (l *Layer) Outsider(t mesh.Target, tr mesh.Transport) mesh.Admission {
	return mesh.Admission{Access: mesh.AccessAlways}
}

// Conflicts lists the Servers that claim one port, and rate limits that claim one Server.
func (l *Layer) Conflicts() []mesh.Conflict { return nil }
