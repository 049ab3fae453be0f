package strict_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

// pod is a kind with a field of each type that Of tells apart.
type pod struct {
	typeMeta `json:",inline"`
	Labels   map[string]string `json:"labels,omitempty"`
	Spec     spec              `json:"spec"`
	Skipped  string            `json:"-"`
	hidden   string
}

type typeMeta struct {
	Kind string `json:"kind"`
}

type spec struct {
	HostNetwork bool           `json:"hostNetwork"`
	ServiceName string         `json:"serviceName"`
	Replicas    *int32         `json:"replicas"`
	Port        uint16         `json:"port"`
	Weight      float64        `json:"weight"`
	Data        []byte         `json:"data"`
	Containers  []container    `json:"containers"`
	Codes       map[int]string `json:"codes"`
	Since       time.Time      `json:"since"`
	Raw         any            `json:"raw"`
	Next        *spec          `json:"next"` // recursive
}

type container struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
}

func TestCheckOf(t *testing.T) {
	t.Parallel()
	_ = pod{}.hidden
	typ := strict.Of(reflect.TypeFor[pod]())
	tests := []struct{ name, json, want string }{
		{"all fields", `{"kind":"Pod","labels":{"a.b/c":"1"},"spec":{"hostNetwork":true,"replicas":3,"port":65535,"weight":1.5,
			"data":"aGk=","containers":[{"name":"a","args":["x"]}],"codes":{"-1":"x"},"since":"2026-01-01T00:00:00Z","raw":[{"x":1}],"next":{"next":{}}}}`, ""},
		{"null is not set", `{"labels":null,"spec":{"hostNetwork":null,"replicas":null,"containers":[null,{"args":[null]}]}}`, ""},
		{"null as a whole", `null`, ""},
		{"1.0 is an integer", `{"spec":{"port":1.0,"replicas":1e3}}`, ""},
		{"unknown field", `{"spec":{"hostNetwrok":true}}`, `spec.hostNetwrok: unknown-field: unknown field "hostNetwrok" (did you mean "hostNetwork"?)`},
		{"another case", `{"spec":{"hostnetwork":true}}`, `spec.hostnetwork: unknown-field: unknown field "hostnetwork" (did you mean "hostNetwork"?)`},
		{"snake case", `{"spec":{"host_network":true}}`, `spec.host_network: unknown-field: unknown field "host_network" (did you mean "hostNetwork"?)`},
		{"nothing near", `{"spec":{"mesh":{"spec":1,"hostNetwrok":2}}}`, `spec.mesh: unknown-field: unknown field "mesh"`},
		{"a name that needs quotes", `{"spec":{"a.b":1}}`, `spec["a.b"]: unknown-field: unknown field "a.b"`},
		{"an escaped name", `{"spec":{"ho\u0073tNetwork":1}}`, `spec.hostNetwork: wrong-type: number 1 where true or false is needed`},
		{"number for string", `{"labels":{"v":1.30}}`, `labels.v: wrong-type: number 1.30 where a string is needed`},
		{"boolean for string", `{"labels":{"sidecar.istio.io/inject":false}}`, `labels["sidecar.istio.io/inject"]: wrong-type: boolean false where a string is needed`},
		{"string for boolean", `{"spec":{"hostNetwork":"yes"}}`, `spec.hostNetwork: wrong-type: string "yes" where true or false is needed`},
		{"string for integer", `{"spec":{"port":"80"}}`, `spec.port: wrong-type: string "80" where an integer is needed`},
		{"fraction", `{"spec":{"port":80.5}}`, `spec.port: wrong-type: number 80.5 where an integer is needed`},
		{"too large", `{"spec":{"port":65536}}`, `spec.port: bad-value: number 65536: want 0 to 65535`},
		{"negative", `{"spec":{"port":-1}}`, `spec.port: bad-value: number -1: want 0 to 65535`},
		{"huge", `{"spec":{"replicas":1e99}}`, `spec.replicas: bad-value: number 1e99: want -2147483648 to 2147483647`},
		{"beyond any float", `{"spec":{"replicas":-1e9999}}`, `spec.replicas: bad-value: number -1e9999: want -2147483648 to 2147483647`},
		{"list for object", `{"spec":[1,2]}`, `spec: wrong-type: list where an object is needed`},
		{"object for list", `{"spec":{"containers":{"name":"a"}}}`, `spec.containers: wrong-type: object where a list is needed`},
		{"scalar for object", `{"spec":"x"}`, `spec: wrong-type: string "x" where an object is needed`},
		{"object for string", `{"labels":{"a":{}}}`, `labels.a: wrong-type: object where a string is needed`},
		{"inside a list", `{"spec":{"containers":[{},{"args":["a",7]}]}}`, `spec.containers[1].args[1]: wrong-type: number 7 where a string is needed`},
		{"map key", `{"spec":{"codes":{"x":"y"}}}`, `spec.codes.x: bad-value: key "x": want an integer from -9223372036854775808 to 9223372036854775807`},
		{"base64", `{"spec":{"data":"%%"}}`, `spec.data: bad-value: data "%%": want base64 data`},
		{"duplicate field", `{"kind":"a","kind":"b"}`, `kind: duplicate: duplicate key "kind"; the later one counts`},
		{"duplicate label", `{"labels":{"a":"1","b":"2","\u0061":"3"}}`, `labels.a: duplicate: duplicate key "a"; the later one counts`},
		{"duplicate in free form", `{"spec":{"raw":[{"a":1,"a":2}]}}`, `spec.raw[0].a: duplicate: duplicate key "a"; the later one counts`},
		{"in the order of the text", `{"z":1,"spec":{"port":"a"},"b":2}`, `z: unknown-field: unknown field "z"
spec.port: wrong-type: string "a" where an integer is needed
b: unknown-field: unknown field "b"`},
		{"empty", ``, `syntax: not valid JSON: no value`},
		{"two values", `{} {}`, `syntax: not valid JSON: more than one value`},
		{"truncated", `{"spec":{"port":`, `spec.port: syntax: not valid JSON: unexpected EOF`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, lines(strict.Check(typ, []byte(tt.json)))); diff != "" {
				t.Errorf("Check(%s) (-want +got):\n%s", tt.json, diff)
			}
		})
	}
}

func lines(vs []strict.Violation) string {
	all := make([]string, len(vs))
	for i, v := range vs {
		all[i] = v.String()
	}
	return strings.Join(all, "\n")
}

// A map with more names than are compared one by one still finds its duplicates.
func TestCheckManyKeys(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `"k%d":"",`, i)
	}
	doc := `{` + b.String() + `"k0":"","k99":""}`
	want := `k0: duplicate: duplicate key "k0"; the later one counts
k99: duplicate: duplicate key "k99"; the later one counts`
	got := lines(strict.Check(strict.Map(strict.String()), []byte(doc)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Beyond a hundred, violations are counted, and a syntax error is still there.
func TestCheckManyViolations(t *testing.T) {
	t.Parallel()
	typ := strict.Map(strict.String())
	var b strings.Builder
	for i := range 103 {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	found := strict.Check(typ, []byte(`{`+b.String()+`"last":""}`))
	want := []string{
		`k99: wrong-type: number 1 where a string is needed`,
		`limit: 3 more problems in this object are not listed`,
	}
	if diff := cmp.Diff(want, strings.Split(lines(found[99:]), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	found = strict.Check(strict.Of(reflect.TypeFor[pod]()), []byte(`{`+b.String()+`"last":""}`))
	if diff := cmp.Diff(`limit: 4 more problems in this object are not listed`, lines(found[100:])); diff != "" {
		t.Errorf("unknown fields (-want +got):\n%s", diff)
	}
	found = strict.Check(typ, []byte(`{`+b.String()+`]`))
	if got := found[100].Code; got != source.ProblemSyntax {
		t.Errorf("after the hundredth: %v, want a syntax violation", got)
	}
}

func TestCheckDepth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		depth int
		code  source.ProblemCode
	}{
		{"at the limit", 500, ""},
		{"one too deep", 501, source.ProblemLimit},
		{"a bomb", 100_000, source.ProblemSyntax}, // the JSON reader itself gives up
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := strings.Repeat("[", tt.depth) + strings.Repeat("]", tt.depth)
			var got source.ProblemCode
			if vs := strict.Check(nil, []byte(doc)); len(vs) > 0 {
				got = vs[len(vs)-1].Code
			}
			if got != tt.code {
				t.Errorf("last code %q, want %q", got, tt.code)
			}
		})
	}
}
