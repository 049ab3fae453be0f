package kube

import (
	"errors"
	"slices"
	"strconv"

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
// status that the schema does not know are passed over. A kind without a schema is only decoded: of
// the values that do not fit T only the first is named, in a problem of the whole object.
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
	v, misfit := salvage[T](strict.Repair(t, obj.JSON))
	if misfit != "" && !broken(problems) {
		problems = append(problems, problem(obj, strict.Violation{Code: source.ProblemWrongType, Message: misfit}))
	}
	return v, problems
}

// broken reports whether a problem says already that nothing can be read.
func broken(problems []source.Problem) bool {
	return slices.ContainsFunc(problems, func(p source.Problem) bool { return p.Code == source.ProblemSyntax })
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

// salvage decodes sound, what the schema takes of an object. Where T takes less than the schema, or
// there is none, it goes on behind the first value that does not fit and says which one that is:
// there may be others.
func salvage[T any](sound []byte) (v T, misfit string) {
	options := json.JoinOptions(lenient, jsontext.AllowInvalidUTF8(true))
	err := json.Unmarshal(sound, &v, options)
	if err == nil {
		return v, ""
	}
	misfit = "not every value has the type of its field"
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && semantic.JSONPointer != "" {
		misfit += "; the first such field is " + fieldOf(semantic.JSONPointer)
	}
	var rest T
	// This option decodes behind the first misfit; the error is the one at hand.
	if err := json.Unmarshal(sound, &rest, options, jsonv1.ReportErrorsWithLegacySemantics(true)); err == nil {
		return rest, ""
	}
	return rest, misfit
}

// fieldOf writes a JSON pointer as a field path; a number is taken for an index.
func fieldOf(p jsontext.Pointer) string {
	path := ""
	for token := range p.Tokens() {
		if i, err := strconv.Atoi(token); err == nil {
			path = source.Index(path, i)
		} else {
			path = source.Key(path, token)
		}
	}
	return path
}
