package fieldtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Code is the package under test without its tests, with the types of what stands in it.
type Code struct {
	Package *types.Package
	Files   []*ast.File
	Info    *types.Info // Selections and Uses

	fset *token.FileSet
}

// Load type-checks the package in the working directory with the help of the go command. It skips the test
// where there is none.
func Load(t *testing.T) *Code {
	t.Helper()
	exports, path, names := list(t)
	c := &Code{
		Info: &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Uses: map[*ast.Ident]types.Object{}},
		fset: token.NewFileSet(),
	}
	for _, name := range names {
		f, err := parser.ParseFile(c.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		c.Files = append(c.Files, f)
	}
	conf := types.Config{Importer: importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("no export data of " + path)
		}
		return os.Open(exports[path])
	})}
	var err error
	if c.Package, err = conf.Check(path, c.fset, c.Files, c.Info); err != nil {
		t.Fatal(err)
	}
	return c
}

// Name is the name of a file of the package.
func (c *Code) Name(f *ast.File) string { return filepath.Base(c.fset.Position(f.Pos()).Filename) }

// list asks the go command for the export data of what the package imports, and for its path and files.
func list(t *testing.T) (exports map[string]string, path string, files []string) {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to list the package with")
	}
	out, err := exec.CommandContext(t.Context(), tool, "list", "-export", "-deps", "-json=ImportPath,Export,GoFiles,DepOnly", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports = map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Export string
			GoFiles            []string
			DepOnly            bool
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return exports, path, files
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			path, files = p.ImportPath, p.GoFiles
		}
	}
}
