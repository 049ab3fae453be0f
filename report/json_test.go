package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/report"
)

func jsonText(t *testing.T, in report.Input) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSON(t *testing.T) {
	t.Parallel()
	golden(t, "full.json", jsonText(t, full(t)))
	golden(t, "empty.json", jsonText(t, report.Input{}))
}

// Readers may range over every list without asking whether it is there.
func TestJSONHasNoNull(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]report.Input{"full": full(t), "empty": {}} {
		if data := jsonText(t, in); bytes.Contains(data, []byte("null")) {
			t.Errorf("%s holds null:\n%s", name, data)
		}
	}
}

// What is written reads back as the document that was made, also by encoding/json.
func TestJSONReadsBack(t *testing.T) {
	t.Parallel()
	in := full(t)
	var got any
	if err := json.Unmarshal(jsonText(t, in), &got); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(report.New(in))
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(bytes.ReplaceAll(data, []byte(":null"), []byte(":[]")), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-encoding/json +report.JSON):\n%s", diff)
	}
}

func TestJSONTakesAnyBytes(t *testing.T) {
	t.Parallel()
	in := report.Input{Result: check.Result{Findings: []check.Finding{{Code: "T-01", Message: "\xff\x00<a>"}}}}
	if data := jsonText(t, in); !json.Valid(data) || !bytes.Contains(data, []byte("<a>")) {
		t.Errorf("got %s", data)
	}
}

// Every field of the document is named in the documentation.
func TestSchemaIsDocumented(t *testing.T) {
	t.Parallel()
	doc := readDoc(t)
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && !strings.Contains(doc, "`"+name+"`") {
				t.Errorf("docs/report.md does not name %s.%s (`%s`)", typ, f.Name, name)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[report.Document]())
	if !strings.Contains(doc, report.Schema) {
		t.Errorf("docs/report.md does not name the schema %s", report.Schema)
	}
}
