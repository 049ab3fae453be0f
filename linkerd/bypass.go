package linkerd

import "github.com/meshposture/meshposture/mesh"

// Bypasses lists the traffic of the pod that goes around its proxy.
func (l *Layer) Bypasses(p *mesh.Pod, e mesh.Enrolment) []mesh.Bypass { return nil }

// Completes says whether a pod ends when its containers do.
func (l *Layer) Completes(p *mesh.Pod, e mesh.Enrolment) mesh.Completion { return mesh.Completion{} }

// Stale compares a running pod with what its template would become now.
func (l *Layer) Stale(p, template *mesh.Pod) []mesh.Step { return nil }
