package mesh

// Target is a port of a pod as all its clients see it.
type Target struct {
	Server Party
	Port   uint16
	Way    Way
}

// Group is a set of clients to which a target answers alike.
type Group struct {
	Clients   Set
	Admission Admission
}

// CallerJudge judges all workloads of the cluster at once as clients of a target: by the connection
// and by the layer's policies. The groups it returns are disjoint and cover every workload; nil means
// that the layer has no say about the target. Stranger is what it says of a client that is no
// workload of the input and has no identity of the mesh.
//
// For each workload the answer is that of Send, Receive and Authorize with every attribute of the
// request left open.
type CallerJudge interface {
	Callers(t Target) []Group
	Stranger(t Target) Admission
}
