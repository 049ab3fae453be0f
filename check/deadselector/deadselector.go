// Package deadselector reports objects of the mesh's configuration that select nothing that exists.
package deadselector

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with Low: nothing is protected less than it was, but somebody meant something by the
// object, and a workload that is renamed loses its policy in this way.
var Check = &check.Check{
	Code:     "MP3002",
	Name:     "deadSelector",
	Severity: check.Low,
	Doc:      "an object of the mesh's configuration selects nothing that exists",
	Run:      flaw.Run(mesh.FlawSelectsNothing, flaw.Phrase{Does: "selects nothing that exists", At: "for", Missing: true}),
}
