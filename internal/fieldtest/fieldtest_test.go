package fieldtest_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/internal/fieldtest"
)

// The class of a line must be what the code does, and all but Read ask for a reason.
func TestFault(t *testing.T) {
	t.Parallel()
	judged, validated, both := fieldtest.Use{Judged: true}, fieldtest.Use{Validated: true}, fieldtest.Use{true, true}
	for _, tt := range []struct {
		line  fieldtest.Line
		use   fieldtest.Use
		wrong bool
	}{
		{fieldtest.Line{"f", fieldtest.Read, ""}, judged, false},
		{fieldtest.Line{"f", fieldtest.Read, ""}, both, false},
		{fieldtest.Line{"f", fieldtest.Read, ""}, validated, true},
		{fieldtest.Line{"f", fieldtest.Reported, "in g"}, judged, false},
		{fieldtest.Line{"f", fieldtest.Reported, ""}, judged, true},
		{fieldtest.Line{"f", fieldtest.Validated, "in g"}, validated, false},
		{fieldtest.Line{"f", fieldtest.Validated, "in g"}, both, true},
		{fieldtest.Line{"f", fieldtest.Inert, "a label"}, fieldtest.Use{}, false},
		{fieldtest.Line{"f", fieldtest.Inert, "a label"}, validated, true},
		{fieldtest.Line{"f", fieldtest.Inert, " "}, fieldtest.Use{}, true},
		{fieldtest.Line{"f", "red", "a label"}, judged, true},
	} {
		if fault := tt.line.Fault(tt.use); (fault != "") != tt.wrong {
			t.Errorf("%+v of %+v: fault %q, want one: %v", tt.line, tt.use, fault, tt.wrong)
		}
	}
}

// The package can be loaded: this one has a type Code.
func TestLoad(t *testing.T) {
	t.Parallel()
	c := fieldtest.Load(t)
	if c.Package.Scope().Lookup("Code") == nil {
		t.Errorf("no type Code in %s", c.Package.Path())
	}
	for _, f := range c.Files {
		if name := c.Name(f); name != "code.go" && name != "fieldtest.go" {
			t.Errorf("file %s", name)
		}
	}
}

func Example() {
	l := fieldtest.Line{Field: "Server.spec.port", Class: fieldtest.Inert, Reason: "nobody asks for it"}
	fmt.Println(l.Fault(fieldtest.Use{Judged: true}))
	// Output:
	// its class is inert; code that judges reads it: true, code that refuses: false
}
