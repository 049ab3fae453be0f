package meshfake

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Bind reads the annotation of the Service; a question mark leaves open whether there is a proxy.
func (l *layer) Bind(s *mesh.Service) (mesh.Binding, bool) {
	name, ok := s.Annotations[prefix+"proxy"]
	if !ok {
		return mesh.Binding{}, false
	}
	loc := s.At(source.Key("metadata.annotations", prefix+"proxy"))
	b := mesh.Binding{Mesh: "toy", Proxy: name, Why: []mesh.Step{{
		Rule: "toy/proxy", Object: s.Object(), Loc: loc, Detail: "the Service asks for proxy " + name,
	}}}
	if name == "?" {
		b.Proxy = ""
		b.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: s.Object(), Loc: loc, Detail: "which proxy it asks for cannot be read"}}
	}
	return b, true
}
