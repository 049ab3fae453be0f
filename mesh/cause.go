package mesh

import (
	"fmt"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Cause is what put a workload into its enrolment mode, in words that are the same for every mesh.
// The steps of the verdict name the mesh's own rule and object.
type Cause uint8

// The zero Cause is unknown.
const (
	CauseUnknown             Cause = iota
	CauseNamespaceLabel            // a label or annotation of the namespace asks for the mode
	CauseNamespaceUnlabelled       // the namespace asks for nothing, and the mesh's default decides
	CausePodLabel                  // a label of the pod asks for the mode
	CausePodAnnotation             // an annotation of the pod asks for the mode
	CauseHostNetwork               // the pod shares its node's network, which the mesh does not take over
	CauseSystemNamespace           // the mesh leaves the namespace alone by name
	CauseInjectorSelector          // a selector or policy in the mesh's own configuration decides
	CauseNoControlPlane            // the namespace or pod asks for a control plane that is not installed
	CauseManual                    // the proxy is written into the pod itself
	CauseMeshComponent             // the pod is a part of the mesh
	CauseRunning                   // the running pod is so, whatever is declared
)

var causeNames = [...]string{
	"unknown", "namespace-label", "namespace-unlabelled", "pod-label", "pod-annotation", "host-network",
	"system-namespace", "injector-selector", "no-control-plane", "manual", "mesh-component", "running",
}

// String returns the cause's word, such as "pod-annotation".
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// MarshalText writes String's word.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Conflict is a place in the configuration that several objects claim, and of which only one counts.
type Conflict struct {
	Mesh    string
	Rule    string       // stable name, as of a Step: "istio/creation-timestamp-tie"
	Objects []source.Ref // those that claim the place, the one that counts first
	Locs    []source.Loc // the place of each, in the same order
	// Settled is True when the mesh's choice follows from the objects, and False when it does not:
	// it may then change whenever the control plane restarts.
	Settled truth.Value
	Detail  string
}
