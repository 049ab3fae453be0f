package mesh

import (
	"slices"
	"strings"
)

// CommonHosts is what two lists of host names have in common: of each pair of which one name covers
// the other, the narrower one, in order and once. "*.example.com" covers every name that ends in
// ".example.com", "*" covers all, and an empty list stands for all names.
func CommonHosts(a, b []string) []string {
	switch {
	case len(a) == 0:
		return slices.Clone(b)
	case len(b) == 0:
		return slices.Clone(a)
	}
	var common []string
	for _, x := range a {
		for _, y := range b {
			switch {
			case hostCovers(y, x):
				common = append(common, x)
			case hostCovers(x, y):
				common = append(common, y)
			}
		}
	}
	slices.Sort(common)
	return slices.Compact(common)
}

// hostCovers reports whether every name that y stands for is one of x; an empty name stands for all.
// Names are compared with their case: the APIs take them in lower case.
func hostCovers(x, y string) bool {
	if x == "" || x == "*" {
		return true
	}
	if suffix, ok := strings.CutPrefix(x, "*"); ok {
		return len(y) >= len(x) && strings.HasSuffix(strings.TrimPrefix(y, "*"), suffix)
	}
	return x == y
}
