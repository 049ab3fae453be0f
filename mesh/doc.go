// Package mesh is the posture graph: what a cluster's workloads are, which mesh they are enrolled
// in, what their ports accept, and why, in terms that mean the same for every mesh.
//
// Build folds the cluster's pods into workloads and asks each adapter (istio, linkerd, …) to compile its
// resources into a Layer. The graph then answers questions about workloads and ports, in the same words
// whichever mesh enforces the answer:
//
//	g, err := mesh.Build(ctx, snap, istio.New(istio.Options{}))
//	for w := range g.Workloads() {
//		e := w.Enrolment() // mode, revision, and the steps that decided
//		…
//	}
//
// It also answers who may call whom: Transport says what becomes of a connection, Authorize whether one
// request gets through, Callers how much of what each client may send does, and on which terms, Reach
// what whoever controls a workload gets at. Entries and Exits are where traffic enters and leaves,
// Hops and Detours what goes on behind an entry and around it. ControlPlanes, Components, Overrides,
// TrafficPolicies, Conflicts and Flaws tell what stands beside the workloads. Their values print as
// phrases: "sometimes: method is GET and path is /info/*". Diff compares two graphs.
//
// Every answer carries Why, the steps that decided, most specific first, and Unknown, what could
// have changed the answer but was missing, unreadable or unsupported. An answer whose inputs could
// not be understood is Unknown; it is never "fine" by default.
//
// A Graph never changes once it is built and is safe for concurrent use. Everything that can be
// iterated over is in a fixed order, independent of the order of the input.
package mesh
