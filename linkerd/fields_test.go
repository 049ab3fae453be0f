package linkerd_test

import (
	"go/ast"
	"go/types"
	"reflect"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/fieldtest"
	"github.com/meshposture/meshposture/linkerd"
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

// TestFields holds the classes of testdata/fields.txt against the adapter's code.
func TestFields(t *testing.T) {
	t.Parallel()
	lines, classes := fieldtest.Lines(t)
	fieldtest.Compare(t, lines, readFields(t, classes))
}

// readFields are the fields of all roots and of the chart's values, by name, with the code that reads them.
// What is below an inert field is left out.
func readFields(t *testing.T, classes map[string]string) map[string]fieldtest.Use {
	t.Helper()
	code := fieldtest.Load(t)
	pkg := code.Package
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
	found := map[string]fieldtest.Use{}
	for _, name := range names {
		found[name] = fieldtest.Use{}
	}
	for view, of := range views() {
		s := pkg.Scope().Lookup(view).Type().Underlying().(*types.Struct)
		for i := range s.NumFields() {
			names[s.Field(i)] = of + "." + jsonName(s, i)
		}
	}
	for _, f := range code.Files {
		file := code.Name(f)
		if file == "decode_defaults.go" || file == "values.go" {
			continue // they write what stands where nothing is said
		}
		validating := strings.HasPrefix(file, "admission") || file == "decode_typed.go"
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && code.Info.Selections[sel] != nil {
				field, isField := code.Info.Selections[sel].Obj().(*types.Var)
				if !isField {
					return true
				}
				if u, ok := found[names[field.Origin()]]; ok {
					u.Judged, u.Validated = u.Judged || !validating, u.Validated || validating
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
		if n, ok := held.(*types.Named); ok && n.Obj().Pkg() != nil && w.classes[name] != fieldtest.Inert {
			w.named(n)
		}
	}
}

// jsonName is the name of a field in JSON.
func jsonName(s *types.Struct, i int) string {
	name, _, _ := strings.Cut(reflect.StructTag(s.Tag(i)).Get("json"), ",")
	return name
}
