package meshfake

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Stale reads the annotation of the running pod.
func (l *layer) Stale(p, _ *mesh.Pod) []mesh.Step {
	text, ok := p.Annotations[prefix+"stale"]
	if !ok {
		return nil
	}
	var why []mesh.Step
	for detail := range strings.SplitSeq(text, ";") {
		why = append(why, mesh.Step{Rule: "toy/stale", Object: p.Object(), Loc: p.AnnotationLoc(prefix + "stale"), Detail: strings.TrimSpace(detail)})
	}
	return why
}

// Completes reads the annotation of the pod.
func (l *layer) Completes(p *mesh.Pod, _ mesh.Enrolment) mesh.Completion {
	const key = prefix + "completes"
	step := mesh.Step{Rule: "toy/completes", Object: p.Object(), Loc: p.AnnotationLoc(key), Detail: "the proxy goes on"}
	switch p.Annotations[key] {
	case "false":
		return mesh.Completion{Completes: truth.False, Why: []mesh.Step{step}}
	case "unknown":
		return mesh.Completion{Unknown: []mesh.Gap{{Reason: source.ProblemIncomplete, Object: p.Object(), Loc: step.Loc, Detail: "whether the application ends the proxy is not known"}}}
	default:
		return mesh.Completion{Completes: truth.True}
	}
}
