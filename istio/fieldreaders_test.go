package istio_test

import (
	"go/ast"
	"go/types"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meshposture/meshposture/internal/fieldtest"
)

// readElsewhere are the fields that are read without their getters, with the function that does.
var readElsewhere = map[string]string{
	"istio.mesh.v1alpha1.MeshConfig.enableTracing":                   "switchedOff",
	"istio.mesh.v1alpha1.MeshConfig.CertificateData.spiffeBundleUrl": "meshCertificates",
}

// readers are the places at which the package reads fields of messages: "message.Field" in Go's names.
type readers struct {
	judging, validating map[string]bool
	functions           map[string]bool
}

// of is the code that reads a field.
func (r *readers) of(fd protoreflect.FieldDescriptor) fieldtest.Use {
	field := goCamelCase(string(fd.Name()))
	message := goMessage(fd.ContainingMessage())
	u := fieldtest.Use{Judged: r.judging[message+"."+field], Validated: r.validating[message+"."+field]}
	if fd.ContainingOneof() != nil {
		for _, wrapper := range []string{message + "_" + field, message + "_" + field + "_"} {
			u.Judged = u.Judged || r.judging[wrapper+"."+field]
			u.Validated = u.Validated || r.validating[wrapper+"."+field]
		}
	}
	return u
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

// findReaders looks through the package.
func findReaders(t *testing.T) *readers {
	t.Helper()
	code := fieldtest.Load(t)
	r := &readers{judging: map[string]bool{}, validating: map[string]bool{}, functions: map[string]bool{}}
	messages := messageTypes(code.Package)
	for _, f := range code.Files {
		into := r.judging
		if strings.HasPrefix(code.Name(f), "validate") {
			into = r.validating
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				r.functions[n.Name.Name] = true
			case *ast.SelectorExpr:
				note(into, code.Info, n, messages)
			}
			return true
		})
	}
	return r
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
