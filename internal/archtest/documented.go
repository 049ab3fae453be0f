package archtest

import "slices"

// Documented reports each package without a package comment, and each package that can be imported
// but has no example that is run. The result is ordered; nil when there is nothing to report.
//
// Commands (package main) need no example: they are one.
func Documented(t Tree) []Violation {
	var out []Violation
	for _, p := range t.Packages {
		if !p.Documented {
			out = append(out, violation(p.Pos, "package %s has no package comment in a non-test file", p.Path))
		}
		if p.Name != "main" && p.Examples == 0 {
			out = append(out, violation(p.Pos, "package %s has no Example with an \"// Output:\" comment in a _test.go file", p.Path))
		}
	}
	slices.SortFunc(out, Violation.Compare)
	return out
}
