package report

import (
	"github.com/meshposture/meshposture/mesh"
)

// portAnswer is what one port of a workload accepts.
type portAnswer struct {
	port     mesh.Port         // the zero Port stands for every TCP port that is not declared
	inbounds []mesh.PodInbound // nil for ports that are not TCP: no mesh speaks of them
}

// portAnswers asks for every port that is listed, and for those that are not: containers may listen
// on ports which nobody declares.
func portAnswers(w *mesh.Workload) []portAnswer {
	var all []portAnswer
	listed := w.Ports()
	for _, p := range listed {
		a := portAnswer{port: p}
		if p.Protocol == "TCP" {
			a.inbounds = w.Inbounds(p.Number)
		}
		all = append(all, a)
	}
	return append(all, portAnswer{inbounds: w.Inbounds(mesh.UnlistedPort(listed))})
}

// weakest is the weakest mode that any TCP port of a workload enforces, and unknown when a port could
// not be judged. Ports for which a proxy of the mesh answers itself do not count; a workload with no
// others gives MTLSNotApplicable.
func weakest(w *mesh.Workload) mesh.MTLS {
	worst := mesh.MTLSNotApplicable
	for _, a := range portAnswers(w) {
		for _, in := range a.inbounds {
			worst = min(worst, in.Enforced) // unknown is the lowest
		}
	}
	return worst
}

// openPorts are the gaps for which ports of a workload could not be judged, by port.
func openPorts(w *mesh.Workload) []string {
	var all []string
	for _, a := range portAnswers(w) {
		for _, in := range a.inbounds {
			if in.Enforced != mesh.MTLSUnknown {
				continue
			}
			if len(in.Unknown) == 0 {
				all = append(all, portName(a.port)+because(in.Why))
			}
			for _, g := range in.Unknown {
				all = append(all, portName(a.port)+": "+gapText(g))
			}
		}
	}
	return all
}
