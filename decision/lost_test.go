package decision_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
)

// What could not be read is not reported again: a number among the entries of any list of the
// example of docs/record.md is one issue of reading, and none of judging.
func TestUnreadElements(t *testing.T) {
	t.Parallel()
	example := strings.Split(string(documented(t)), "\n")
	tried := 0
	for i, line := range example {
		indent, _, ok := strings.Cut(line, "- ")
		if !ok || strings.TrimSpace(indent) != "" {
			continue
		}
		tried++
		for _, junk := range []string{"17", "[[]]"} {
			text := strings.Join(slices.Insert(slices.Clone(example), i, indent+"- "+junk), "\n")
			set, issues := decision.Parse("r", []byte(text))
			if len(issues) != 1 || issues[0].Pos.Line != i+1 {
				t.Errorf("%s on line %d: want one issue there, got:\n%s", junk, i+1, lines(issues))
			}
			if again := decision.Validate(set, decision.ValidateOptions{Now: judgedOn}); len(again) > 0 {
				t.Errorf("%s on line %d before %q is reported again:\n%s", junk, i+1, line, lines(again))
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d entries tried", tried)
	}
}
