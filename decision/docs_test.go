package decision_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

func readDoc(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// documented returns the example of docs/record.md, on the lines on which it stands there.
func documented(t *testing.T) []byte {
	t.Helper()
	before, rest, ok := strings.Cut(readDoc(t, "record.md"), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("docs/record.md has no example")
	}
	return []byte(strings.Repeat("\n", strings.Count(before, "\n")+1) + example)
}

func TestDocumentedExampleHasNoIssues(t *testing.T) {
	t.Parallel()
	issues := judge("docs/record.md", documented(t), decision.ValidateOptions{Now: judgedOn})
	if diff := cmp.Diff("", lines(issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
}

// TestProfile judges the example by the stricter profile: its reviews are a year apart.
func TestProfile(t *testing.T) {
	t.Parallel()
	issues := judge("docs/record.md", documented(t), decision.ValidateOptions{Now: judgedOn, Profile: decision.ProfilePCI})
	var got []string
	for _, i := range issues {
		got = append(got, fmt.Sprintf("%s %s", i.Code, i.Field))
	}
	want := []string{"V-10 exclusions[0].reviewBy", "V-10 exclusions[1].reviewBy"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
}

// TestEveryFieldIsDocumented looks for each field of the format in docs/record.md.
func TestEveryFieldIsDocumented(t *testing.T) {
	t.Parallel()
	doc := readDoc(t, "record.md")
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			name := typ.Field(i).Tag.Get("json")
			if name == "" || name == "-" {
				continue
			}
			if !regexp.MustCompile("`([a-z]+\\.)?" + name + "[`:]").MatchString(doc) {
				t.Errorf("field %s of %s is not in docs/record.md", name, typ.Name())
			}
			walk(typ.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[decision.Decision]())
	walk(reflect.TypeFor[decision.Register]())
}

// TestEveryRuleIsDocumented compares the rows of docs/validation.md with the table in code.
func TestEveryRuleIsDocumented(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, r := range decision.Rules() {
		state := r.Severity.String()
		if r.Reserved {
			state = "reserved"
		}
		want = append(want, fmt.Sprintf("%s | %s | %s", r.Code, state, r.Summary))
	}
	row := regexp.MustCompile(`(?m)^\| ((?:R|V|FCT)-\d\d) \| (\w+) \| ([^|]*) \|`)
	for _, m := range row.FindAllStringSubmatch(readDoc(t, "validation.md"), -1) {
		got = append(got, fmt.Sprintf("%s | %s | %s", m[1], m[2], m[3]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-code +docs/validation.md):\n%s", diff)
	}
}
