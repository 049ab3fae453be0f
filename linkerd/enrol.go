package linkerd

import "github.com/meshposture/meshposture/mesh"

// Admit says what a pod made from p now would be.
func (l *Layer) Admit(p *mesh.Pod) mesh.Enrolment { return mesh.Enrolment{} }

// Observe says what the running pod p is.
func (l *Layer) Observe(p *mesh.Pod) mesh.Enrolment { return mesh.Enrolment{} }

// Ran reports whether the proxy's container and the injector's label show that the pod was made.
func (l *Layer) Ran(p *mesh.Pod) bool { return false }

// Bypasses lists the traffic of the pod that goes around its proxy.
func (l *Layer) Bypasses(p *mesh.Pod, e mesh.Enrolment) []mesh.Bypass { return nil }

// Completes says whether a pod ends when its containers do.
func (l *Layer) Completes(p *mesh.Pod, e mesh.Enrolment) mesh.Completion { return mesh.Completion{} }

// Stale compares a running pod with what its template would become now.
func (l *Layer) Stale(p, template *mesh.Pod) []mesh.Step { return nil }

func (l *Layer) readConfig(p *mesh.Pod) *podConfig { return &podConfig{} }
