package archtest_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/archtest"
)

// module is a small module with the files given as name and text, in turn.
func module(nameText ...string) fstest.MapFS {
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module example.org/m\n\ngo 1.26\n")}}
	for i := 0; i < len(nameText); i += 2 {
		fsys[nameText[i]] = &fstest.MapFile{Data: []byte(nameText[i+1])}
	}
	return fsys
}

func texts(violations []archtest.Violation) []string {
	var out []string
	for _, v := range violations {
		out = append(out, v.String())
	}
	return out
}

func Example() {
	fsys := fstest.MapFS{
		"go.mod":         {Data: []byte("module example.org/m\n")},
		"mesh/mesh.go":   {Data: []byte("// Package mesh is the graph.\npackage mesh\n\nimport _ \"example.org/m/istio\"\n")},
		"istio/istio.go": {Data: []byte("// Package istio is an adapter.\npackage istio\n")},
	}
	tree, err := archtest.Read(fsys)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := []archtest.Row{
		{Package: "istio/...", May: []string{"mesh"}, Why: "an adapter builds the graph"},
		{Package: "mesh", Why: "the graph knows no adapter"},
	}
	for _, v := range archtest.Imports(tree, rows, nil) {
		fmt.Println(v)
	}
	// Output:
	// mesh/mesh.go:4:8: mesh must not import istio: the row "mesh" of internal/archtest/table.go does not list it (the graph knows no adapter)
}

func TestImports(t *testing.T) {
	t.Parallel()
	rows := []archtest.Row{
		{Package: "low", Why: "bottom"},
		{Package: "high/...", May: []string{"low", "internal/...", "gopkg.example/yaml"}, Why: "top"},
		{Package: "high/live", May: []string{"gopkg.example/client"}, Why: "heavy"},
		{Package: "demo/...", May: []string{"..."}, Why: "as a user"},
		{Package: "internal/...", Why: "shared"},
	}
	fences := []archtest.Fence{
		{Except: []string{"high/live"}, Never: []string{"gopkg.example/client"}, Tests: true, Why: "heavy"},
		{In: []string{"high/..."}, Never: []string{"high/...", "log", "os/..."}, Why: "strangers"},
	}
	const noRow = "has no row in the import table: add one to Rows in internal/archtest/table.go, with a reason"
	tests := []struct {
		name, file, imports string
		want                []string
	}{
		{"standard library is free", "low/a.go", "net/http", nil},
		{"own package not in the row", "low/a.go", "example.org/m/high", []string{
			`low/a.go:2:8: low must not import high: the row "low" of internal/archtest/table.go does not list it (bottom)`,
		}},
		{"own package in the row", "high/a.go", "example.org/m/low", nil},
		{"below what the row names, without a pattern", "high/a.go", "example.org/m/low/er", []string{
			`high/a.go:2:8: high must not import low/er: the row "high/..." of internal/archtest/table.go does not list it (top)`,
		}},
		{"pattern of the row", "high/x/a.go", "example.org/m/internal/x", nil},
		{"package of the same row, in spite of a fence", "high/x/a.go", "example.org/m/high/y", nil},
		{"package below another module's prefix", "high/a.go", "gopkg.example/yaml/v3", nil},
		{"prefix ends at a slash", "high/a.go", "gopkg.example/yamlish", []string{
			`high/a.go:2:8: high must not import gopkg.example/yamlish: the row "high/..." of internal/archtest/table.go does not list it (top)`,
		}},
		{"exact row before pattern", "high/live/a.go", "gopkg.example/client/v2", nil},
		{"what the pattern allows, the exact row does not", "high/live/a.go", "gopkg.example/yaml", []string{
			`high/live/a.go:2:8: high/live must not import gopkg.example/yaml: the row "high/live" of internal/archtest/table.go does not list it (heavy)`,
		}},
		{"all public packages", "demo/a.go", "example.org/m/high/x", nil},
		{"internal is not public", "demo/a.go", "example.org/m/internal/x", []string{
			`demo/a.go:2:8: demo must not import internal/x: the row "demo/..." of internal/archtest/table.go does not list it (as a user)`,
		}},
		{"all packages of the module, not of others", "demo/a.go", "gopkg.example/yaml", []string{
			`demo/a.go:2:8: demo must not import gopkg.example/yaml: the row "demo/..." of internal/archtest/table.go does not list it (as a user)`,
		}},
		{"fence around the standard library", "high/a.go", "log", []string{"high/a.go:2:8: high must not import log: strangers"}},
		{"fence with a pattern", "high/a.go", "os/exec", []string{"high/a.go:2:8: high must not import os/exec: strangers"}},
		{"fence holds for tests", "low/a_test.go", "gopkg.example/client/v2", []string{
			"low/a_test.go:2:8: tests of low must not import gopkg.example/client/v2: heavy",
		}},
		{"fence for code only", "high/a_test.go", "log", nil},
		{"tests may import more", "low/a_test.go", "example.org/m/high", nil},
		{"no row", "new/a.go", "fmt", []string{"new/a.go:1:1: package new " + noRow}},
		{"root package has no row", "a.go", "fmt", []string{"a.go:1:1: package . " + noRow}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, err := archtest.Read(module(tt.file, "package p\nimport _ \""+tt.imports+"\"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, texts(archtest.Imports(tree, rows, fences))); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRowsOfThisModule tries the real table on imports that the architecture rules out.
func TestRowsOfThisModule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pkg, imports string
		allowed      bool
	}{
		{"truth", "fmt", true},
		{"truth", "example.org/m/source", false},
		{"source", "go.yaml.in/yaml/v3", false},
		{"kube", "github.com/go-json-experiment/json/jsontext", true},
		{"kube", "k8s.io/api/core/v1", false},
		{"mesh", "github.com/bits-and-blooms/bitset", true},
		{"mesh", "example.org/m/snapshot", false},
		{"snapshot", "k8s.io/client-go/kubernetes", false},
		{"snapshot/live", "k8s.io/client-go/kubernetes", true},
		{"istio", "istio.io/api/security/v1beta1", true},
		{"istio", "istio.io/client-go/pkg/apis/security/v1", false},
		{"istio", "example.org/m/istio/webhook", true},
		{"istio", "example.org/m/linkerd", false},
		{"istio", "example.org/m/check", false},
		{"linkerd", "istio.io/api/security/v1beta1", false},
		{"decision", "example.org/m/internal/yamldoc", true},
		{"decision", "example.org/m/mesh", false},
		{"check", "example.org/m/mesh", true},
		{"check", "example.org/m/kube", false},
		{"check/permissiveport", "example.org/m/check", true},
		{"drift", "example.org/m/snapshot", false},
		{"drift", "github.com/google/go-cmp/cmp", false},
		{"report", "example.org/m/drift", true},
		{"report", "log", false},
		{"meshtest", "testing", true},
		{"examples/audit", "example.org/m/report", true},
		{"examples/audit", "flag", true},
		{"examples/audit", "example.org/m/internal/yamldoc", false},
		{"examples/audit", "sigs.k8s.io/yaml", false},
		{"internal/strict", "google.golang.org/protobuf/reflect/protoreflect", true},
		{"internal/strict", "example.org/m/kube", false},
		{"internal/strict", "unsafe", false},
		{"internal/meshfake", "example.org/m/mesh", true},
		{"check/permissiveport", "example.org/m/internal/meshfake", false},
	}
	for _, tt := range tests {
		t.Run(tt.pkg+" imports "+tt.imports, func(t *testing.T) {
			t.Parallel()
			tree, err := archtest.Read(module(tt.pkg+"/a.go", "package p\nimport _ \""+tt.imports+"\"\n"))
			if err != nil {
				t.Fatal(err)
			}
			violations := archtest.Imports(tree, archtest.Rows(), archtest.Fences())
			if got := len(violations) == 0; got != tt.allowed {
				t.Errorf("allowed = %v, want %v: %v", got, tt.allowed, violations)
			}
		})
	}
}

func TestDocumented(t *testing.T) {
	t.Parallel()
	const (
		comment = "// Package p is a package.\n"
		example = "package p_test\n\nfunc Example() {\n\t// Output:\n}\n"
		silent  = "package p_test\n\nfunc Example() {\n\tprintln()\n}\n"
	)
	tests := []struct {
		name string
		fsys fstest.MapFS
		want []string
	}{
		{"complete", module("p/p.go", comment+"package p\n", "p/example_test.go", example), nil},
		{"comment in another file", module("p/a.go", "package p\n", "p/doc.go", comment+"package p\n", "p/e_test.go", example), nil},
		{"no comment", module("p/p.go", "package p\n", "p/e_test.go", example), []string{
			"p/p.go:1:1: package p has no package comment in a non-test file",
		}},
		{"comment of a test does not count", module("p/p.go", "package p\n", "p/e_test.go", comment+example), []string{
			"p/p.go:1:1: package p has no package comment in a non-test file",
		}},
		{"directive is no comment", module("p/p.go", "//go:build linux\npackage p\n", "p/e_test.go", example), []string{
			"p/p.go:2:1: package p has no package comment in a non-test file",
		}},
		{"example that is never run", module("p/p.go", comment+"package p\n", "p/e_test.go", silent), []string{
			"p/p.go:2:1: package p has no Example with an \"// Output:\" comment in a _test.go file",
		}},
		{"command without example", module("p/main.go", "// Command p runs.\npackage main\n"), nil},
		{"command without comment", module("p/main.go", "package main\n"), []string{
			"p/main.go:1:1: package p has no package comment in a non-test file",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, err := archtest.Read(tt.fsys)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, texts(archtest.Documented(tree))); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMachinePaths(t *testing.T) {
	t.Parallel()
	// Written in parts, or this file would be reported.
	const home, temporary = "/ho" + "me/someone/x", "/t" + "mp/gen"
	got, err := archtest.MachinePaths(module(
		"a.md", "fine\nsee "+home+"\n",
		"b.go", "package b // \""+temporary+"\"\n",
		"c.yaml", "mountPath: "+temporary+"\n",
		"d.sh", "x=${TMPDIR:-"+temporary+"}; cat https://example.org"+home+"\n",
		"e.bin", "\x00 "+home,
		".git/config", home,
		".ci/run", "cd "+temporary+"\n",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`.ci/run:1: names a place on one machine: "` + temporary[:6] + `"`,
		`a.md:2: names a place on one machine: "` + home[:len(home)-1] + `x"`,
		`b.go:1: names a place on one machine: "\"` + temporary[:6] + `"`,
	}
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
