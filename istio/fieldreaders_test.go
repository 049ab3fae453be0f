package istio_test

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

	"google.golang.org/protobuf/reflect/protoreflect"
)

// readElsewhere are the fields that are read without their getters, with the function that does.
var readElsewhere = map[string]string{
	"istio.mesh.v1alpha1.MeshConfig.enableTracing":                   "switchedOff",
	"istio.mesh.v1alpha1.MeshConfig.CertificateData.spiffeBundleUrl": "meshCertificates",
}

// TestFieldsRead holds the classes against the package's code: what is read or reported is looked at
// outside validation, what is validated in it, and what is inert nowhere.
func TestFieldsRead(t *testing.T) {
	t.Parallel()
	readers := findReaders(t)
	lines := fieldLines(t)
	classes := map[string]string{}
	for _, l := range lines {
		classes[l.field] = l.class
	}
	fields := reachableFields(classes)
	for _, l := range lines {
		fd := fields[l.field]
		if fd == nil || readElsewhere[l.field] != "" {
			continue // TestFieldsClassified complains, or there is a reason
		}
		judged, validated := readers.of(fd)
		switch l.class {
		case classRead, classReported:
			if !judged {
				t.Errorf("fields.txt: %s is %s, and no code that judges looks at it", l.field, l.class)
			}
		case classValidated:
			if judged || !validated {
				t.Errorf("fields.txt: %s is %s; judged is %v, validated is %v", l.field, l.class, judged, validated)
			}
		case classInert:
			if judged || validated {
				t.Errorf("fields.txt: %s is %s; judged is %v, validated is %v", l.field, l.class, judged, validated)
			}
		}
	}
	for field, function := range readElsewhere {
		if fields[field] == nil || !readers.functions[function] {
			t.Errorf("%s is said to be read by %s: one of the two does not exist", field, function)
		}
	}
}

// readers are the places at which the package reads fields of messages: "message.Field" in Go's names.
type readers struct {
	judging, validating map[string]bool
	functions           map[string]bool
}

// of reports whether judging and validating code reads a field.
func (r *readers) of(fd protoreflect.FieldDescriptor) (judged, validated bool) {
	field := goCamelCase(string(fd.Name()))
	message := goMessage(fd.ContainingMessage())
	judged, validated = r.judging[message+"."+field], r.validating[message+"."+field]
	if fd.ContainingOneof() != nil {
		for _, wrapper := range []string{message + "_" + field, message + "_" + field + "_"} {
			judged, validated = judged || r.judging[wrapper+"."+field], validated || r.validating[wrapper+"."+field]
		}
	}
	return judged, validated
}

// goMessage is the name of a message's Go type with the path of its package below istio.io/api.
func goMessage(md protoreflect.MessageDescriptor) string {
	pkg := string(md.ParentFile().Package())
	name := strings.TrimPrefix(string(md.FullName()), pkg+".")
	return strings.ReplaceAll(strings.TrimPrefix(pkg, "istio."), ".", "/") + "." + strings.ReplaceAll(name, ".", "_")
}

// goCamelCase is a field's name in Go, as protoc-gen-go spells it.
func goCamelCase(name string) string {
	var b strings.Builder
	upper := true
	for i, c := range name {
		switch {
		case c == '_' && i+1 < len(name) && 'a' <= name[i+1] && name[i+1] <= 'z':
			upper = true
		case '0' <= c && c <= '9' || c == '_':
			b.WriteRune(c)
			upper = true
		case upper:
			b.WriteString(strings.ToUpper(string(c)))
			upper = false
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// findReaders type-checks the package, without its tests, with the help of the go command.
func findReaders(t *testing.T) *readers {
	t.Helper()
	exports, files := listPackages(t)
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("no export data of " + path)
		}
		return os.Open(exports[path])
	})}
	pkg, err := conf.Check("istio", fset, parsed, info)
	if err != nil {
		t.Fatal(err)
	}
	r := &readers{judging: map[string]bool{}, validating: map[string]bool{}, functions: map[string]bool{}}
	messages := messageTypes(pkg)
	for _, f := range parsed {
		into := r.judging
		if strings.HasPrefix(filepath.Base(fset.Position(f.Pos()).Filename), "validate") {
			into = r.validating
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				r.functions[n.Name.Name] = true
			case *ast.SelectorExpr:
				note(into, info, n, messages)
			}
			return true
		})
	}
	return r
}

// listPackages asks the go command for the export data of what the package imports, and for its files.
func listPackages(t *testing.T) (exports map[string]string, files []string) {
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
			return exports, files
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			files = p.GoFiles
		}
	}
}

// messageTypes are the types of the packages of Istio's messages that the package imports.
func messageTypes(pkg *types.Package) []*types.Named {
	var all []*types.Named
	for _, imported := range pkg.Imports() {
		if !strings.HasPrefix(imported.Path(), apiPath) {
			continue
		}
		for _, name := range imported.Scope().Names() {
			if tn, ok := imported.Scope().Lookup(name).(*types.TypeName); ok {
				if named, ok := tn.Type().(*types.Named); ok {
					all = append(all, named)
				}
			}
		}
	}
	return all
}

const apiPath = "istio.io/api/"

// note adds what a selector reads: a field by its getter or by itself, the choice of a oneof by the name
// of its wrapper, and, by a getter of an interface, the field of every message that fits it.
func note(into map[string]bool, info *types.Info, n *ast.SelectorExpr, messages []*types.Named) {
	sel := info.Selections[n]
	if sel == nil {
		if tn, ok := info.Uses[n.Sel].(*types.TypeName); ok && tn.Pkg() != nil && strings.HasPrefix(tn.Pkg().Path(), apiPath) {
			if i := strings.LastIndex(strings.TrimSuffix(tn.Name(), "_"), "_"); i >= 0 {
				into[goType(tn)+"."+strings.TrimSuffix(tn.Name()[i+1:], "_")] = true
			}
		}
		return
	}
	name, getter := strings.CutPrefix(sel.Obj().Name(), "Get")
	recv := sel.Recv()
	if f, ok := sel.Obj().(*types.Func); ok {
		if !getter {
			return
		}
		recv = f.Signature().Recv().Type()
	}
	if i, ok := recv.Underlying().(*types.Interface); ok {
		for _, m := range messages {
			if types.Implements(types.NewPointer(m), i) {
				into[goType(m.Obj())+"."+name] = true
			}
		}
		return
	}
	if p, ok := recv.(*types.Pointer); ok {
		recv = p.Elem()
	}
	if named, ok := recv.(*types.Named); ok && named.Obj().Pkg() != nil {
		into[goType(named.Obj())+"."+name] = true
	}
}

func goType(tn *types.TypeName) string {
	return strings.TrimPrefix(tn.Pkg().Path(), apiPath) + "." + tn.Name()
}
