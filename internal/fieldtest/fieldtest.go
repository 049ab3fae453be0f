// Package fieldtest holds a list of all fields that an adapter may meet against the adapter's code. Only tests
// import it.
package fieldtest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// What an adapter does with a field of what it reads.
const (
	Read      = "read"      // it decides something; the reason, if any, says where
	Inert     = "inert"     // it cannot change what is judged
	Reported  = "reported"  // a gap is given where it is set; the reason names the place
	Validated = "validated" // it may have an object refused, and changes nothing else
)

// Use is which code of an adapter looks at a field: code that judges, and code that says what would be refused.
type Use struct{ Judged, Validated bool }

// Line is a line of testdata/fields.txt: a field, its class and a reason, which only Read may lack.
type Line struct{ Field, Class, Reason string }

// Lines reads testdata/fields.txt, and gives the class of each field as well.
func Lines(t *testing.T) (lines []Line, classes map[string]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	classes = map[string]string{}
	for text := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(text, "\n"), "\t")
		if len(cells) < 2 || len(cells) > 3 {
			t.Fatalf("fields.txt: %q is not a field, a class and perhaps a reason, with tabs between", text)
		}
		lines = append(lines, Line{cells[0], cells[1], strings.Join(cells[2:], "")})
		classes[cells[0]] = cells[1]
	}
	return lines, classes
}

// Compare fails the test when a field was found that nobody has looked at, when one that was classified is
// gone, and when the adapter's code does something else with a field than its class says.
func Compare(t *testing.T, lines []Line, found map[string]Use) {
	t.Helper()
	listed := map[string]bool{}
	for i, l := range lines {
		listed[l.Field] = true
		if i > 0 && lines[i-1].Field >= l.Field {
			t.Errorf("fields.txt: %s stands after %s", l.Field, lines[i-1].Field)
		}
		u, ok := found[l.Field]
		if !ok {
			t.Errorf("fields.txt: %s does not exist, or stands below a field that is inert", l.Field)
			continue
		}
		if fault := l.Fault(u); fault != "" {
			t.Errorf("fields.txt: %s: %s", l.Field, fault)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !listed[name] {
			t.Errorf("%s is not classified: what does it change?", name)
		}
	}
}

// Fault says what is wrong with a line, given where the field is read; empty for nothing.
func (l Line) Fault(u Use) string {
	if l.Class != Read && strings.TrimSpace(l.Reason) == "" {
		return "class " + l.Class + " asks for a reason"
	}
	var right bool
	switch l.Class {
	case Read, Reported:
		right = u.Judged
	case Validated:
		right = u.Validated && !u.Judged
	case Inert:
		right = !u.Validated && !u.Judged
	default:
		return fmt.Sprintf("class %q is not known", l.Class)
	}
	if !right {
		return fmt.Sprintf("its class is %s; code that judges reads it: %v, code that refuses: %v", l.Class, u.Judged, u.Validated)
	}
	return ""
}
