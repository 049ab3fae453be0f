package strict_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/strict"
)

type outer struct {
	Inner    `json:",inline"`
	*Pointer // embedded without a tag
	Named    `json:"named"`
	Kind     string `json:"kind,omitempty"` // hides Inner's
	NoTag    string
	hidden   string
	Ignored  string `json:"-"`
}

type Inner struct {
	Kind  int    `json:"kind"`
	Level string `json:"level"`
}

type Pointer struct {
	*Pointer        // of itself
	Deep     string `json:"deep"`
}

type Named struct {
	X string `json:"x"`
}

// word decodes itself, from JSON or from text.
type (
	selfJSON struct{ X string }
	selfText struct{ X string }
)

func (*selfJSON) UnmarshalJSON([]byte) error { return nil }
func (*selfText) UnmarshalText([]byte) error { return nil }

func TestOfFields(t *testing.T) {
	t.Parallel()
	_ = outer{}.hidden
	typ := strict.Of(reflect.TypeFor[*outer]())
	want := []string{"NoTag", "deep", "kind", "level", "named"}
	if diff := cmp.Diff(want, typ.Fields()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got := lines(strict.Check(typ, []byte(`{"kind":"the outer one's","named":{"x":""}}`))); got != "" {
		t.Error(got)
	}
}

func TestOfKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		typ      reflect.Type
		json     string
		takes    bool
		goAgrees bool // encoding/json decides alike
	}{
		{"nil", nil, `[1]`, true, false},
		{"interface", reflect.TypeFor[any](), `[1]`, true, true},
		{"decodes itself", reflect.TypeFor[selfJSON](), `[1]`, true, true},
		{"decodes text", reflect.TypeFor[selfText](), `"x"`, true, true},
		{"decodes text, not numbers", reflect.TypeFor[selfText](), `1`, false, true},
		{"int8", reflect.TypeFor[int8](), `-128`, true, true},
		{"int8, too small", reflect.TypeFor[int8](), `-129`, false, true},
		{"int8, too large", reflect.TypeFor[int8](), `128`, false, true},
		{"uint8", reflect.TypeFor[uint8](), `255`, true, true},
		{"uint8, too large", reflect.TypeFor[uint8](), `256`, false, true},
		{"int64", reflect.TypeFor[int64](), `-9223372036854775808`, true, true},
		{"int64, too small", reflect.TypeFor[int64](), `-9223372036854775809`, false, true},
		{"uint64", reflect.TypeFor[uint64](), `18446744073709551615`, true, true},
		{"uint64, too large", reflect.TypeFor[uint64](), `18446744073709551616`, false, true},
		{"1.0", reflect.TypeFor[int](), `1.0`, true, false}, // YAML makes 1 of it before it is JSON
		{"float", reflect.TypeFor[float32](), `1e3`, true, true},
		{"array", reflect.TypeFor[[2]string](), `["a"]`, true, true},
		{"bytes", reflect.TypeFor[[]byte](), `"aGk="`, true, true},
		{"bytes as a list", reflect.TypeFor[[]byte](), `[1,2]`, false, false}, // the API server's rule
		{"map of integers", reflect.TypeFor[map[uint8]string](), `{"255":"a"}`, true, true},
		{"map of integers, too large", reflect.TypeFor[map[uint8]string](), `{"256":"a"}`, false, true},
		{"pointers", reflect.TypeFor[**string](), `null`, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := strict.Check(strict.Of(tt.typ), []byte(tt.json))
			if got := len(found) == 0; got != tt.takes {
				t.Errorf("takes %s = %t, want %t: %v", tt.json, got, tt.takes, found)
			}
			if tt.goAgrees {
				err := json.Unmarshal([]byte(tt.json), reflect.New(tt.typ).Interface())
				if got := err == nil; got != tt.takes {
					t.Errorf("encoding/json takes %s = %t: %v", tt.json, got, err)
				}
			}
		})
	}
}

// An enumeration takes the empty string only where the tag of the field lets it be left out.
func TestReflectorKnown(t *testing.T) {
	t.Parallel()
	type mode string
	type doc struct {
		Needed   mode   `json:"needed"`
		Optional mode   `json:"optional,omitempty"`
		Pointer  *mode  `json:"pointer,omitempty"`
		List     []mode `json:"list,omitempty"`
		Port     int32  `json:"port"`
	}
	const here = "github.com/meshposture/meshposture/internal/strict_test."
	r := strict.Reflector{
		Known:  map[string]*strict.Type{here + "mode": strict.Enum("mode", "On", "Off")},
		Fields: map[string]*strict.Type{here + "doc.port": strict.Integer(1, 65535)},
	}
	got := lines(strict.Check(r.Of(reflect.TypeFor[doc]()), []byte(`{"needed":"","optional":"","pointer":"","list":["","On"],"port":0}`)))
	want := `needed: bad-value: needed "": want On or Off
pointer: bad-value: pointer "": want On or Off
list[0]: bad-value: list "": want On or Off
port: bad-value: number 0: want 1 to 65535`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
