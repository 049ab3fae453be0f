package istio

import (
	"fmt"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Validate returns what validation says of all resources of the kinds, as of a release of Istio 1, by
// its minor number; 0 when it is not known.
func Validate(objects mesh.Objects, release int, kinds ...source.Kind) []mesh.Problem {
	c := &compiler{in: mesh.Input{Objects: objects}, schemas: schemas{}}
	var revisions []*revision
	if release > 0 {
		revisions = append(revisions, &revision{version: fmt.Sprintf("1.%d.0", release)})
	}
	c.judgeBy(revisions)
	for _, k := range kinds {
		c.validateOnly(k)
	}
	return c.problems
}
