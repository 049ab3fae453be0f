// Package gap makes what was not understood of objects into reasons of answers.
package gap

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Of are the gaps that the problems of an object leave, in their order; nil for none.
func Of(o source.Object, problems []mesh.Problem) []mesh.Gap {
	var all []mesh.Gap
	for _, p := range problems {
		all = append(all, mesh.Gap{Reason: p.Code, Object: o.Ref, Loc: o.At(p.Field), Detail: p.Message})
	}
	return all
}

// Once leaves each gap once, in order of first mention. It returns a slice of its own, nil for none.
func Once(all []mesh.Gap) []mesh.Gap {
	var out []mesh.Gap
	for _, g := range all {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}
