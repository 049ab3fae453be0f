package kube

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/meshposture/meshposture/internal/kubeschema"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

func kind(group, name string) source.Kind { return source.Kind{Group: group, Kind: name} }

// Decode reads obj into a T, which must be a type for obj's kind: one of this package or one of
// the caller's own with the same form.
//
// What the API does not know or takes in another form is reported, field by field, in the order
// of the text; T then holds what could be read all the same. A value that was not understood
// leaves its field zero, except that a number, true or false in place of a string leaves its
// text, and a word that is not among those of its field stays. A nil slice means that every
// field was understood.
//
// The schema is that of k8s.io/api v0.36.4 and sigs.k8s.io/gateway-api v1.6.3, whatever version
// of the kind obj has: a CronJob of batch/v1beta1 is checked as one of batch/v1. Fields below
// status that the schema does not know are passed over. A kind without a schema is only decoded.
//
// Decode never changes obj, and is safe for concurrent use.
func Decode[T any](obj source.Object) (T, []source.Problem) {
	t, _ := kubeschema.Of(obj.Ref.Kind)
	return decode[T](obj, t)
}

// DecodeMeta reads what all custom resources share. It reports what is wrong in apiVersion, kind
// and metadata, and members beside them, spec and status, in the way of Decode; it does not look
// into spec and status.
func DecodeMeta(obj source.Object) (Meta, []source.Problem) {
	v, problems := decode[struct {
		Meta `json:"metadata"`
	}](obj, kubeschema.Custom())
	return v.Meta, problems
}

// decode reads obj, whose schema is t; nil when it has none.
func decode[T any](obj source.Object, t *strict.Type) (T, []source.Problem) {
	problems := check(obj, t)
	var v T
	if json.Unmarshal(obj.JSON, &v, lenient) == nil {
		return v, problems
	}
	v, err := salvage[T](obj, t)
	if err != nil && len(problems) == 0 {
		problems = []source.Problem{problem(obj, strict.Violation{Code: source.ProblemWrongType, Message: err.Error()})}
	}
	return v, problems
}

// lenient lets the later of two members of one name count; the check has reported them.
var lenient = jsontext.AllowDuplicateNames(true)

// check compares obj with its schema.
func check(obj source.Object, t *strict.Type) []source.Problem {
	found := strict.Check(t, obj.JSON)
	if len(found) == 0 {
		return nil
	}
	problems := make([]source.Problem, len(found))
	for i, v := range found {
		problems[i] = problem(obj, v)
	}
	return problems
}

func problem(obj source.Object, v strict.Violation) source.Problem {
	return source.Problem{
		Code:    v.Code,
		Pos:     obj.At(v.Path).Pos(),
		Object:  obj.Ref,
		Field:   v.Path,
		Message: v.Message,
	}
}

// salvage decodes what the schema takes of obj, and goes on where T takes less than the schema.
func salvage[T any](obj source.Object, t *strict.Type) (T, error) {
	var v T
	err := json.Unmarshal(strict.Repair(t, obj.JSON), &v,
		lenient, jsontext.AllowInvalidUTF8(true), jsonv1.ReportErrorsWithLegacySemantics(true))
	return v, err
}
