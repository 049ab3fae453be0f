// Package mesh is the posture graph: what a cluster's workloads are, which mesh they are enrolled
// in, what their ports accept, and why, in terms that mean the same for every mesh.
//
// Build folds the cluster's pods into workloads and asks each adapter (istio, …) to compile its
// resources into a Layer. The graph then answers questions about workloads and ports:
//
//	g, err := mesh.Build(ctx, snap, istio.New(istio.Options{}))
//	for w := range g.Workloads() {
//		e := w.Enrolment() // mode, revision, and the steps that decided
//		…
//	}
//
// Every answer carries Why, the steps that decided, most specific first, and Unknown, what could
// have changed the answer but was missing, unreadable or unsupported. An answer whose inputs could
// not be understood is Unknown; it is never "fine" by default.
//
// A Graph never changes once it is built and is safe for concurrent use. Everything that can be
// iterated over is in a fixed order, independent of the order of the input.
package mesh
