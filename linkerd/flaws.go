package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// Flaws lists the objects that do not do what they say.
func (l *Layer) Flaws() []mesh.Flaw { return slices.Clone(l.inadmissible()) }
