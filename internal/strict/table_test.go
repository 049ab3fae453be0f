package strict_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	security "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/internal/strict"
)

// tree is recursive and uses every form that a table can hold.
type tree struct {
	Mode  mode            `json:"mode,omitempty"`
	Next  *tree           `json:"next"`
	Many  []tree          `json:"many"`
	Named map[string]tree `json:"named"`
	Port  uint16          `json:"port"`
	Free  any             `json:"free"`
}

type mode string

func treeType() *strict.Type {
	r := strict.Reflector{Known: map[string]*strict.Type{
		"github.com/meshposture/meshposture/internal/strict_test.mode": strict.Enum("test.mode", "On", "Off"),
	}}
	return r.Of(reflect.TypeFor[tree]())
}

// A Type that was written down and read back gives the same violations.
func TestTableRoundTrip(t *testing.T) {
	t.Parallel()
	open := strict.Reflector{Open: true}
	before := map[string]*strict.Type{
		"open": open.Of(reflect.TypeFor[tree]()),
		"tree": treeType(),
		"misc": strict.Object("test.misc", map[string]*strict.Type{
			"quantity": strict.Quantity(), "time": strict.Time(), "duration": strict.Duration(), "bytes": strict.Bytes(),
			"port": strict.IntOrString(), "on": strict.Bool(), "ratio": strict.Number(), "opaque": strict.Opaque(),
			"lists": strict.List(strict.List(strict.Map(strict.String()))),
			"range": strict.Integer(-5, 5),
		}),
	}
	table, err := strict.NewTable("header", before)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	var read strict.Table
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	after, err := read.Types()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ root, json, want string }{
		{
			"tree", `{"mode":"","next":{"many":[{"named":{"x":{"mode":"Maybe","port":-1}}}]},"free":[{}],"extra":1}`,
			`next.many[0].named.x.mode: bad-value: mode "Maybe": want On or Off
next.many[0].named.x.port: bad-value: number -1: want 0 to 65535
extra: unknown-field: unknown field "extra"`,
		},
		{
			"misc", `{"quantity":"x","time":"x","duration":"x","bytes":"?","port":true,"on":1,"ratio":"1","opaque":{"a":1,"a":2},"lists":[[{"a":1}]],"range":-6}`,
			`quantity: bad-value: quantity "x": want a quantity such as 100m or 2Gi
time: bad-value: time "x": want an RFC 3339 time such as 2006-01-02T15:04:05Z
duration: bad-value: duration "x": want a duration such as 1.5s
bytes: bad-value: bytes "?": want base64 data
port: wrong-type: boolean true where an integer or a string is needed
on: wrong-type: number 1 where true or false is needed
ratio: wrong-type: string "1" where a number is needed
lists[0][0].a: wrong-type: number 1 where a string is needed
range: bad-value: number -6: want -5 to 5`,
		},
	}
	for _, tt := range tests {
		for name, types := range map[string]map[string]*strict.Type{"before": before, "after": after} {
			if diff := cmp.Diff(tt.want, lines(strict.Check(types[tt.root], []byte(tt.json)))); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", tt.root, name, diff)
			}
		}
	}
}

func TestNewTableErrors(t *testing.T) {
	t.Parallel()
	one := strict.Object("test.same", map[string]*strict.Type{"a": strict.Any()})
	other := strict.Object("test.same", nil)
	tests := []struct {
		name string
		typ  *strict.Type
		want string
	}{
		{"two objects of one name", strict.Object("test.x", map[string]*strict.Type{"a": one, "b": other}), "two objects are named test.same"},
		{"two enumerations of one name", strict.Object("test.x", map[string]*strict.Type{"a": strict.Enum("e", "1"), "b": strict.Enum("e", "2")}), "two enumerations are named e"},
		{"object without a name", strict.Of(reflect.TypeFor[struct{ A int }]()), "object without a name"},
		{"enumeration without a name", strict.Enum("", "1"), "enumeration without a name"},
		{"protocol buffers", strict.Proto(new(security.PeerAuthentication).ProtoReflect().Descriptor()), "protocol buffer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := strict.NewTable("", map[string]*strict.Type{"root": tt.typ})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}

func TestTableTypesErrors(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"", "strin", "[]", "{}nothing", "int(1)", "int(a..b)", "int(1..-1)", "test.none?"} {
		tb := strict.Table{Roots: map[string]string{"root": expr}}
		if _, err := tb.Types(); err == nil {
			t.Errorf("expression %q: no error", expr)
		}
	}
	tb := strict.Table{
		Roots:   map[string]string{"root": "test.x"},
		Objects: map[string]map[string]string{"test.x": {"a": "test.none"}},
	}
	_, err := tb.Types()
	if err == nil || !strings.Contains(err.Error(), `field test.x.a: unknown type "test.none"`) {
		t.Errorf("error %v, want one that names the field", err)
	}
}
