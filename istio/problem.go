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
