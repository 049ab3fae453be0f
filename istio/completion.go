package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Completes says whether a Job's pod ends when its containers do. A native sidecar is ended by the
// kubelet, and ztunnel stands in no pod; any other sidecar goes on until the application asks the agent
// beside it to quit (pilot/cmd/pilot-agent/status/server.go handleQuit), and whether it does is in no
// manifest for sure.
func (l *Layer) Completes(p *mesh.Pod, e mesh.Enrolment) mesh.Completion {
	if e.Mode != mesh.ModeSidecar {
		return mesh.Completion{Completes: truth.True, Why: e.Why}
	}
	const detail = "a sidecar that is not native goes on until the application posts to its agent's /quitquitquit"
	step := mesh.Step{Rule: ruleQuit, Object: p.Object(), Loc: p.At("metadata.name"), Detail: detail}
	gap := mesh.Gap{
		Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("metadata.name"),
		Detail: "whether the application ends its sidecar is not in the input",
	}
	return mesh.Completion{Why: append([]mesh.Step{step}, e.Why...), Unknown: append([]mesh.Gap{gap}, e.Unknown...)}
}
