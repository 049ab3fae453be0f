package mesh

import (
	"context"
	"iter"

	"github.com/meshposture/meshposture/source"
)

// Objects is where the graph and its adapters read a cluster's objects from.
// *snapshot.Snapshot satisfies it. Implementations are safe for concurrent use.
type Objects interface {
	// Objects yields the objects of one kind, ordered by namespace and name.
	Objects(source.Kind) iter.Seq[source.Object]
	// Kinds yields every kind that was met, with the number of its objects, in order. It
	// includes kinds whose objects were not kept.
	Kinds() iter.Seq2[source.Kind, int]
	// Problems returns what went wrong while the objects were loaded.
	Problems() []Problem
}

// Adapter knows one mesh, or one layer below a mesh. It is a value that holds options.
type Adapter interface {
	// Name is a short lower-case word, such as "istio". It is the prefix of the adapter's rules.
	Name() string
	// Reads lists the kinds that Compile asks for, beside those that the cluster itself is made
	// of. Objects of other kinds must not change any answer.
	Reads() []source.Kind
	// Compile reads the adapter's resources. What it does not understand becomes a Problem of the
	// layer; an error means that the job could not be done at all.
	Compile(ctx context.Context, in Input) (Layer, error)
}

// Input is what an adapter compiles.
type Input struct {
	Objects Objects
	Cluster *Cluster
}

// Layer is what one adapter knows of one cluster. Its methods are safe for concurrent use and
// give the same answer whenever they are asked.
//
// What a layer can judge it says by implementing more interfaces of this package; a layer below the
// mesh implements only some of them:
//
//   - pods and ports: Enroller, Witness, InboundJudge, PortNamer, BypassLister, CompletionJudge, StaleJudge
//   - connections and requests: Sender, Receiver, Authorizer, ConnectionJudge, CallerJudge, Binder
//   - the boundary: EntryLister, ExitLister, EgressJudge
//   - the configuration itself: ConflictLister, FlawLister, OverrideLister
//   - operation: ControlPlaner, ComponentLister, Telemeter, TrafficPolicyLister
type Layer interface {
	// Problems returns what the adapter did not understand.
	Problems() []Problem
}

// Enroller judges whether pods take part in the mesh.
type Enroller interface {
	// Admit says what a pod made from p now would be.
	Admit(p *Pod) Enrolment
	// Observe says what the running pod p is.
	Observe(p *Pod) Enrolment
}

// Witness recognises pods that a cluster has made by what the mesh leaves on them. It is asked only
// about pods that Kubernetes itself left no trace on, as in a dump without status.
type Witness interface {
	Ran(p *Pod) bool
}

// InboundJudge judges what a port of a pod accepts, given how the pod is enrolled.
type InboundJudge interface {
	Inbound(p *Pod, e Enrolment, port uint16) Inbound
}

// PortNamer lists the ports that the mesh's configuration names for a pod, declared or not, in
// order: a port with a rule of its own must not be missed because no container declares it.
type PortNamer interface {
	NamedPorts(p *Pod) []uint16
}

// BypassLister lists the traffic of an enrolled pod that goes around its proxy.
type BypassLister interface {
	Bypasses(p *Pod, e Enrolment) []Bypass
}

// ControlPlaner describes the mesh's control planes, ordered by revision.
type ControlPlaner interface {
	ControlPlanes() []ControlPlane
}

// Binder says through which layer-7 proxy clients reach a Service. It returns false when the
// Service asks for none.
type Binder interface {
	Bind(s *Service) (Binding, bool)
}

// ConflictLister lists the places that several objects claim, in a fixed order.
type ConflictLister interface {
	Conflicts() []Conflict
}
