package mesh

import "fmt"

// ComponentKind is what a part of a mesh's data plane does.
type ComponentKind uint8

// The zero ComponentKind is unknown.
const (
	ComponentUnknown   ComponentKind = iota
	ComponentProxy                   // beside the containers of a workload
	ComponentGateway                 // a proxy at an edge
	ComponentWaypoint                // a layer-7 proxy inside the mesh
	ComponentNodeProxy               // a proxy that serves the pods of its node
	ComponentCNI                     // what sets up redirection on a node
)

var componentNames = [...]string{"unknown", "proxy", "gateway", "waypoint", "node-proxy", "cni"}

// String returns the kind's word, such as "node-proxy".
func (k ComponentKind) String() string {
	if int(k) < len(componentNames) {
		return componentNames[k]
	}
	return fmt.Sprintf("ComponentKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k ComponentKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Skew is by how many minor releases a component is behind its control plane. The zero Skew is not
// known.
type Skew struct {
	Known  bool
	Behind int // negative when the component is ahead
	// Independent is true when the component has versions of its own, which say nothing of a distance; Known is
	// then false.
	Independent bool
}

// Component is a part of a mesh's data plane in one version, under one control plane.
type Component struct {
	Mesh      string
	Kind      ComponentKind
	Revision  string // of the control plane that serves it; empty when unknown or when the mesh has none
	Namespace string // of the control plane that serves it, where that and not a revision tells it; else empty
	Version   string // as written on its image; empty when unknown
	Skew      Skew
	Workloads []WorkloadID // in which it runs, ordered
	Pods      int          // running ones; 0 for what is only written down
	Why       []Step
	Unknown   []Gap
}

// ComponentLister lists the parts of the data plane, ordered by kind, revision and version.
type ComponentLister interface {
	Components() []Component
}

// Components returns the parts of every mesh's data plane, ordered by mesh, kind, revision and version.
func (g *Graph) Components() []Component {
	var all []Component
	for name, c := range answering[ComponentLister](g.layers) {
		for _, one := range c.Components() {
			one.Mesh = name
			all = append(all, one)
		}
	}
	return all
}
