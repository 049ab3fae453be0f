package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// enumsOf returns the values of the enumerations of the package at the import path, sorted, by
// type name: the typed string constants of each type that is marked as one or named in unmarked.
func enumsOf(path string) (map[string][]string, error) {
	listed, err := exec.Command("go", "list", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", path, err)
	}
	dir := string(bytes.TrimSpace(listed))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	enums, constants := map[string][]string{}, map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok {
				markedTypes(gen, enums)
				typedConstants(gen, constants)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(enums)) {
		values := enums[name]
		if values == nil {
			values = constants[name]
		}
		if len(values) == 0 {
			return nil, fmt.Errorf("enumeration %s.%s has no values", path, name)
		}
		slices.Sort(values)
		enums[name] = slices.Compact(values)
	}
	return enums, nil
}

// listed finds the mark of the Gateway API, which has the values in itself.
var listed = regexp.MustCompile(`(?m)^\+kubebuilder:validation:Enum=(.+)$`)

// markedTypes adds the types of gen that are enumerations; nil stands for "as the constants say".
func markedTypes(gen *ast.GenDecl, enums map[string][]string) {
	if gen.Tok != token.TYPE {
		return
	}
	for _, spec := range gen.Specs {
		typ, ok := spec.(*ast.TypeSpec)
		if !ok || typ.Assign.IsValid() {
			continue // another name of a type that is listed itself
		}
		var comment []string
		if doc := cmp.Or(typ.Doc, gen.Doc); doc != nil {
			for _, line := range doc.List {
				comment = append(comment, strings.TrimSpace(strings.TrimPrefix(line.Text, "//")))
			}
		}
		name := typ.Name.Name
		if found := listed.FindStringSubmatch(strings.Join(comment, "\n")); found != nil {
			enums[name] = strings.Split(strings.ReplaceAll(found[1], `"`, ""), ";")
		} else if slices.Contains(comment, "+enum") || slices.Contains(unmarked, name) {
			enums[name] = nil
		}
	}
}

// typedConstants adds the string constants of gen, by the name of their type.
func typedConstants(gen *ast.GenDecl, constants map[string][]string) {
	if gen.Tok != token.CONST {
		return
	}
	for _, spec := range gen.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, expr := range value.Values {
			typ := value.Type
			if conversion, ok := expr.(*ast.CallExpr); ok && typ == nil && len(conversion.Args) == 1 {
				typ, expr = conversion.Fun, conversion.Args[0] // Name = Type("value")
			}
			name, named := typ.(*ast.Ident)
			lit, literal := expr.(*ast.BasicLit)
			if !named || !literal || lit.Kind != token.STRING {
				continue
			}
			if text, err := strconv.Unquote(lit.Value); err == nil {
				constants[name.Name] = append(constants[name.Name], text)
			}
		}
	}
}
