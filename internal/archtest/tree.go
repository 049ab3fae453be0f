package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// A Tree is the Go source of one module. Nested modules and directories that the go command
// leaves out (testdata, vendor, names that begin with a dot or an underscore) are not part of it.
type Tree struct {
	Module   string    // the module's path
	Packages []Package // ordered by Path
}

// A Package is what the files of one directory say.
type Package struct {
	Path        string     // below the module's root; "." is the root
	Name        string     // of the package clause; "" when there are only external tests
	Pos         source.Pos // the package clause of the first file
	Documented  bool       // whether a non-test file has a package comment
	Imports     []Import   // of non-test files
	TestImports []Import   // of _test.go files
	Examples    int        // how many examples have an "Output:" comment, so that they are run
}

// An Import is one import declaration.
type Import struct {
	Path string
	Pos  source.Pos
}

// Read parses the module at the root of fsys. Files that cannot be read or parsed are errors,
// all of them joined.
func Read(fsys fs.FS) (Tree, error) {
	module, err := modulePath(fsys)
	if err != nil {
		return Tree{}, err
	}
	dirs, err := goFiles(fsys)
	if err != nil {
		return Tree{}, err
	}
	t := Tree{Module: module}
	var errs []error
	for dir, files := range dirs {
		p, err := readPackage(fsys, dir, files)
		t.Packages = append(t.Packages, p)
		errs = append(errs, err)
	}
	slices.SortFunc(t.Packages, func(p, q Package) int { return strings.Compare(p.Path, q.Path) })
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return t, errors.Join(errs...)
}

// modulePath reads the module line of go.mod; quoted paths and blocks are not used here.
func modulePath(fsys fs.FS) (string, error) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "module" {
			return f[1], nil
		}
	}
	return "", errors.New("go.mod: no module line")
}

// goFiles lists the Go files of fsys by directory, in lexical order.
func goFiles(fsys fs.FS) (map[string][]string, error) {
	dirs := map[string][]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && leftOut(fsys, name):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(name, ".go"):
			dirs[path.Dir(name)] = append(dirs[path.Dir(name)], name)
		}
		return nil
	})
	return dirs, err
}

// leftOut reports whether the directory is no part of the module.
func leftOut(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func readPackage(fsys fs.FS, dir string, files []string) (Package, error) {
	p := Package{Path: dir, Pos: source.Pos{File: files[0]}}
	fset := token.NewFileSet()
	var tests []*ast.File
	var errs []error
	for _, name := range files {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if strings.HasSuffix(name, "_test.go") {
			tests = append(tests, f)
			p.TestImports = append(p.TestImports, importsOf(fset, f)...)
			continue
		}
		if p.Name == "" {
			p.Name, p.Pos = f.Name.Name, position(fset, f.Package)
		}
		p.Documented = p.Documented || f.Doc.Text() != ""
		p.Imports = append(p.Imports, importsOf(fset, f)...)
	}
	for _, e := range doc.Examples(tests...) {
		if e.Output != "" || e.EmptyOutput {
			p.Examples++
		}
	}
	return p, errors.Join(errs...)
}

func importsOf(fset *token.FileSet, f *ast.File) []Import {
	var imports []Import
	for _, spec := range f.Imports {
		// The parser has checked the quotes.
		name, _ := strconv.Unquote(spec.Path.Value)
		imports = append(imports, Import{Path: name, Pos: position(fset, spec.Pos())})
	}
	return imports
}

func position(fset *token.FileSet, pos token.Pos) source.Pos {
	// Not adjusted by line directives: a generated file is judged where it stands.
	p := fset.PositionFor(pos, false)
	return source.Pos{File: p.Filename, Line: p.Line, Col: p.Column}
}
