package istio

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// Shows reports whether the objects speak of Istio.
func (Adapter) Shows(objs mesh.Objects) bool {
	for k, n := range objs.Kinds() {
		if n > 0 && (k.Group == "istio.io" || strings.HasSuffix(k.Group, ".istio.io")) {
			return true
		}
	}
	return mesh.Mentions(objs, "istio.io/") || mesh.Mentions(objs, `"istio-injection"`)
}
