package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Reasons that are given for many clients at once must be true of each of them. Where a client stands
// for others, what names the client itself is put in general words.

// forAll is an answer as it can be given for all clients that one stands for, which may differ in what
// is their own: their objects, and where sidecars is true the Sidecar resources that say the same to
// each. It does not touch the lists that answers share.
func (a answer) forAll(one mesh.Party, sidecars bool) answer {
	o := owned{pod: one.Pod.Object(), sidecars: sidecars}
	if w := one.Pod.Workload; w != nil {
		o.workload = w.Object()
	}
	a.sending.Why, a.sending.Unknown = o.steps(a.sending.Why), o.gaps(a.sending.Unknown)
	a.transport.Why, a.transport.Unknown = o.steps(a.transport.Why), o.gaps(a.transport.Unknown)
	return a
}

// owned are the objects that are a client's own.
type owned struct {
	pod, workload source.Ref
	sidecars      bool
}

func (o owned) has(r source.Ref) bool {
	return !r.IsZero() && (r == o.pod || r == o.workload || o.sidecars && r.Kind == kindSidecar)
}

// steps leaves out of steps what is one client's own.
func (o owned) steps(steps []mesh.Step) []mesh.Step {
	copied := false
	for i := range steps {
		s := steps[i]
		if !o.has(s.Object) {
			continue
		}
		if s.Object.Kind == kindSidecar {
			s.Detail = withoutSidecar(s)
		}
		if s.Object, s.Loc = (source.Ref{}), (source.Loc{}); !copied {
			steps, copied = slices.Clone(steps), true
		}
		steps[i] = s
	}
	return steps
}

// withoutSidecar is what a step says of a Sidecar resource, without its name.
func withoutSidecar(s mesh.Step) string {
	if s.Rule == ruleSidecarEgress {
		return "the clients' Sidecar resources do not import the Service"
	}
	name := "Sidecar " + s.Object.Namespace + "/" + s.Object.Name
	return strings.Replace(s.Detail, name, "the client's Sidecar resource", 1)
}

func (o owned) gaps(gaps []mesh.Gap) []mesh.Gap {
	copied := false
	for i := range gaps {
		g := gaps[i]
		if !o.has(g.Object) {
			continue
		}
		if g.Object, g.Loc = (source.Ref{}), (source.Loc{}); !copied {
			gaps, copied = slices.Clone(gaps), true
		}
		gaps[i] = g
	}
	return gaps
}

// same reports whether two answers are the same, with the same reasons.
func (a answer) same(b answer) bool {
	return sameSteps(a.transport.Why, b.transport.Why) && sameGaps(a.transport.Unknown, b.transport.Unknown)
}

// sameSteps compares steps by what they name. A field of an object says where it is.
func sameSteps(a, b []mesh.Step) bool {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return true
	}
	return slices.EqualFunc(a, b, func(x, y mesh.Step) bool {
		return x.Rule == y.Rule && x.Object == y.Object && x.Loc.Field() == y.Loc.Field() && x.Detail == y.Detail
	})
}

func sameGaps(a, b []mesh.Gap) bool {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return true
	}
	return slices.EqualFunc(a, b, func(x, y mesh.Gap) bool {
		return x.Reason == y.Reason && x.Object == y.Object && x.Loc.Field() == y.Loc.Field() && x.Detail == y.Detail
	})
}
