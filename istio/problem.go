package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// report adds a problem with a field of an object and returns the gap that it leaves.
func (c *compiler) report(code source.ProblemCode, o source.Object, field, message string) mesh.Gap {
	loc := o.At(field)
	c.problems = append(c.problems, mesh.Problem{Code: code, Pos: loc.Pos(), Object: o.Ref, Field: field, Message: message})
	return mesh.Gap{Reason: code, Object: o.Ref, Loc: loc, Detail: message}
}

func (c *compiler) unsupported(o source.Object, field, message string) mesh.Gap {
	return c.report(source.ProblemUnsupported, o, field, message)
}

// gapsOf are the gaps that the problems of an object leave.
func gapsOf(o source.Object, problems []mesh.Problem) []mesh.Gap {
	var gaps []mesh.Gap
	for _, p := range problems {
		gaps = append(gaps, mesh.Gap{Reason: p.Code, Object: o.Ref, Loc: o.At(p.Field), Detail: p.Message})
	}
	return gaps
}
