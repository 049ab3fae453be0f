package mesh

import (
	"fmt"

	"github.com/meshposture/meshposture/source"
)

// Aspect is a part of the posture that something may change behind the mesh's own configuration.
type Aspect uint8

// The zero Aspect is none.
const (
	AspectInbound       Aspect = iota + 1 // what a port accepts
	AspectAuthorization                   // which requests a proxy lets pass
	AspectTransport                       // what leaves the client's side, and by which TLS
	AspectRouting                         // where requests go
	AspectTelemetry                       // what is reported of them
)

var aspectNames = [...]string{"-", "inbound", "authorization", "transport", "routing", "telemetry"}

// String returns the aspect's word, such as "authorization"; "-" for none.
func (a Aspect) String() string {
	if int(a) < len(aspectNames) {
		return aspectNames[a]
	}
	return fmt.Sprintf("Aspect(%d)", uint8(a))
}

// MarshalText writes String's word.
func (a Aspect) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Override is an object that changes the configuration of proxies directly, or puts code into them:
// what the mesh's own resources ask for is not verified where it reaches.
type Override struct {
	Mesh    string
	Object  source.Ref
	Aspects []Aspect // that it may touch, in order
	// Alters are those of Aspects in which it changes or takes away what the mesh has configured; what
	// is only added is not among them.
	Alters []Aspect
	// Aimed are those of Aspects whose very parts it names, so that changing them is what it is for.
	Aimed     []Aspect
	Everyone  bool         // it stands for the whole mesh and names no workload
	Workloads []WorkloadID // of the input that it reaches, ordered
	Why       []Step       // a step for each of its parts that touches something
	Unknown   []Gap
}

// OverrideLister lists the overrides, ordered by object.
type OverrideLister interface {
	Overrides() []Override
}

// Overrides returns the overrides of every mesh, ordered by mesh and object.
func (g *Graph) Overrides() []Override {
	var all []Override
	for name, o := range answering[OverrideLister](g.layers) {
		for _, one := range o.Overrides() {
			one.Mesh = name
			all = append(all, one)
		}
	}
	return all
}
