package archtest_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/archtest"
)

func TestReadLeavesOutWhatGoLeavesOut(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Read(module(
		"p/p.go", "package p\n",
		"p/other_os.go", "//go:build plan9\n\npackage p\n\nimport _ \"log\"\n",
		"p/testdata/bad.go", "not Go",
		".ci/x.go", "not Go",
		"_old/x.go", "not Go",
		"tools/go.mod", "module example.org/m/tools\n",
		"tools/gen/x.go", "not Go",
	))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range tree.Packages {
		got = append(got, p.Path)
		for _, im := range p.Imports {
			got = append(got, p.Path+" imports "+im.Path+" at "+im.Pos.String())
		}
	}
	// A build constraint hides no import.
	want := []string{"p", "p imports log at p/other_os.go:5:8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fsys fstest.MapFS
		want []string // parts of the error, in order
	}{
		{"no go.mod", fstest.MapFS{}, []string{"go.mod"}},
		{"no module line", fstest.MapFS{"go.mod": {Data: []byte("go 1.26\n")}}, []string{"no module line"}},
		{"all broken files are named", module("q/a.go", "pack", "p/b.go", "func"), []string{"p/b.go:1:1", "q/a.go:1:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := archtest.Read(tt.fsys)
			if err == nil {
				t.Fatal("no error")
			}
			rest := err.Error()
			for _, part := range tt.want {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("error %q lacks %q after what came before", err, part)
				}
				rest = after
			}
		})
	}
}
