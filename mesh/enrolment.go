package mesh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// Mode is how a pod takes part in a mesh.
type Mode uint8

// The zero Mode is unknown, never "none" and never "enrolled".
const (
	ModeUnknown       Mode = iota
	ModeNone               // not enrolled: no proxy sees the pod's traffic
	ModeSidecar            // a proxy container beside the application
	ModeNativeSidecar      // the proxy is a restartable init container, which ends with the pod's main containers
	ModeAmbient            // a proxy on the node takes the pod's traffic
	ModeEBPF               // the node's eBPF datapath handles the pod's traffic
	ModeProxyless          // the application itself speaks the mesh's protocol; nothing intercepts its traffic
	ModeGateway            // the pod is itself a proxy of the mesh at an edge
	ModeWaypoint           // the pod is itself a layer-7 proxy inside the mesh
	ModeMixed              // the pods of one workload differ
)

var modeNames = [...]string{
	"unknown", "none", "sidecar", "native-sidecar", "ambient", "ebpf", "proxyless", "gateway", "waypoint", "mixed",
}

// String returns the mode's word, such as "native-sidecar".
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// MarshalText writes String's word.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMode reads the word that String writes.
func ParseMode(word string) (Mode, error) {
	if i := slices.Index(modeNames[:], word); i >= 0 {
		return Mode(i), nil
	}
	return ModeUnknown, fmt.Errorf("enrolment mode %q: want one of %s", word, strings.Join(modeNames[:], ", "))
}

// Inside reports whether a pod in this mode is inside the mesh's perimeter: a proxy of the mesh
// handles its traffic. Proxyless and mixed workloads are Unknown here: whether the application
// enforces anything cannot be seen, and one answer does not fit all the pods.
func (m Mode) Inside() truth.Value {
	switch m {
	case ModeNone:
		return truth.False
	case ModeSidecar, ModeNativeSidecar, ModeAmbient, ModeEBPF, ModeGateway, ModeWaypoint:
		return truth.True
	default:
		return truth.Unknown
	}
}

// Enrolment is one mesh's answer for one pod, or for pods that are alike.
type Enrolment struct {
	Mesh     string // the adapter's name
	Mode     Mode
	Cause    Cause  // what put the pod into the mode
	Revision string // of the control plane that serves the proxy; empty when unknown or when the mesh has none
	Version  string // of the proxy; empty when unknown
	Identity string // the name in the workload's certificates; empty when it gets none
	// Advertises lists how the mesh's clients are told they may reach the pod, beside plaintext, by the mesh's
	// own names and in alphabetical order: "hbone", "istio-mtls", …; empty when they are told nothing, or
	// learn it from elsewhere.
	Advertises []string
	// Explicit is true when the workload itself asks for the mode (a label, annotation or field of
	// its own), false when it follows from its namespace or a default.
	Explicit bool
	Why      []Step
	Unknown  []Gap
}

// PodEnrolment is the enrolment that some running pods of a workload show.
type PodEnrolment struct {
	Enrolment
	Pods []string // names, sorted; never empty
}

// Membership is what one mesh says of a workload: as it is written down, and as its pods run.
// The two are separate facts and both are kept, because admission decides only when a pod is made.
type Membership struct {
	Mesh     string
	Declared Enrolment      // what a pod made now would be
	Observed []PodEnrolment // what running pods are, most pods first; empty when none runs
}

// Effective is what counts now: what the running pods show, or what is declared when none runs.
// Where running pods differ its Mode is ModeMixed and Why holds the steps of each kind of pod.
func (m Membership) Effective() Enrolment {
	switch len(m.Observed) {
	case 0:
		return m.Declared
	case 1:
		return m.Observed[0].Enrolment
	}
	mixed := Enrolment{Mesh: m.Mesh, Mode: ModeMixed}
	if mode, same := m.observedMode(); same {
		mixed.Mode = mode // they differ in revision or version only
	}
	for _, o := range m.Observed {
		mixed.Identity = o.Identity
		mixed.Explicit = mixed.Explicit || o.Explicit
		mixed.Why = append(mixed.Why, o.Why...)
		mixed.Unknown = append(mixed.Unknown, o.Unknown...)
	}
	return mixed
}

func (m Membership) observedMode() (Mode, bool) {
	for _, o := range m.Observed[1:] {
		if o.Mode != m.Observed[0].Mode {
			return ModeUnknown, false
		}
	}
	return m.Observed[0].Mode, true
}

// Inside reports whether the workload is inside this mesh's perimeter. A workload with one running
// pod outside is not inside; with a pod that could not be judged, and none outside, it is Unknown.
func (m Membership) Inside() truth.Value {
	if len(m.Observed) == 0 {
		return m.Declared.Mode.Inside()
	}
	in := truth.True
	for _, o := range m.Observed {
		in = in.And(o.Mode.Inside())
	}
	return in
}

// Drifted reports whether running pods differ from what is declared, or from each other, in mode.
// It is False when nothing runs, and Unknown when a side could not be judged.
func (m Membership) Drifted() truth.Value {
	drifted := truth.False
	for _, o := range m.Observed {
		switch {
		case o.Mode == ModeUnknown || m.Declared.Mode == ModeUnknown:
			drifted = drifted.Or(truth.Unknown)
		case !sameMode(o.Mode, m.Declared.Mode):
			drifted = truth.True
		}
	}
	return drifted
}

// sameMode treats the two placements of a sidecar as one: the node's kubelet decides between them.
func sameMode(a, b Mode) bool {
	plain := func(m Mode) Mode {
		if m == ModeNativeSidecar {
			return ModeSidecar
		}
		return m
	}
	return plain(a) == plain(b)
}

// enrolmentKey is what answers that are the same must have in common, for looking them up.
type enrolmentKey struct {
	mode                        Mode
	revision, version, identity string
	reason, gap                 string
}

func (e Enrolment) key() enrolmentKey {
	k := enrolmentKey{mode: e.Mode, revision: e.Revision, version: e.Version, identity: e.Identity}
	if len(e.Why) > 0 {
		k.reason = e.Why[0].Detail
	}
	if len(e.Unknown) > 0 {
		k.gap = e.Unknown[0].Detail
	}
	return k
}

// same reports whether two pods' answers are alike but for the places of their steps.
func (e Enrolment) same(f Enrolment) bool {
	return e.Mode == f.Mode && e.Cause == f.Cause && e.Revision == f.Revision && e.Version == f.Version &&
		e.Identity == f.Identity && e.Explicit == f.Explicit && slices.Equal(e.Advertises, f.Advertises) &&
		slices.EqualFunc(e.Why, f.Why, func(a, b Step) bool { return a.Rule == b.Rule && a.Detail == b.Detail }) &&
		slices.EqualFunc(e.Unknown, f.Unknown, func(a, b Gap) bool { return a.Reason == b.Reason && a.Detail == b.Detail })
}
