package strict_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	name := strict.String().With(strict.Limits{MinLength: 2, MaxLength: 3, Pattern: regexp.MustCompile(`^[a-z]*$`)})
	thing := strict.Object("thing", map[string]*strict.Type{
		"name": name, "a": strict.Bool(), "b": strict.Bool(), "free": strict.Any(),
	}).With(strict.Limits{Required: []string{"name"}, OneOf: []string{"a", "b"}})
	list := strict.List(thing).With(strict.Limits{MinItems: 1, MaxItems: 2, Key: "name"})
	tests := []struct {
		name string
		json string
		want []strict.Violation
	}{
		{"kept", `[{"name": "ab", "a": true}, {"name": "ba", "b": false, "free": [1]}]`, nil},
		{"null is not there", `[{"name": "ab", "a": true, "b": null}]`, nil},
		{"no list", `null`, nil},
		{"too few", `[]`, []strict.Violation{{Code: source.ProblemRejected, Message: "there must be an entry"}}},
		{
			"too many", `[{"name": "ab", "a": true}, {"name": "ac", "a": true}, {"name": "ad", "a": true}]`,
			[]strict.Violation{{Code: source.ProblemRejected, Message: "there are 3 entries, and may be 2"}},
		},
		{
			"required and null", `[{"name": null}]`,
			[]strict.Violation{
				{Path: "[0]", Code: source.ProblemRejected, Message: "name is required"},
				{Path: "[0]", Code: source.ProblemRejected, Message: "one of a and b is required"},
			},
		},
		{
			"both", `[{"name": "ab", "b": true, "a": true}]`,
			[]strict.Violation{{Path: "[0]", Code: source.ProblemRejected, Message: "a and b exclude each other"}},
		},
		{
			"alike", `[{"name": "ab", "a": true}, {"a": true, "name": "\u0061b"}]`,
			[]strict.Violation{{Path: "[1].name", Code: source.ProblemRejected, Message: `"ab" is the name of entry 0, too`}},
		},
		{
			"texts", `[{"name": "", "a": true}, {"name": "äöüß", "a": true}, {"name": "a", "a": true}]`,
			[]strict.Violation{
				{Path: "[0].name", Code: source.ProblemRejected, Message: "name must not be empty"},
				{Path: "[1].name", Code: source.ProblemRejected, Message: "name has 4 characters, and may have 3"},
				{Path: "[2].name", Code: source.ProblemRejected, Message: "name has 1 characters, and must have 2"},
				{Code: source.ProblemRejected, Message: "there are 3 entries, and may be 2"},
			},
		},
		{
			"form", `[{"name": "A1", "a": true}]`,
			[]strict.Violation{{Path: "[0].name", Code: source.ProblemRejected, Message: `name "A1" does not have the form ^[a-z]*$`}},
		},
		{
			"of another type", `[{"name": 12, "a": true}, 1]`,
			[]strict.Violation{
				{Path: "[0].name", Code: source.ProblemWrongType, Message: "number 12 where a string is needed"},
				{Path: "[1]", Code: source.ProblemWrongType, Message: "number 1 where an object is needed"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, strict.Check(list, []byte(tt.json))); diff != "" {
				t.Errorf("Check(%s) (-want +got):\n%s", tt.json, diff)
			}
		})
	}
}

// TestLimitsAreNotStored: a table cannot say limits, and says so instead of losing them.
func TestLimitsAreNotStored(t *testing.T) {
	t.Parallel()
	roots := map[string]*strict.Type{"": strict.String().With(strict.Limits{MinLength: 1})}
	if _, err := strict.NewTable("", roots); err == nil {
		t.Error("a table was made")
	}
}

func TestWithMember(t *testing.T) {
	t.Parallel()
	old := strict.Object("thing", map[string]*strict.Type{"a": strict.Bool(), "b": strict.Bool()})
	made := old.WithMember("b", strict.String()).WithMember("c", strict.Bool())
	json := []byte(`{"a": true, "b": "x", "c": true}`)
	if found := strict.Check(made, json); found != nil {
		t.Errorf("the new type does not take %s: %v", json, found)
	}
	if found := strict.Check(old, json); len(found) != 2 {
		t.Errorf("the old type has changed: %v", found)
	}
}
