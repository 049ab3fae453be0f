// Package plaintext answers, for checks, which ports of a workload accept plaintext, and whether a
// setting that lets plaintext in is an exception from a stricter rule around it.
package plaintext

import (
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Port is what one port of a workload accepts. The zero Port is of no workload.
type Port struct {
	Workload *mesh.Workload
	Number   uint16      // 0 stands for every TCP port that is not declared
	Accepts  truth.Value // whether a client without a certificate gets through to any running pod
	// Inbound is the answer for the pods that settled Accepts: those that accept plaintext, or else
	// those that could not be judged, or else all.
	Inbound mesh.Inbound
	Pods    []string // names of those pods, sorted; empty for a workload without running pods
}

// Ports judges the TCP ports of w that a container declares or a Service sends to, ordered by
// number, and then, as Number 0, all others: a container may listen on ports that nobody declares,
// and a policy for the whole workload decides those too. Ports for which the mesh's own proxies
// are responsible (mesh.MTLSNotApplicable) are left out.
func Ports(w *mesh.Workload) []Port {
	var all []Port
	add := func(number, asked uint16) {
		p := At(w, asked)
		p.Number = number
		if p.Inbound.Enforced != mesh.MTLSNotApplicable {
			all = append(all, p)
		}
	}
	listed := w.Ports()
	for _, p := range listed {
		if p.Protocol == "TCP" {
			add(p.Number, p.Number)
		}
	}
	add(0, mesh.UnlistedPort(listed))
	return all
}

// At judges one port, declared or not; number is not 0. The answers of the pods are taken together
// so that one that accepts plaintext counts, even where another could not be judged.
func At(w *mesh.Workload, number uint16) Port {
	answers := w.Inbounds(number)
	best := answers[0]
	accepts := best.Enforced.AcceptsPlaintext()
	for _, in := range answers[1:] {
		v := in.Enforced.AcceptsPlaintext()
		if accepts != truth.True && v == truth.True {
			best = in
		}
		accepts = accepts.Or(v)
	}
	return Port{Workload: w, Number: number, Accepts: accepts, Inbound: best.Inbound, Pods: best.Pods}
}

// Name writes "8080", and "other" for the ports that are not declared.
func (p Port) Name() string {
	if p.Number == 0 {
		return "other"
	}
	return strconv.Itoa(int(p.Number))
}

// Subject names the port: "namespace/Kind/name:8080".
func (p Port) Subject() string { return p.Workload.ID().String() + ":" + p.Name() }

// Setting is what decided a port's mode: a field of an object, or a product default.
type Setting struct {
	Rule   string
	Object source.Ref // zero for a product default
	Field  string
}

// Setting returns what decided the port; the zero Setting when no step says so.
func (p Port) Setting() Setting {
	if len(p.Inbound.Why) == 0 {
		return Setting{}
	}
	s := p.Inbound.Why[0]
	return Setting{s.Rule, s.Object, s.Loc.Field()}
}
