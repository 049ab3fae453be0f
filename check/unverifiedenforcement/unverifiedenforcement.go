// Package unverifiedenforcement reports objects that change how the mesh enforces its policies, in
// ways that are not evaluated.
package unverifiedenforcement

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with Medium: what the policies say of these workloads was read, not shown to hold. Strict
// ports that such an object leaves unverified are MP2003.
var Check = &check.Check{
	Code:     "MP3007",
	Name:     "unverifiedEnforcement",
	Severity: check.Medium,
	Doc:      "an object changes how the mesh enforces, in ways that are not evaluated",
	Run:      run,
}

func run(p *check.Pass) error {
	overrides(p)
	return flaw.Run(mesh.FlawUnverified, flaw.Phrase{Does: "changes how the mesh enforces, in ways that are not evaluated", At: "for"})(p)
}
