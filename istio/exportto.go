package istio

import (
	"slices"
	"strings"
)

// The words of exportTo beside the names of namespaces (pkg/config/visibility).
const (
	exportPublic  = "*"
	exportPrivate = "."
	exportNone    = "~"
)

// exports is a resource's exportTo: a set, in order. It is empty when the resource has none.
type exports []string

func newExports(words []string) exports {
	e := slices.Sorted(slices.Values(words))
	return slices.Compact(e)
}

func (e exports) has(word string) bool { return slices.Contains(e, word) }

func (e exports) equal(f exports) bool { return slices.Equal(e, f) }

// covers reports whether every word of f is one of e. It goes by words: "*" does not cover a namespace.
func (e exports) covers(f exports) bool {
	return !slices.ContainsFunc(f, func(word string) bool { return !e.has(word) })
}

// reaches reports whether a resource of namespace own, which is visible as e says, is visible in ns.
// pilot/pkg/model/push_context.go IsServiceVisible and initServiceRegistry: "*" wins over "~", and
// "~" over the rest.
func (e exports) reaches(own, ns string) bool {
	switch {
	case e.has(exportPublic):
		return true
	case e.has(exportNone):
		return false
	default:
		return e.has(exportPrivate) && own == ns || e.has(ns)
	}
}

// named are the namespaces that e names one by one.
func (e exports) named() []string {
	return slices.DeleteFunc(slices.Clone(e), func(word string) bool {
		return word == exportPublic || word == exportPrivate || word == exportNone
	})
}

// splitExports reads the list of the annotation networking.istio.io/exportTo.
func splitExports(list string) exports {
	var words []string
	for word := range strings.SplitSeq(list, ",") {
		words = append(words, strings.TrimSpace(word))
	}
	return newExports(words)
}
