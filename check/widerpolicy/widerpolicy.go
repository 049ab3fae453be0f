// Package widerpolicy reports policies that let through more than they say.
package widerpolicy

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with High: somebody decided who gets in, and others do.
var Check = &check.Check{
	Code:     "MP3005",
	Name:     "widerPolicy",
	Severity: check.High,
	Doc:      "a policy lets through more than it says",
	Run:      flaw.Run(mesh.FlawOpensMore, flaw.Phrase{Does: "lets through more than it says", At: "to"}),
}
