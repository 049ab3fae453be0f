// Package narrowerpolicy reports policies that keep out more than they say.
package narrowerpolicy

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with Medium: nobody gets in who should not, but calls fail that the policy promises to
// serve, and what is then done in haste tends to open too much.
var Check = &check.Check{
	Code:     "MP3006",
	Name:     "narrowerPolicy",
	Severity: check.Medium,
	Doc:      "a policy keeps out more than it says",
	Run:      flaw.Run(mesh.FlawClosesMore, flaw.Phrase{Does: "keeps out more than it says", At: "from"}),
}
