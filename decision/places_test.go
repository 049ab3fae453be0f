package decision_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/internal/yamldoc"
)

// FuzzPlaces compares the places of a whole document with those that yamldoc finds one by one.
func FuzzPlaces(f *testing.F) {
	for _, text := range []string{
		"a:\n  - b: 1\n    ü: {c: [1, x]}\n  -\n    - \"d.e\": |\n        f\n",
		"# comment\n\"ä\": {ö: 1, \"k\\\"[\": ~}\r\nb: \r\n- x\r\n",
		"a: &x {b: [1]}\nc: *x\nd:\n- *x\n- &y\n  e: f\n- *y\n",
		"a: &x {b: 1}\nc: {<<: *x, d: 2}\n",
		"a: 1\na: {b: 1}\n",
		"? [a]\n: b\n1: c\nyes: d\n<<: {e: 1}\n",
		"a\u2028b: 1\n",
		"- |\n a\n- >-\n b\n  c\n",
		"!!map\na: !!str 1\n",
		"Y: 1\nno: 2\n\"on\": 3\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, _, err := yamldoc.ToJSON(text, yamldoc.Limits{MaxDepth: 50, MaxNodes: 200}); err != nil {
			t.Skip()
		}
		places, ok := decision.PlacesOf(text)
		if !ok {
			t.Skip()
		}
		for field, got := range places {
			line, col := yamldoc.Locate(text, field)
			if diff := cmp.Diff([2]int{line, col}, got); diff != "" {
				t.Errorf("place of %q (-yamldoc +all at once):\n%s", field, diff)
			}
		}
	})
}
