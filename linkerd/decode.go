package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// resource is what is common to all objects that the adapter reads.
type resource struct {
	obj  source.Object
	meta kube.Meta
	gaps []mesh.Gap // what was not understood in it
}

// at is the place of a field.
func (r *resource) at(field string) source.Loc { return r.obj.At(field) }

// step is a step that names a field of the object.
func (r *resource) step(rule, field, detail string) mesh.Step {
	return mesh.Step{Rule: rule, Object: r.obj.Ref, Loc: r.at(field), Detail: detail}
}

// decode reads an object into a T, one of the types in linkerd/api or kube, whatever version the object
// has. Every field that is unknown or has a wrong type or value is a problem and a gap of the resource;
// the rest is in T all the same. meta picks the metadata out of T.
func decode[T any](c *compiler, o source.Object, meta func(*T) *kube.Meta) (*T, resource) {
	v, problems := kube.Decode[T](o)
	c.problems = append(c.problems, problems...)
	return &v, resource{obj: o, meta: *meta(&v), gaps: gapsOf(o, problems)}
}

// report adds a problem with a field of an object and returns the gap that it leaves.
func (c *compiler) report(code source.ProblemCode, o source.Object, field, message string) mesh.Gap {
	loc := o.At(field)
	c.problems = append(c.problems, mesh.Problem{Code: code, Pos: loc.Pos(), Object: o.Ref, Field: field, Message: message})
	return mesh.Gap{Reason: code, Object: o.Ref, Loc: loc, Detail: message}
}

// gapsOf are the gaps that the problems of an object leave.
func gapsOf(o source.Object, problems []mesh.Problem) []mesh.Gap {
	var gaps []mesh.Gap
	for _, p := range problems {
		gaps = append(gaps, mesh.Gap{Reason: p.Code, Object: o.Ref, Loc: o.At(p.Field), Detail: p.Message})
	}
	return gaps
}
