package mesh_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// sign is an adapter of a mesh that shows by a text.
type sign struct{ name, text string }

func (s sign) Name() string         { return s.name }
func (s sign) Reads() []source.Kind { return nil }
func (s sign) Compile(context.Context, mesh.Input) (mesh.Layer, error) {
	return nil, fmt.Errorf("%s does not compile", s.name)
}
func (s sign) Shows(objs mesh.Objects) bool { return mesh.Mentions(objs, s.text) }

// mute is one that cannot tell.
type mute struct{ mesh.Adapter }

func TestDetect(t *testing.T) {
	t.Parallel()
	red, blue, grey := sign{"red", "red.example/"}, sign{"blue", "blue.example/"}, mute{sign{name: "grey"}}
	for _, test := range []struct{ name, text, want string }{
		{"no mesh shows", "", "red blue grey"},
		{"one shows", "red.example/on: yes", "red grey"},
		{"both show", "red.example/on: yes, blue.example/on: no", "red blue grey"},
	} {
		text := "{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {" + test.text + "}}}"
		snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(text), snapshot.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range mesh.Detect(snap, red, blue, grey) {
			got = append(got, a.Name())
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
