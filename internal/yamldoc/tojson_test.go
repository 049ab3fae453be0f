package yamldoc

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kyaml "sigs.k8s.io/yaml"
)

// traps are documents whose values YAML 1.1 and 1.2 readers, or careless ones, see differently.
var traps = []string{
	"", "# only a comment\n", "---\n", "null", "~", "a:", "a: ~", "a: null", "a: Null", "a: nUll",
	"a: yes", "a: Yes", "a: yEs", "a: no", "a: on", "a: off", "a: OFF", "a: y", "a: n", "a: Y", "a: true", "a: 'true'", `a: "off"`,
	"a: 017", "a: 0o17", "a: 0o8", "a: 09", "a: 0x10", "a: 0X1F", "a: 0b101", "a: -0b101", "a: 0b-1", "a: 1_000", "a: 1__0", "a: _1", "a: 0x_1f",
	"a: 1e3", "a: 1E3", "a: 1e+3", "a: 1.", "a: .5", "a: +1", "a: -1", "a: +.5", "a: -.5e1", "a: 1.30", "a: 1.0", "a: 00", "a: -0", "a: 0.0", "a: 1.2.3", "a: 1e", "a: e1",
	"a: 12:30:45", "a: 2001-12-14", "a: 2001-12-14T21:59:43.10-05:00", "a: 2001-12-14 21:59:43", "2001-12-14: x",
	"a: 9223372036854775807", "a: 9223372036854775808", "a: 18446744073709551616", "a: 123456789012345678901234567890", "a: 1e400", "a: 4.9e-324",
	"a: !!str 12", "a: !!int '12'", "a: !!float 1", "a: !!bool yes", "a: !!null ''", "a: !!binary aGk=", "a: !!timestamp 2001-12-14", "a: !mine 12", "a: !mine {b: 1}", "a: !!str", "a: !!str yes",
	"1: x", "1.5: x", "1e3: x", "1.30: x", "yes: x", "on: x", "0x10: x", "'1': x", "-0: x", ".inf: x", "1e300: x",
	"a: <<", "a: '<<'", `"<<": {b: 1}`, "a: =",
	"a: &x 1\nb: *x", "a: &x {p: 1}\nb: {<<: *x, q: 2}", "a: &x {p: 1}\nb: {p: 3, <<: *x}", "a: &x {p: 1}\nb: {<<: *x, p: 3}",
	"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y], r: 3}", "a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}", "b: {<<: {p: 1}}", "a: &x 1\nb: &x 2\nc: *x",
	"a: |\n  x\n  y\n", "a: |-\n  x\n", "a: |+\n  x\n\n", "a: >\n  x\n  y\n\n  z\n", "a: |2\n    x\n", "a: \"x\\ty\\u00e9\\x41\"", "a: 'it''s'", "a: \"x\\\n  y\"", "a: \"x\n  y\"",
	"a: b # c", "a: b#c", "a: http://x", "a: {b: c, d}", "a: [1, two, 3.0, ]", "a: {}", "a: []", "- 1\n- - 2\n  - 3\n", "? a\n: b\n", "? a\n", "a: -", "a: - b", "a: \"\"", "a: ''",
	"a:\r\n  b: 1\r\n", "\ufeffa: 1", "%YAML 1.1\n---\na: 1\n", "---\na: 1\n...\n", "--- {a: 1}\n", "a: \u2028x", "a: 'x\u0085y'", "a: \"\\0\"", "a: é", "a: \U0001F600", `a: "</script>&"`,
	`{"a": 1.30, "b": "x\/y", "c": "\u00e9", "d": [ ], "e": 1E5}`, `{"a": yes}`, `{a: 1}`, `[1, 2`, `{"a": 1,}`, `{"a": "😀"}`, `["\ud83d\ude00"]`, "{\n\t\"a\":\t1\n}",
	"a:\n\t- b", "a: b: c", "a: @x", "a: `x`", "a: %x", "a: *x", "a: &x *x", "a: [", "a: {b", "a: \"x", "a: 'x", "- a\nb: c", "a: 1\n b: 2", "a: .inf", "a: .nan", "~: x", "{a: 1}: x", "? [a]\n: b", "a: !!int x", "a: !!binary '*'", "<<: 1", "a: 1\n---\nb: 2",
	`"\u0080\x00"`, "{{ .Values.x }}", "a: {{ .Values.x }}", "a: ${X}", "key: [a, b]: c",
}

// same reports whether two JSON texts hold equal values, numbers compared as float64.
func same(t *testing.T, a, b []byte) string {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return cmp.Diff(x, y)
}

// The converter sees what Kubernetes tooling sees.
func TestToJSONAgreesWithKubernetes(t *testing.T) {
	t.Parallel()
	// stricter are documents that sigs.k8s.io/yaml takes: it reads the first document of several.
	stricter := map[string]bool{"a: 1\n---\nb: 2": true}
	// wider are JSON documents whose escapes YAML 1.1 lacks; the API server reads them as JSON.
	wider := map[string]bool{`{"a": 1.30, "b": "x\/y", "c": "\u00e9", "d": [ ], "e": 1E5}`: true, `["\ud83d\ude00"]`: true}
	for _, doc := range traps {
		want, wantErr := kyaml.YAMLToJSON([]byte(doc))
		got, _, err := ToJSON([]byte(doc), Limits{})
		switch {
		case (err != nil) != (wantErr != nil):
			if (err != nil && !stricter[doc]) || (err == nil && !wider[doc]) {
				t.Errorf("%q: got %s, %v; Kubernetes %s, %v", doc, got, err, want, wantErr)
			}
		case err == nil:
			if diff := same(t, want, got); diff != "" {
				t.Errorf("%q (-kubernetes +got):\n%s", doc, diff)
			}
		}
	}
}

func TestToJSONKeepsSpellingOfNumbers(t *testing.T) {
	t.Parallel()
	const doc = "a: 1.30\nb: 1e3\nc: 123456789012345678901234567890\nd: 1_000\ne: .5\nf: [1.0, 017]\n"
	const want = `{"a":1.30,"b":1e3,"c":123456789012345678901234567890,"d":1000,"e":0.5,"f":[1.0,15]}`
	got, _, err := ToJSON([]byte(doc), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestToJSONNamesRepeatedKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc, want string
		dups            []Issue
	}{
		{
			"yaml", "a: 1\nb:\n- x.y: 1\n  \"x.y\": 2\na: 3\n", `{"a":3,"b":[{"x.y":2}]}`,
			[]Issue{{`b[0]["x.y"]`, 4, 3}, {"a", 5, 1}},
		},
		{"three times", "a: 1\na: 2\na: 3", `{"a":3}`, []Issue{{"a", 2, 1}, {"a", 3, 1}}},
		{
			"json", "{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 1.30}, \"a\": [1]}", `{"a":[1],"b":{"c":1.30}}`,
			[]Issue{{"b.c", 2, 16}, {"a", 2, 28}},
		},
		{"json, escaped quotes", `{"a\"": 1, "a\"": 2}`, `{"a\"":2}`, []Issue{{`["a\""]`, 1, 12}}},
		{"a merge repeats nothing", "x: &x {a: 1}\nz: {a: 2, <<: *x}", `{"x":{"a":1},"z":{"a":1}}`, nil},
		{"1 and '1' are one name", "1: a\n'1': b", `{"1":"b"}`, []Issue{{"1", 2, 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, dups, err := ToJSON([]byte(tt.doc), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.dups, dups); diff != "" {
				t.Errorf("repeated (-want +got):\n%s", diff)
			}
		})
	}
}

func TestToJSONSyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		line, col int
	}{
		{"tab", "a:\n  b: 1\n\tc: 2\n", 3, 1},
		{"mapping inside a plain value", "a: 1\nb: c: d\n", 2, 0},
		{"line without a colon", "a: 1\nbc\nd: 2\n", 2, 0},
		{"quote never closed", "a: 1\nb: \"x\nc: 2\nd: 3\n", 2, 0},
		{"flow never closed", "a: 1\nb: {x: 1\n", 3, 0},
		{"wrong indentation", "a: 1\nb:\n    c: 1\n  d: 2\n", 4, 0},
		{"item among keys", "a: 1\n- b\n", 2, 0},
		{"unknown anchor", "a: 1\nb: *x\n", 2, 4},
		{"control character", "a: 1\nb: x\x01\n", 2, 5},
		{"not UTF-8", "a: 1\nb: é\xff\n", 2, 6},
		{"second document", "a: 1\n---\nb: 2\n", 2, 1},
		{"json, comma missing", "{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3},
		{"json, cut off", "{\n  \"a\": [1,\n", 3, 1},
		{"infinity", "a: 1\nb: [.inf]\n", 2, 5},
		{"null key", "a: 1\n~: 2\n", 2, 1},
		{"template", "a: 1\n{{ .x }}: 2\n", 2, 0},
		{"line separators do not count", "a: x\u2028 y\nb: [.nan]\n", 2, 5},
		{"first line", "@", 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := ToJSON([]byte(tt.doc), Limits{})
			var se *SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("got %s, %v; want a *SyntaxError", got, err)
			}
			if se.Line != tt.line || tt.col != 0 && se.Col != tt.col {
				t.Errorf("got %v; want line %d, column %d", se, tt.line, tt.col)
			}
		})
	}
}

func TestToJSONLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc, what string
		line, col       int
	}{
		{"300 flow levels", strings.Repeat("[", 300) + strings.Repeat("]", 300), "depth", 1, 201},
		{"300 flow levels, not JSON", "a: " + strings.Repeat("[", 300) + strings.Repeat("]", 300), "depth", 1, 203},
		{"300 block levels", blockLevels(300), "depth", 201, 201},
		{"unclosed", strings.Repeat("[", 300), "depth", 1, 201},
		{"alias bomb", bomb(30), "nodes", 1, 1},
		{"merge bomb", mergeBomb(30), "nodes", 1, 1},
		{"deep by aliases", deepAliases(300), "depth", 200, 10},
		{"many values", "[" + strings.Repeat("1,", 2_000_000) + "1]", "nodes", 1, 3999999},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ToJSON([]byte(tt.doc), Limits{})
			var le *LimitError
			if !errors.As(err, &le) {
				t.Fatalf("got %v; want a *LimitError", err)
			}
			if le.What != tt.what || le.Line != tt.line || le.Col != tt.col {
				t.Errorf("got %v; want %s at line %d, column %d", le, tt.what, tt.line, tt.col)
			}
		})
	}
}

func blockLevels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String() + strings.Repeat(" ", n) + "x\n"
}

func bomb(levels int) string {
	b := strings.Builder{}
	b.WriteString("a0: &a0 x\n")
	for i := range levels {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	return b.String()
}

func mergeBomb(levels int) string {
	b := strings.Builder{}
	b.WriteString("a0: &a0 {x: 1}\n")
	for i := range levels {
		fmt.Fprintf(&b, "a%d: &a%d {<<: [*a%d, *a%d]}\n", i+1, i+1, i, i)
	}
	return b.String()
}

func deepAliases(levels int) string {
	b := strings.Builder{}
	b.WriteString("- &a0 {x: 1}\n")
	for i := range levels {
		fmt.Fprintf(&b, "- &a%d [*a%d]\n", i+1, i)
	}
	return b.String()
}

// Every repeated key is found, also where there are very many.
func TestToJSONManyRepeatedKeys(t *testing.T) {
	t.Parallel()
	const n = 50_000
	for name, doc := range map[string]string{
		"lines":    strings.Repeat("a: 1\n", n),
		"one line": "{" + strings.Repeat("a: 1,", n) + "}",
		"json":     "{" + strings.Repeat(`"a":1,`, n) + `"a":1}`,
		"nested":   strings.Repeat("- {b: {a: 1, a: 2}, c: 1, c: 2}\n", n/10),
	} {
		_, dups, err := ToJSON([]byte(doc), Limits{}) // a square would take minutes, and the test's time with it
		if err != nil || len(dups) < n/10 {
			t.Errorf("%s: %d repeated keys, %v", name, len(dups), err)
		}
	}
}

func TestToJSONSelfReference(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{"&a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "a: &a\n  b: &b [*a]\n"} {
		_, _, err := ToJSON([]byte(doc), Limits{})
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: got %v; want a *SyntaxError", doc, err)
		}
	}
}
