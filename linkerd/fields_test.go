package linkerd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/linkerd"
)

// What the adapter does with a field of what it reads. testdata/fields.txt gives every field its class, and a
// reason where the class is not read.
const (
	classRead      = "read"      // it decides something; the reason, if any, says where
	classInert     = "inert"     // it cannot change what is judged
	classReported  = "reported"  // a gap is given where it is set; the reason names the place
	classValidated = "validated" // it may have an object refused, and changes nothing else
)

const apiPath = "github.com/meshposture/meshposture/linkerd/api/"

// roots are the types of the kinds that the adapter reads: their package below apiPath, and their name.
func roots() map[string]string {
	return map[string]string{
		"Server":                   "server/v1beta3",
		"ServerAuthorization":      "serverauthorization/v1beta1",
		"AuthorizationPolicy":      "policy/v1alpha1",
		"MeshTLSAuthentication":    "policy/v1alpha1",
		"NetworkAuthentication":    "policy/v1alpha1",
		"EgressNetwork":            "policy/v1alpha1",
		"HTTPLocalRateLimitPolicy": "policy/v1alpha1",
		"HTTPRoute":                "policy/v1beta3",
		"ServiceProfile":           "serviceprofile/v1alpha2",
		"Link":                     "link/v1alpha3",
		"ExternalWorkload":         "externalworkload/v1beta1",
	}
}

// views are types of the adapter's own into which it reads parts of a kind: what reads their fields reads those
// of the kind's.
func views() map[string]string {
	return map[string]string{
		"admittedRule":      "policy/v1beta3.HTTPRouteRule",
		"admittedTimeouts":  "policy/v1beta3.HTTPRouteTimeouts",
		"admittedHTTPMatch": "policy/v1beta3.HTTPRouteMatch",
		"admittedPath":      "policy/v1beta3.HTTPPathMatch",
		"admittedFilter":    "policy/v1beta3.HTTPRouteFilter",
		"admittedHeaders":   "policy/v1beta3.HTTPHeaderFilter",
		"admittedHeader":    "policy/v1beta3.HTTPHeader",
		"admittedRedirect":  "policy/v1beta3.HTTPRequestRedirectFilter",
		"admittedModifier":  "policy/v1beta3.HTTPPathModifier",
	}
}

// TestRootsAreRead: every kind of Linkerd's that the adapter asks for has its type in roots.
func TestRootsAreRead(t *testing.T) {
	t.Parallel()
	known := roots()
	for _, k := range linkerd.New(linkerd.Options{}).Reads() {
		if !strings.HasSuffix(k.Group, "linkerd.io") {
			continue
		}
		if known[k.Kind] == "" {
			t.Errorf("the adapter reads %s, whose fields are not listed", k)
		}
		delete(known, k.Kind)
	}
	for kind := range known {
		t.Errorf("the fields of %s are listed, and the adapter does not read it", kind)
	}
}

// TestFields fails when a type gains a field that nobody has looked at, when a field that was classified is
// gone, and when the adapter's code does something else with a field than its class says.
func TestFields(t *testing.T) {
	t.Parallel()
	lines, classes := fieldLines(t)
	found := readFields(t, classes)
	for i, l := range lines {
		if i > 0 && lines[i-1].field >= l.field {
			t.Errorf("fields.txt: %s stands after %s", l.field, lines[i-1].field)
		}
		use, ok := found[l.field]
		if !ok {
			t.Errorf("fields.txt: %s does not exist, or stands below a field that is inert", l.field)
			continue
		}
		if fault := l.fault(use); fault != "" {
			t.Errorf("fields.txt: %s: %s", l.field, fault)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if classes[name] == "" {
			t.Errorf("%s is not classified: what does it change?", name)
		}
	}
}

// fieldLine is a line of testdata/fields.txt.
type fieldLine struct{ field, class, reason string }

func fieldLines(t *testing.T) (lines []fieldLine, classes map[string]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	classes = map[string]string{}
	for text := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(text, "\n"), "\t")
		if len(cells) < 2 || len(cells) > 3 {
			t.Fatalf("fields.txt: %q is not a field, a class and perhaps a reason, with tabs between", text)
		}
		lines = append(lines, fieldLine{cells[0], cells[1], strings.Join(cells[2:], "")})
		classes[cells[0]] = cells[1]
	}
	return lines, classes
}

// fault says what is wrong with a line, given where the field is read; empty for nothing.
func (l fieldLine) fault(u use) string {
	if l.class != classRead && strings.TrimSpace(l.reason) == "" {
		return "class " + l.class + " asks for a reason"
	}
	var right bool
	switch l.class {
	case classRead, classReported:
		right = u.judged
	case classValidated:
		right = u.validated && !u.judged
	case classInert:
		right = !u.validated && !u.judged
	default:
		return fmt.Sprintf("class %q is not known", l.class)
	}
	if !right {
		return fmt.Sprintf("its class is %s; code that judges reads it: %v, code that refuses: %v", l.class, u.judged, u.validated)
	}
	return ""
}

// use is which code reads a field.
type use struct{ judged, validated bool }

// readFields are the fields of all roots and of the chart's values, by name, with the code that reads them.
// What is below an inert field is left out.
func readFields(t *testing.T, classes map[string]string) map[string]use {
	t.Helper()
	pkg, files, info, fset := checkPackage(t)
	names := map[*types.Var]string{}
	w := fieldWalk{classes: classes, names: names, seen: map[*types.Named]bool{}}
	for _, imported := range pkg.Imports() {
		for name, path := range roots() {
			if imported.Path() == apiPath+path {
				w.named(imported.Scope().Lookup(name).Type().(*types.Named))
			}
		}
	}
	w.fields("values", pkg.Scope().Lookup("values").Type().Underlying().(*types.Struct))
	found := map[string]use{}
	for _, name := range names {
		found[name] = use{}
	}
	for view, of := range views() {
		s := pkg.Scope().Lookup(view).Type().Underlying().(*types.Struct)
		for i := range s.NumFields() {
			names[s.Field(i)] = of + "." + jsonName(s, i)
		}
	}
	for _, f := range files {
		file := filepath.Base(fset.Position(f.Pos()).Filename)
		if file == "decode_defaults.go" || file == "values.go" {
			continue // they write what stands where nothing is said
		}
		validating := strings.HasPrefix(file, "admission") || file == "decode_typed.go"
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && info.Selections[sel] != nil {
				field, isField := info.Selections[sel].Obj().(*types.Var)
				if !isField {
					return true
				}
				if u, ok := found[names[field.Origin()]]; ok {
					u.judged, u.validated = u.judged || !validating, u.validated || validating
					found[names[field.Origin()]] = u
				}
			}
			return true
		})
	}
	return found
}

// fieldWalk names the fields of structs, and of what these hold.
type fieldWalk struct {
	classes map[string]string
	names   map[*types.Var]string
	seen    map[*types.Named]bool
}

// named names the fields of a type of apiPath; the types of package kube have a list of their own.
func (w fieldWalk) named(t *types.Named) {
	path, ok := strings.CutPrefix(t.Obj().Pkg().Path(), apiPath)
	s, isStruct := t.Underlying().(*types.Struct)
	if ok && isStruct && !w.seen[t] {
		w.seen[t] = true
		w.fields(path+"."+t.Obj().Name(), s)
	}
}

func (w fieldWalk) fields(at string, s *types.Struct) {
	for i := range s.NumFields() {
		if s.Field(i).Embedded() {
			continue // metadata, or a type of package kube
		}
		name := at + "." + jsonName(s, i)
		held := s.Field(i).Type()
		for {
			if p, ok := held.(*types.Pointer); ok {
				held = p.Elem()
			} else if l, ok := held.(*types.Slice); ok {
				held = l.Elem()
			} else {
				break
			}
		}
		inner, isStruct := held.(*types.Struct)
		if isStruct { // only what it holds is a value
			w.fields(name, inner)
			continue
		}
		w.names[s.Field(i)] = name
		if n, ok := held.(*types.Named); ok && n.Obj().Pkg() != nil && w.classes[name] != classInert {
			w.named(n)
		}
	}
}

// jsonName is the name of a field in JSON.
func jsonName(s *types.Struct, i int) string {
	name, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
	return name
}

// checkPackage type-checks the package, without its tests, with the help of the go command.
func checkPackage(t *testing.T) (*types.Package, []*ast.File, *types.Info, *token.FileSet) {
	t.Helper()
	exports, names := listPackages(t)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("no export data of " + path)
		}
		return os.Open(exports[path])
	})}
	pkg, err := conf.Check("linkerd", fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	return pkg, files, info, fset
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
