// Package enrolmentdrift reports workloads whose running pods are enrolled otherwise than a pod
// made now would be. Admission decides only when a pod is made, so the two may differ for months.
package enrolmentdrift

import (
	"fmt"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check reports with High where the difference crosses the perimeter, and with Low where both
// sides are inside it in different modes.
var Check = &check.Check{
	Code:     "MP1002",
	Name:     "enrolmentDrift",
	Severity: check.High,
	Doc:      "running pods are enrolled otherwise than their workload declares",
	Run:      run,
}

func run(p *check.Pass) error {
	for w := range p.Graph.Workloads() {
		for _, m := range w.Memberships() {
			membership(p, w, m)
		}
	}
	return nil
}

func membership(p *check.Pass, w *mesh.Workload, m mesh.Membership) {
	name := wording.Workload(w.ID())
	switch m.Drifted() {
	case truth.False:
	case truth.Unknown:
		gaps := m.Declared.Unknown
		for _, o := range m.Observed {
			gaps = append(gaps[:len(gaps):len(gaps)], o.Unknown...)
		}
		p.Undecided(wording.Undecided(w.ID().String(), "whether the running pods of "+name+" are enrolled as declared", gaps))
	case truth.True:
		report(p, w, m)
	}
}

// report tells the pods that differ, a finding for each mode that they show.
func report(p *check.Pass, w *mesh.Workload, m mesh.Membership) {
	var modes []mesh.Mode
	pods := map[mesh.Mode][]string{}
	why := map[mesh.Mode][]mesh.Step{}
	total := 0
	for _, o := range m.Observed {
		total += len(o.Pods)
		if o.Mode == mesh.ModeUnknown || placed(o.Mode) == placed(m.Declared.Mode) {
			continue
		}
		if pods[o.Mode] == nil {
			modes = append(modes, o.Mode)
		}
		pods[o.Mode] = append(pods[o.Mode], o.Pods...)
		why[o.Mode] = append(why[o.Mode], o.Why...)
	}
	in := ""
	if len(w.Memberships()) > 1 {
		in = " in " + m.Mesh // the pod may well be in another, and so may what is made now
	}
	for _, mode := range modes {
		f := check.Finding{
			Subject: w.ID().String() + " " + m.Mesh + " " + mode.String(),
			Pos:     wording.WhyPos(why[mode]),
			Message: fmt.Sprintf("%d of %d running pods of %s: enrolment%s is %s, and a pod made now would be %s: %s",
				len(pods[mode]), total, wording.Workload(w.ID()), in, mode, m.Declared.Mode, wording.List(pods[mode])),
			Why: append(why[mode], m.Declared.Why...),
		}
		if mode.Inside() == truth.True && m.Declared.Mode.Inside() == truth.True {
			f.Severity = check.Low
		}
		if at := wording.WhyPos(m.Declared.Why); !at.IsZero() {
			f.Related = []check.Related{{Pos: at, Message: "declares " + m.Declared.Mode.String()}}
		}
		p.Report(f)
	}
}

// placed takes the two placements of a sidecar for one, as mesh.Membership.Drifted does.
func placed(m mesh.Mode) mesh.Mode {
	if m == mesh.ModeNativeSidecar {
		return mesh.ModeSidecar
	}
	return m
}
