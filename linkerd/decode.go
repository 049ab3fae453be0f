package linkerd

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// resource is what is common to all objects that the adapter reads.
type resource struct {
	obj  source.Object
	meta kube.Meta
	gaps []mesh.Gap // what was not understood in it

	// unread is the release since which Linkerd reads the kind, where the control plane's is older; else 0.
	unread int

	// refused is whether no cluster can have the object as it stands, because the API server refuses it by
	// its definition, or whether the controllers cannot read it. It then counts for nothing; the problems
	// in gaps say why.
	refused bool
}

// at is the place of a field.
func (r *resource) at(field string) source.Loc { return r.obj.At(field) }

// step is a step that names a field of the object.
func (r *resource) step(rule, field, detail string) mesh.Step {
	return mesh.Step{Rule: rule, Object: r.obj.Ref, Loc: r.at(field), Detail: detail}
}

// decode reads an object into a T, one of the types in linkerd/api or kube, whatever version the object
// has: what a version does not have is left out, and what the API server writes where nothing stands is
// filled in. Every field that is unknown or has a wrong type or value is a problem. It is a gap of the
// resource, too, unless it is known what becomes of it; the rest is in T all the same. meta picks the
// metadata out of T.
//
// An object is read once for each T; the value is shared, and nobody may change it.
func decode[T any](c *compiler, o source.Object, meta func(*T) *kube.Meta) (*T, resource) {
	key := decodedKey{o.Ref, reflect.TypeFor[T]()}
	if done, ok := c.decoded[key].(decodedValue[T]); ok {
		return done.value, done.resource
	}
	v, r, problems := read[T](o, c.release)
	r.meta = *meta(v)
	c.problems = append(c.problems, problems...)
	if r.unread > 0 {
		c.noteUnread(&r)
	}
	if c.decoded == nil {
		c.decoded = map[decodedKey]any{}
	}
	c.decoded[key] = decodedValue[T]{v, r}
	return v, r
}

// decodedKey names what was read of an object.
type decodedKey struct {
	ref source.Ref
	typ reflect.Type
}

// decodedValue is what was read.
type decodedValue[T any] struct {
	value    *T
	resource resource
}

// read is decode for who has no compiler. The metadata of the resource is not filled in.
func read[T any](o source.Object, rel release) (*T, resource, []mesh.Problem) {
	versions := definitionsOf(rel)[o.Ref.Kind]
	if versions == nil {
		v, problems := kube.Decode[T](o)
		return &v, resource{obj: o, gaps: slices.Clip(gap.Of(o, problems))}, problems
	}
	j := judgement{obj: o, rel: rel, versions: versions, resource: resource{obj: o}}
	def := j.definition()
	violations := strict.Check(def.typ, o.JSON)
	v := new(T)
	misfit := fill(v, def.typ, o.JSON, len(violations) == 0)
	if misfit != "" && len(violations) == 0 {
		violations = append(violations, strict.Violation{Code: source.ProblemWrongType, Message: misfit})
	}
	j.violations(violations)
	j.amend(v)
	j.typed(v)
	return v, j.resource, j.problems
}

// judgement collects what is wrong with an object.
type judgement struct {
	obj      source.Object
	rel      release
	versions map[string]definition
	resource resource
	problems []mesh.Problem
}

// note adds a problem that leaves no gap: it is known what follows from it.
func (j *judgement) note(code source.ProblemCode, field, message string) mesh.Problem {
	p := mesh.Problem{Code: code, Pos: j.obj.At(field).Pos(), Object: j.obj.Ref, Field: field, Message: message}
	j.problems = append(j.problems, p)
	return p
}

// doubt adds a problem that leaves a gap.
func (j *judgement) doubt(code source.ProblemCode, field, message string) {
	p := j.note(code, field, message)
	j.resource.gaps = slices.Clip(append(j.resource.gaps, gap.Of(j.obj, []mesh.Problem{p})...))
}

// definition is that of the object's version, or the newest one where the version is none that is known. What
// releases before the oldest that is known do not read of what that one reads is not known either.
func (j *judgement) definition() definition {
	newest := newestVersion(j.versions)
	def, ok := j.versions[j.obj.Version]
	if !ok {
		j.doubt(source.ProblemUnsupported, "apiVersion", "the version is none that is known; the object is read as "+newest)
		return j.versions[newest]
	}
	oldest := def.since
	for _, v := range j.versions {
		oldest = min(oldest, v.since)
	}
	switch {
	case oldest > oldestMinor && !j.rel.since(oldest):
		j.resource.unread = oldest
		j.resource.refused = true
	case def.since > oldestMinor && !j.rel.since(def.since):
		j.note(source.ProblemWarned, "apiVersion", "the definition of the kind has this version since Linkerd 2."+strconv.Itoa(def.since))
	default:
	}
	return def
}

// newestVersion is the version that a kind is stored as.
func newestVersion(versions map[string]definition) string {
	newest := ""
	for name, v := range versions {
		if newest == "" || v.since > versions[newest].since || v.since == versions[newest].since && name > newest {
			newest = name
		}
	}
	return newest
}

// violations takes in what the definition does not take. The API server drops fields that it does not know;
// they leave a gap only where a release that is newer than all that are known might have them.
func (j *judgement) violations(found []strict.Violation) {
	var unknown map[string]bool // to the newest version; nil before somebody asks
	for _, v := range found {
		j.resource.refused = j.resource.refused || refuses(v.Code)
		switch {
		case v.Code == source.ProblemDuplicate:
			j.note(v.Code, v.Path, v.Message)
		case v.Code != source.ProblemUnknownField:
			j.doubt(v.Code, v.Path, v.Message)
		case 0 < j.rel.minor && j.rel.minor <= newestMinor:
			j.note(v.Code, v.Path, v.Message+"; the API server drops it")
		default:
			if unknown == nil {
				unknown = j.unknown()
			}
			if unknown[v.Path] {
				j.doubt(v.Code, v.Path, v.Message)
			} else {
				j.note(v.Code, v.Path, "the API server drops the field, which "+j.obj.Version+" does not have")
			}
		}
	}
}

// unknown are the fields that the newest version does not have either.
func (j *judgement) unknown() map[string]bool {
	fields := map[string]bool{}
	for _, v := range strict.Check(j.versions[newestVersion(j.versions)].typ, j.obj.JSON) {
		if v.Code == source.ProblemUnknownField {
			fields[v.Path] = true
		}
	}
	return fields
}

// refuses reports whether the API server refuses an object with such a problem.
func refuses(code source.ProblemCode) bool {
	switch code {
	case source.ProblemSyntax, source.ProblemWrongType, source.ProblemBadValue, source.ProblemRejected:
		return true
	default:
		return false
	}
}

// lenient lets the later of two members of one name count; the check has reported them.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// fill decodes what a schema takes of a text. It says what did not fit all the same; the values behind it
// are decoded.
func fill[T any](v *T, t *strict.Type, text []byte, sound bool) string {
	if sound && json.Unmarshal(text, v, lenient) == nil {
		return ""
	}
	*v = *new(T)
	repaired := strict.Repair(t, text)
	if json.Unmarshal(repaired, v, lenient) == nil {
		return ""
	}
	*v = *new(T)
	// This option decodes behind the first misfit.
	if json.Unmarshal(repaired, v, lenient, jsonv1.ReportErrorsWithLegacySemantics(true)) == nil {
		return ""
	}
	return "not every value has the type of its field"
}

// report adds a problem with a field of an object and returns the gap that it leaves.
func (c *compiler) report(code source.ProblemCode, o source.Object, field, message string) mesh.Gap {
	loc := o.At(field)
	c.problems = append(c.problems, mesh.Problem{Code: code, Pos: loc.Pos(), Object: o.Ref, Field: field, Message: message})
	return mesh.Gap{Reason: code, Object: o.Ref, Loc: loc, Detail: message}
}
