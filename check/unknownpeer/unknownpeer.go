// Package unknownpeer reports objects of the mesh's configuration that name an identity, a
// namespace or a provider that nothing in the cluster has.
package unknownpeer

import (
	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/internal/flaw"
	"github.com/meshposture/meshposture/mesh"
)

// Check reports with Medium: a caller that was meant is refused, or whoever takes the free name is
// let in.
var Check = &check.Check{
	Code:     "MP3003",
	Name:     "unknownPeer",
	Severity: check.Medium,
	Doc:      "an object of the mesh's configuration names an identity, namespace or provider that nothing has",
	Run:      flaw.Run(mesh.FlawNamesNobody, flaw.Phrase{Does: "names what nothing has", At: "for"}),
}
