// Package inadmissible reports objects that the mesh's own admission would refuse, and that exist all
// the same.
package inadmissible

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with Medium: the object was stored while the admission webhook did not answer, or before
// it learned the rule, and the next change of it will be refused.
var Check = &check.Check{
	Code:     "MP3008",
	Name:     "inadmissible",
	Severity: check.Medium,
	Doc:      "the mesh's admission would refuse an object that exists all the same",
	Run:      flaw.Run(mesh.FlawInadmissible, flaw.Phrase{Does: "would be refused by the mesh's admission, and exists all the same", At: "for"}),
}
