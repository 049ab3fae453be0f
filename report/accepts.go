package report

import (
	"github.com/meshposture/meshposture/mesh"
)

// accepts is whom a TCP port of a workload lets anything through for; the zero Port stands for those that are
// not listed.
func (in Input) accepts(w *mesh.Workload, p mesh.Port) mesh.Acceptance {
	number := p.Number
	if number == 0 {
		number = mesh.UnlistedPort(w.Ports())
	}
	return in.Graph.Callers(w, number).Accepts()
}

// acceptMeaning explains whom ports accept, weakest first.
var acceptMeaning = []struct {
	accepts mesh.Acceptance
	text    string
}{
	{mesh.AcceptsAnybody, "anybody, with or without an identity"},
	{mesh.AcceptsSomeOpenly, "clients without an identity, some requests only, such as probes, or from some networks"},
	{mesh.AcceptsMesh, "any identity of the mesh, and nobody else"},
	{mesh.AcceptsNamed, "identities that policies name, and nobody else"},
	{mesh.AcceptsNobody, "nobody"},
	{mesh.AcceptsUnknown, "not known"},
}

// acceptText says in a few words whom a port accepts.
func acceptText(a mesh.Acceptance) string {
	switch a {
	case mesh.AcceptsAnybody:
		return "open to anybody"
	case mesh.AcceptsSomeOpenly:
		return "open to anybody for some requests"
	case mesh.AcceptsMesh:
		return "open to identities of the mesh"
	case mesh.AcceptsNamed:
		return "open to named identities"
	case mesh.AcceptsNobody:
		return "open to nobody"
	default:
		return "whom it lets in is not known"
	}
}

// acceptances counts the listed TCP ports of workloads by whom they accept. Ports for which a proxy of the mesh
// answers itself do not count, as in weakest.
func (in Input) acceptances(ws []*mesh.Workload) (counts map[mesh.Acceptance]int, ports int) {
	counts = map[mesh.Acceptance]int{}
	for _, w := range ws {
		for _, p := range w.Ports() {
			if p.Protocol == "TCP" && w.Inbound(p.Number).Enforced != mesh.MTLSNotApplicable {
				counts[in.accepts(w, p)]++
				ports++
			}
		}
	}
	return counts, ports
}
