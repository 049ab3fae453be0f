package istio

import (
	"bytes"
	"fmt"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// schemas holds the strict type of each message, made once for a compilation.
type schemas map[protoreflect.FullName]*strict.Type

// of is the type of m, which build makes on first sight.
func (s schemas) of(m proto.Message, build func(protoreflect.MessageDescriptor) *strict.Type) *strict.Type {
	md := m.ProtoReflect().Descriptor()
	t := s[md.FullName()]
	if t == nil {
		t = build(md)
		s[md.FullName()] = t
	}
	return t
}

// envelope is what every custom resource looks like from outside.
type envelope struct {
	Meta jsontext.Value `json:"metadata"`
	Spec jsontext.Value `json:"spec"`
}

// resource is an Istio resource: its metadata and what was not understood in it.
type resource struct {
	obj  source.Object
	meta kube.Meta
	gaps []mesh.Gap
	// refused are the fields for which the API server refuses the resource by its definition.
	refused []string
}

// decode reads a custom resource into spec. Every field that is unknown or has a wrong type or
// value is a problem and a gap of the resource; the rest is in spec all the same.
func (c *compiler) decode(o source.Object, spec proto.Message) resource {
	r := resource{obj: o}
	var env envelope
	if err := jsonv2.Unmarshal(o.JSON, &env); err != nil {
		r.gaps = append(r.gaps, c.report(source.ProblemWrongType, o, "", err.Error()))
		return r
	}
	var problems []mesh.Problem
	r.meta, problems = kube.DecodeMeta(o)
	c.problems = append(c.problems, problems...)
	r.gaps = append(r.gaps, gap.Of(o, problems)...)
	if len(env.Spec) == 0 || bytes.Equal(env.Spec, []byte("null")) {
		return r
	}
	t := c.schemas.of(spec, strict.Proto)
	violations := strict.Check(t, env.Spec)
	for _, v := range violations {
		r.gaps = append(r.gaps, c.report(v.Code, o, source.Join("spec", v.Path), v.Message))
	}
	if err := unmarshal(strict.Repair(t, env.Spec), spec); err != nil && len(violations) == 0 {
		r.gaps = append(r.gaps, c.report(source.ProblemBadValue, o, "spec", err.Error()))
	}
	c.judgeSchema(&r, spec, env.Spec, violations)
	return r
}

// decodeKube reads an object of Kubernetes, keeps its problems and returns the gaps that they leave.
func decodeKube[T any](c *compiler, o source.Object) (T, []mesh.Gap) {
	v, problems := kube.Decode[T](o)
	c.problems = append(c.problems, problems...)
	return v, gap.Of(o, problems)
}

// readEmbedded reads YAML text into m and returns the reasons to distrust the result, with the path
// of each; the empty path is the whole.
func (c *compiler) readEmbedded(e embedded, text []byte, m proto.Message) (gaps []mesh.Gap, paths []string) {
	for _, f := range readConfig(c.schemas.of(m, strict.ProtoConfig), text, m) {
		gap := c.reportIn(e, f.code, f.path, f.message)
		if f.serious() {
			gaps, paths = append(gaps, gap), append(paths, f.path)
		}
	}
	return gaps, paths
}

// fault is something that was not understood in a configuration text; its path is empty for the whole.
type fault struct {
	code          source.ProblemCode
	path, message string
}

// serious reports whether Istio would not take the text. It passes over fields that it does not
// know, and takes the later of two.
func (f fault) serious() bool {
	return f.code != source.ProblemUnknownField && f.code != source.ProblemDuplicate
}

// readConfig reads YAML text into m, whose type is t, as Istio reads MeshConfig and ProxyConfig. What
// is not at fault is in m all the same; an empty text leaves m empty.
func readConfig(t *strict.Type, text []byte, m proto.Message) []fault {
	data, dups, err := yamldoc.ToJSON(text, yamldoc.Limits{})
	if err != nil {
		return []fault{{code: source.ProblemSyntax, message: err.Error()}}
	}
	var faults []fault
	for _, d := range dups {
		faults = append(faults, fault{source.ProblemDuplicate, d.Path, "the key stands twice; the later one counts"})
	}
	if bytes.Equal(data, []byte("null")) {
		return faults
	}
	for _, v := range strict.Check(t, data) {
		faults = append(faults, fault{v.Code, v.Path, v.Message})
	}
	if err := unmarshal(strict.Repair(t, data), m); err != nil && !slices.ContainsFunc(faults, fault.serious) {
		faults = append(faults, fault{code: source.ProblemBadValue, message: err.Error()})
	}
	return faults
}

// unmarshal fills m, and leaves the error texts without the library's changing white space.
func unmarshal(data []byte, m proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m); err != nil {
		return fmt.Errorf("not a valid %s", m.ProtoReflect().Descriptor().Name())
	}
	return nil
}
