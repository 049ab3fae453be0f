// Package idlepolicy reports policies that change nothing where they stand.
package idlepolicy

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with High: the policy is read as a protection, and there is none.
var Check = &check.Check{
	Code:     "MP3004",
	Name:     "idlePolicy",
	Severity: check.High,
	Doc:      "a policy changes nothing where it stands",
	Run:      flaw.Run(mesh.FlawNoEffect, flaw.Phrase{Does: "has no effect", At: "on"}),
}
