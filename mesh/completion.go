package mesh

import (
	"github.com/meshposture/meshposture/truth"
)

// Completion is whether the pods of a Job end once their containers have done their work.
type Completion struct {
	Completes truth.Value
	Why       []Step
	Unknown   []Gap
}

// CompletionJudge judges whether a pod ends when its containers do, for pods that are enrolled in the
// layer's mesh.
type CompletionJudge interface {
	Completes(p *Pod, e Enrolment) Completion
}

// Completion says whether pods of the workload's template end once their containers have done their
// work, which a proxy beside them may keep them from; false for workloads that are neither Job nor
// CronJob.
func (w *Workload) Completion() (Completion, bool) {
	if w.id.Kind != "Job" && w.id.Kind != "CronJob" {
		return Completion{}, false
	}
	e := w.primary().Declared
	if e.Mode == ModeUnknown {
		return Completion{Why: e.Why, Unknown: e.Unknown}, true
	}
	for name, j := range answering[CompletionJudge](w.layers) {
		if name == e.Mesh && e.Mode != ModeNone {
			return j.Completes(w.template, e), true
		}
	}
	return Completion{Completes: completes(e.Mode), Why: e.Why}, true
}

// completes is what follows from the mode alone. Whether an application ends the proxy beside it cannot
// be seen.
func completes(m Mode) truth.Value {
	if m == ModeSidecar || m == ModeMixed {
		return truth.Unknown
	}
	return truth.True
}
