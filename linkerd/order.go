package linkerd

import (
	"cmp"
	"strings"
)

// compareAge orders objects by creation time, those without one last, then by name and namespace.
func compareAge(a, b resource) int {
	return cmp.Or(
		cmp.Compare(ageless(a), ageless(b)),
		a.meta.CreationTimestamp.Compare(b.meta.CreationTimestamp),
		strings.Compare(a.obj.Ref.Name, b.obj.Ref.Name),
		strings.Compare(a.obj.Ref.Namespace, b.obj.Ref.Namespace),
	)
}

func ageless(r resource) int {
	if r.meta.CreationTimestamp.IsZero() {
		return 1
	}
	return 0
}
