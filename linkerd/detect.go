package linkerd

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// Shows reports whether the objects speak of Linkerd.
func (Adapter) Shows(objs mesh.Objects) bool {
	for k, n := range objs.Kinds() {
		if n > 0 && (k.Group == "linkerd.io" || strings.HasSuffix(k.Group, ".linkerd.io")) {
			return true
		}
	}
	return mesh.Mentions(objs, "linkerd.io/")
}
