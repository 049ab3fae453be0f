package replicas

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// spreading is the part of a Deployment that says how many pods it makes and how they are kept apart.
type spreading struct {
	Spec struct {
		Replicas *int `json:"replicas"`
		Template struct {
			Spec struct {
				Affinity struct {
					PodAntiAffinity struct {
						Required  []affinityTerm `json:"requiredDuringSchedulingIgnoredDuringExecution"`
						Preferred []struct {
							Term affinityTerm `json:"podAffinityTerm"`
						} `json:"preferredDuringSchedulingIgnoredDuringExecution"`
					} `json:"podAntiAffinity"`
				} `json:"affinity"`
				TopologySpread []struct {
					TopologyKey       string              `json:"topologyKey"`
					WhenUnsatisfiable string              `json:"whenUnsatisfiable"` // empty means DoNotSchedule
					LabelSelector     *kube.LabelSelector `json:"labelSelector"`     // nil matches no pod
				} `json:"topologySpreadConstraints"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

// affinityTerm keeps pods away from those that it selects; a nil selector selects none.
type affinityTerm struct {
	TopologyKey   string              `json:"topologyKey"`
	LabelSelector *kube.LabelSelector `json:"labelSelector"`
}

// autoscaler is a HorizontalPodAutoscaler.
type autoscaler struct {
	obj  source.Object
	gaps []mesh.Gap
	Spec struct {
		MinReplicas    *int `json:"minReplicas"` // nil means 1
		MaxReplicas    *int `json:"maxReplicas"`
		ScaleTargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
	} `json:"spec"`
}

// disruptionBudget is a PodDisruptionBudget.
type disruptionBudget struct {
	obj  source.Object
	gaps []mesh.Gap
	Spec struct {
		MinAvailable   kube.IntOrString    `json:"minAvailable"`
		MaxUnavailable kube.IntOrString    `json:"maxUnavailable"`
		Selector       *kube.LabelSelector `json:"selector"` // nil selects no pod, an empty one every pod
	} `json:"spec"`
}
