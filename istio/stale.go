package istio

import "github.com/meshposture/meshposture/mesh"

// Stale compares the sidecar of a running pod with the one that injection would put beside it now: its
// placement, its revision and its version. What is not known on either side makes no difference.
func (l *Layer) Stale(p, template *mesh.Pod) []mesh.Step {
	is, would := l.Observe(p), l.Admit(template)
	if !isSidecar(is.Mode) || !isSidecar(would.Mode) {
		return nil
	}
	var steps []mesh.Step
	changes := func(what, from, to string) {
		if from != to && from != "" && to != "" {
			steps = append(steps, mesh.Step{
				Rule: ruleStale, Object: p.Object(), Loc: p.At("metadata.name"),
				Detail: "the sidecar's " + what + " is " + from + ", and a pod made now would get " + to,
			})
		}
	}
	if placed := len(would.Unknown) == 0; placed {
		changes("placement", is.Mode.String(), would.Mode.String())
	}
	changes("revision", is.Revision, would.Revision)
	changes("version", is.Version, would.Version)
	return steps
}

func isSidecar(m mesh.Mode) bool { return m == mesh.ModeSidecar || m == mesh.ModeNativeSidecar }
