package archtest

import (
	"slices"
	"strings"
)

// Imports reports each import that no row allows or a fence forbids, and each package that has no
// row. The result is ordered; nil when there is nothing to report.
func Imports(t Tree, rows []Row, fences []Fence) []Violation {
	var out []Violation
	for _, p := range t.Packages {
		row, found := rowOf(rows, p.Path)
		if !found {
			out = append(out, violation(p.Pos,
				"package %s has no row in the import table: add one to Rows in internal/archtest/table.go, with a reason", p.Path))
		}
		for _, im := range p.Imports {
			name, own := t.local(im.Path)
			if f, crossed := forbidden(fences, row, p.Path, name, false); crossed {
				out = append(out, violation(im.Pos, "%s must not import %s: %s", p.Path, name, f.Why))
				continue
			}
			if found && !rowAllows(row, name, own) {
				out = append(out, violation(im.Pos, "%s must not import %s: the row %q of internal/archtest/table.go does not list it (%s)",
					p.Path, name, row.Package, row.Why))
			}
		}
		for _, im := range p.TestImports {
			name, _ := t.local(im.Path)
			if f, crossed := forbidden(fences, row, p.Path, name, true); crossed {
				out = append(out, violation(im.Pos, "tests of %s must not import %s: %s", p.Path, name, f.Why))
			}
		}
	}
	slices.SortFunc(out, Violation.Compare)
	return out
}

// local shortens the import path of an own package to its path below the module's root.
func (t Tree) local(imported string) (name string, own bool) {
	if imported == t.Module {
		return ".", true
	}
	if below, ok := strings.CutPrefix(imported, t.Module+"/"); ok {
		return below, true
	}
	return imported, false
}

// rowOf returns the longest row that covers the package, an exact one before a pattern.
func rowOf(rows []Row, pkg string) (Row, bool) {
	var best Row
	for _, r := range rows {
		if covers(r.Package, pkg) && (r.Package == pkg || best.Package != pkg && len(r.Package) > len(best.Package)) {
			best = r
		}
	}
	return best, best.Package != ""
}

func rowAllows(r Row, name string, own bool) bool {
	if !own && !strings.Contains(first(name), ".") {
		return true // the standard library: no dot in the first element, as the go command demands
	}
	if own && covers(r.Package, name) {
		return true
	}
	for _, may := range r.May {
		switch {
		case may == "...":
			if own && !covers("internal/...", name) {
				return true
			}
		case covers(may, name), !own && covers(may+"/...", name):
			return true
		}
	}
	return false
}

// forbidden returns the first fence that the import crosses. Packages of one row are no strangers
// to each other: istio/x may import istio/y.
func forbidden(fences []Fence, row Row, pkg, name string, test bool) (Fence, bool) {
	in := func(patterns []string, pkg string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return covers(p, pkg) })
	}
	for _, f := range fences {
		if test && !f.Tests || in(f.Except, pkg) || f.In != nil && !in(f.In, pkg) || covers(row.Package, name) {
			continue
		}
		for _, never := range f.Never {
			if covers(never, name) || strings.Contains(first(never), ".") && covers(never+"/...", name) {
				return f, true
			}
		}
	}
	return Fence{}, false
}

// covers reports whether the pattern is name, or ends in "/..." and names it or a parent of it.
func covers(pattern, name string) bool {
	parent, ok := strings.CutSuffix(pattern, "/...")
	if !ok {
		return pattern == name
	}
	return name == parent || strings.HasPrefix(name, parent+"/")
}

func first(name string) string {
	elem, _, _ := strings.Cut(name, "/")
	return elem
}
