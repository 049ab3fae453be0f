package drift

import (
	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
)

// Recorded is the workload as the selectors of a record see it, for decision.Exclusion.Matches: by
// its pod template, so that pods that run differently do not change which exclusion speaks of it.
// w must not be nil. The result shares the template's labels; do not change them.
func Recorded(w *mesh.Workload) decision.Workload {
	id, template := w.ID(), w.Template()
	return decision.Workload{
		Namespace: id.Namespace, Kind: id.Kind, Name: id.Name, Labels: template.Labels,
		HostNetwork: template.Spec.HostNetwork, RuntimeClass: template.Spec.RuntimeClassName,
	}
}
