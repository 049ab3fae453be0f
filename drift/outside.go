package drift

import (
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// outside is why a workload, or some of its pods, is outside the mesh.
type outside struct {
	cause mesh.Cause
	pods  []string    // those outside, sorted by mode; nil when the whole workload is
	drift bool        // a pod made now would be inside
	why   []mesh.Step // those of the declaration first, when it is the reason
}

// whyOutside explains a workload of which it is known that it is not inside. Where several meshes
// say so, the first speaks.
func (s *subject) whyOutside() outside {
	for _, m := range s.workload.Memberships() {
		if m.Inside() == truth.False {
			return outsideOf(m)
		}
	}
	return outside{}
}

// outsideOf takes the declared reason where the declaration itself keeps the workload out; else the
// pods run so, whatever is declared.
func outsideOf(m mesh.Membership) outside {
	o := outside{cause: m.Declared.Cause, why: m.Declared.Why, drift: m.Declared.Mode.Inside() == truth.True}
	if len(m.Observed) == 0 {
		return o
	}
	declaredOut := m.Declared.Mode.Inside() == truth.False && m.Declared.Cause != mesh.CauseUnknown
	if !declaredOut {
		o.cause, o.why = mesh.CauseRunning, nil
	}
	all := true
	for _, seen := range m.Observed {
		if seen.Mode.Inside() != truth.False {
			all = false
			continue
		}
		if !declaredOut && !o.drift && seen.Cause != mesh.CauseUnknown {
			o.cause = seen.Cause
		}
		o.pods = append(o.pods, seen.Pods...)
		o.why = append(o.why[:len(o.why):len(o.why)], seen.Why...)
	}
	if all {
		o.pods = nil
	}
	return o
}

// who names the workload, or its pods that are outside.
func (o outside) who(s *subject) string {
	switch len(o.pods) {
	case 0:
		return s.String() + " is"
	case 1:
		return "pod " + o.pods[0] + " of " + s.String() + " is"
	default:
		return "pods " + wording.List(o.pods) + " of " + s.String() + " are"
	}
}

// cause names the mechanism and the object that decided.
func (o outside) because() string {
	text := o.cause.String()
	if o.cause == mesh.CauseRunning {
		text = "running so, whatever is declared"
	}
	if len(o.why) > 0 && !o.why[0].Object.IsZero() {
		text += ", " + o.why[0].Object.String()
	}
	return text
}
