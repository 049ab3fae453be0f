package mesh

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// WorkloadID names a workload. Kind is that of the object at the top of the chain of controllers:
// a pod of a Job of a CronJob belongs to the CronJob. A pod that nobody controls is a workload of
// kind Pod.
type WorkloadID struct {
	Namespace string `json:"namespace"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
}

// String returns "namespace/Kind/name".
func (id WorkloadID) String() string { return id.Namespace + "/" + id.Kind + "/" + id.Name }

// ParseWorkloadID reads what String writes; any other text is an error.
func ParseWorkloadID(text string) (WorkloadID, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return WorkloadID{}, fmt.Errorf("workload %q: want namespace/Kind/name", text)
	}
	return WorkloadID{Namespace: parts[0], Kind: parts[1], Name: parts[2]}, nil
}

// Compare orders by namespace, kind and name.
func (id WorkloadID) Compare(other WorkloadID) int {
	return cmp.Or(
		strings.Compare(id.Namespace, other.Namespace),
		strings.Compare(id.Kind, other.Kind),
		strings.Compare(id.Name, other.Name),
	)
}

// Workload is a controller, or a pod without one, with its pods folded in.
type Workload struct {
	cluster           *Cluster
	id                WorkloadID
	index             uint          // its place among the cluster's workloads
	object            source.Object // zero when only pods of it were in the input
	objectLabels      map[string]string
	objectAnnotations map[string]string
	template          *Pod
	inferred          bool
	pods              []*Pod
	services          []*Service
	members           []Membership
	observed          []map[string]int // for each member, where a pod stands in its Observed; nil where all are alike
	variants          []variant        // never empty once judged
	layers            []compiled
	inbounds          sync.Map // of podPort to Inbound: answers that were asked for
	ways              sync.Map // of port to []Way, the same
}

// ID names the workload.
func (w *Workload) ID() WorkloadID { return w.id }

// Object is the workload's own object; the zero Ref when only its pods were in the input.
func (w *Workload) Object() source.Ref { return w.object.Ref }

// At is the place of a field of the workload's object.
func (w *Workload) At(field string) source.Loc { return w.object.At(field) }

// Template is the pod that the workload would make now; never nil.
func (w *Workload) Template() *Pod { return w.template }

// TemplateInferred reports that the workload's own object was not in the input, so that Template
// was taken from one of its pods, or from a ReplicaSet or Job of it when none runs.
func (w *Workload) TemplateInferred() bool { return w.inferred }

// Pods iterates over the workload's running pods, ordered by name: those of which the input shows
// that a cluster has them (a uid, a node, a status, an owner, or what a mesh leaves on its pods) and
// not that they have run to their end. The manifest of a pod is the workload's Template only.
func (w *Workload) Pods() iter.Seq[*Pod] {
	return func(yield func(*Pod) bool) {
		for _, p := range w.pods {
			if p.running && !p.terminated() && !yield(p) {
				return
			}
		}
	}
}

// Services returns the Services that select the workload's pods, ordered by name.
func (w *Workload) Services() []*Service { return slices.Clone(w.services) }

// ObjectLabels returns a copy of the labels of the workload's own object, which are not those of
// its pods; nil when only its pods were in the input.
func (w *Workload) ObjectLabels() map[string]string { return maps.Clone(w.objectLabels) }

// ObjectAnnotations is ObjectLabels for annotations.
func (w *Workload) ObjectAnnotations() map[string]string { return maps.Clone(w.objectAnnotations) }

// Labels returns a copy of the labels of the workload's pods, as its template has them.
func (w *Workload) Labels() map[string]string { return maps.Clone(w.template.Labels) }

// Account is the name of the pods' ServiceAccount.
func (w *Workload) Account() string { return w.template.Spec.Account() }

// Memberships returns what each adapter that judges enrolment says, ordered by mesh.
func (w *Workload) Memberships() []Membership { return slices.Clone(w.members) }

// Membership returns what one adapter says; false when no such adapter judged.
func (w *Workload) Membership(mesh string) (Membership, bool) {
	for _, m := range w.members {
		if m.Mesh == mesh {
			return m, true
		}
	}
	return Membership{}, false
}

// Enrolment is what counts now of the mesh that the workload is enrolled in; where none has it,
// the answer of an adapter that could not decide; where all say no, that of the first. Two meshes
// that both claim the workload are both in Memberships.
func (w *Workload) Enrolment() Enrolment { return w.primary().Effective() }

func (w *Workload) primary() Membership {
	if i := w.primaryIndex(); i >= 0 {
		return w.members[i]
	}
	return Membership{Declared: Enrolment{Why: []Step{{Rule: RuleNoLayer, Detail: "no adapter judged enrolment"}}}}
}

// primaryIndex is the member that Enrolment goes by; -1 when no adapter judged.
func (w *Workload) primaryIndex() int {
	best := -1
	for i, m := range w.members {
		switch mode := m.Effective().Mode; {
		case mode == ModeNone:
			best = max(best, 0)
		case mode != ModeUnknown:
			return i
		case best < 0 || w.members[best].Effective().Mode == ModeNone:
			best = i
		}
	}
	return best
}

// Inside reports whether the workload is inside the perimeter of any mesh.
func (w *Workload) Inside() truth.Value {
	in := truth.False
	if len(w.members) == 0 {
		return truth.Unknown
	}
	for _, m := range w.members {
		in = in.Or(m.Inside())
	}
	return in
}

// UnlistedPort returns a port number that is not among those listed, which are what Ports gave.
// Asking about it tells what every port accepts that nobody declares and no configuration names.
func UnlistedPort(listed []Port) uint16 {
	n := uint16(64_991) // high, and no round number, so that no setting names it by chance
	for slices.ContainsFunc(listed, func(p Port) bool { return p.Number == n }) {
		n--
	}
	return n
}

// namedPorts are the ports that the layers' configuration names for the template or a pod.
func (w *Workload) namedPorts() []uint16 {
	var ports []uint16
	for _, l := range w.layers {
		n, ok := l.layer.(PortNamer)
		if !ok {
			continue
		}
		ports = append(ports, n.NamedPorts(w.template)...)
		for p := range w.Pods() {
			ports = append(ports, n.NamedPorts(p)...)
		}
	}
	return ports
}

// Port is a port of a workload's pods.
type Port struct {
	Number   uint16
	Name     string // as the container names it; empty when it does not
	Protocol string // TCP, UDP or SCTP
	Service  bool   // a Service sends traffic to it
	Declared bool   // a container declares it
}

// Ports returns the ports that the containers declare, that Services send to, or that the mesh's
// configuration names, ordered by number and protocol. Containers may listen on others as well:
// Kubernetes does not demand a declaration.
func (w *Workload) Ports() []Port {
	type key struct {
		number   uint16
		protocol string
	}
	found := map[key]Port{}
	for _, c := range w.template.Spec.Containers {
		for _, p := range c.Ports {
			k := key{p.ContainerPort, cmp.Or(p.Protocol, "TCP")}
			if _, ok := found[k]; !ok && k.number != 0 {
				found[k] = Port{Number: k.number, Name: p.Name, Protocol: k.protocol, Declared: true}
			}
		}
	}
	for _, s := range w.services {
		for _, sp := range s.Ports {
			number, ok := sp.Target(w.template)
			if !ok {
				continue
			}
			k := key{number, sp.Protocol}
			p := found[k]
			p.Number, p.Protocol, p.Service = k.number, k.protocol, true
			found[k] = p
		}
	}
	for _, number := range w.namedPorts() {
		k := key{number, "TCP"}
		p := found[k]
		p.Number, p.Protocol = k.number, k.protocol
		found[k] = p
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Protocol, b.Protocol))
	})
}
