package istio

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const labelZone = "topology.kubernetes.io/zone"

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

type disruptionBudget struct {
	obj  source.Object
	gaps []mesh.Gap
	Spec struct {
		MinAvailable   kube.IntOrString    `json:"minAvailable"`
		MaxUnavailable kube.IntOrString    `json:"maxUnavailable"`
		Selector       *kube.LabelSelector `json:"selector"` // nil selects no pod, an empty one every pod
	} `json:"spec"`
}

// replicas says of each revision how many instances of istiod there are.
func (c *compiler) replicas(l *Layer) map[string]mesh.Replicas {
	all := map[string]mesh.Replicas{}
	scalers, budgets := c.autoscalers(), c.disruptionBudgets()
	deployments := c.deployments(l)
	for _, r := range l.revisions {
		rep := mesh.Replicas{}
		if r.workload == nil {
			rep.Unknown = []mesh.Gap{{
				Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindDeployment, Namespace: r.namespace, Name: istiodName(r.name)},
				Detail: "the Deployment of istiod is not in the input",
			}}
			all[r.name] = rep
			continue
		}
		c.declaredReplicas(&rep, r.workload, deployments[r.workload.ID().Namespace+"/"+r.workload.ID().Name])
		for _, a := range scalers {
			a.bound(&rep, r.workload)
		}
		for _, b := range budgets {
			b.protect(&rep, r.workload)
		}
		all[r.name] = rep
	}
	return all
}

// istiodName is the name that the charts give istiod's Deployment and Service.
func istiodName(rev string) string {
	if rev == defaultRevision {
		return "istiod"
	}
	return "istiod-" + rev
}

// deployments are the objects of the revisions' Deployments, by "namespace/name".
func (c *compiler) deployments(l *Layer) map[string]source.Object {
	found := map[string]source.Object{}
	for _, r := range l.revisions {
		if r.workload != nil {
			found[r.workload.ID().Namespace+"/"+r.workload.ID().Name] = source.Object{}
		}
	}
	if len(found) == 0 {
		return nil
	}
	for o := range c.in.Objects.Objects(kube.KindDeployment) {
		key := o.Ref.Namespace + "/" + o.Ref.Name
		if _, wanted := found[key]; wanted {
			found[key] = o
		}
	}
	return found
}

// declaredReplicas reads what the Deployment asks for. Its problems were reported with the workload.
func (c *compiler) declaredReplicas(rep *mesh.Replicas, w *mesh.Workload, o source.Object) {
	d, problems := kube.Decode[spreading](o)
	for _, g := range gapsOf(o, problems) {
		if touches(g, "spec.replicas", "spec.template.spec.affinity", "spec.template.spec.topologySpreadConstraints") {
			rep.Unknown = append(rep.Unknown, g)
		}
	}
	n, detail := 1, "the Deployment names no number of replicas, which means 1"
	if d.Spec.Replicas != nil {
		n, detail = *d.Spec.Replicas, "the Deployment asks for a number of replicas"
	}
	rep.Declared = &n
	rep.Why = append(rep.Why, mesh.Step{Rule: ruleReplicas, Object: w.Object(), Loc: w.At("spec.replicas"), Detail: detail})

	const spec = "spec.template.spec."
	labels := w.Template().Labels
	spread := func(key string, selector *kube.LabelSelector, strict bool, path string) {
		if key == "" || selector == nil || !selector.Matches(labels) {
			return // it keeps the pods apart from others, not from each other
		}
		rep.Spread = append(rep.Spread, key)
		if strict {
			rep.Strict = append(rep.Strict, key)
		}
		rep.Why = append(rep.Why, mesh.Step{Rule: ruleSpread, Object: w.Object(), Loc: w.At(path), Detail: "istiod's pods are kept apart by " + key})
	}
	anti := d.Spec.Template.Spec.Affinity.PodAntiAffinity
	for i, t := range anti.Required {
		spread(t.TopologyKey, t.LabelSelector, true, source.Index(spec+"affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution", i))
	}
	for i, t := range anti.Preferred {
		spread(t.Term.TopologyKey, t.Term.LabelSelector, false, source.Index(spec+"affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution", i))
	}
	for i, t := range d.Spec.Template.Spec.TopologySpread {
		spread(t.TopologyKey, t.LabelSelector, t.WhenUnsatisfiable != "ScheduleAnyway", source.Index(spec+"topologySpreadConstraints", i))
	}
	rep.Spread, rep.Strict = sortedSet(rep.Spread), sortedSet(rep.Strict)
}

// sortedSet sorts words and leaves each once.
func sortedSet(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

func (c *compiler) autoscalers() []*autoscaler {
	var all []*autoscaler
	for o := range c.in.Objects.Objects(kindAutoscaler) {
		a, gaps := decodeKube[autoscaler](c, o)
		a.obj, a.gaps = o, gaps
		all = append(all, &a)
	}
	return all
}

func (a *autoscaler) bound(rep *mesh.Replicas, w *mesh.Workload) {
	target := a.Spec.ScaleTargetRef
	if a.obj.Ref.Namespace != w.ID().Namespace || len(a.gaps) == 0 && (target.Kind != w.ID().Kind || target.Name != w.ID().Name) {
		return
	}
	if len(a.gaps) > 0 {
		rep.Unknown = append(rep.Unknown, a.gaps...)
		return
	}
	least := 1
	if a.Spec.MinReplicas != nil {
		least = *a.Spec.MinReplicas
	}
	rep.Min, rep.Max = &least, a.Spec.MaxReplicas
	rep.Why = append(rep.Why, mesh.Step{
		Rule: ruleAutoscaler, Object: a.obj.Ref, Loc: a.obj.At("spec.minReplicas"),
		Detail: "an autoscaler sets the number of replicas",
	})
}

func (c *compiler) disruptionBudgets() []*disruptionBudget {
	var all []*disruptionBudget
	for o := range c.in.Objects.Objects(kindDisruptionBudget) {
		b, gaps := decodeKube[disruptionBudget](c, o)
		b.obj, b.gaps = o, gaps
		all = append(all, &b)
	}
	return all
}

func (b *disruptionBudget) protect(rep *mesh.Replicas, w *mesh.Workload) {
	if b.obj.Ref.Namespace != w.ID().Namespace {
		return
	}
	if len(b.gaps) > 0 {
		rep.Unknown = append(rep.Unknown, b.gaps...)
		return
	}
	if b.Spec.Selector == nil || !b.Spec.Selector.Matches(w.Template().Labels) {
		return
	}
	field, value := "minAvailable", b.Spec.MinAvailable
	if value.IsZero() && !b.Spec.MaxUnavailable.IsZero() {
		field, value = "maxUnavailable", b.Spec.MaxUnavailable
	}
	rep.Budgets = append(rep.Budgets, field+": "+value.String())
	rep.Why = append(rep.Why, mesh.Step{
		Rule: ruleDisruption, Object: b.obj.Ref, Loc: b.obj.At("spec." + field), Detail: "a disruption budget keeps " + field + ": " + value.String(),
	})
}

// running adds the running pods of istiod and the zones of their nodes.
func (l *Layer) running(rep mesh.Replicas, w *mesh.Workload) mesh.Replicas {
	if w == nil {
		return rep
	}
	zones := map[string]string{}
	for n := range l.cluster.Nodes() {
		zones[n.Name] = n.Labels[labelZone]
	}
	rep.Unknown = slices.Clone(rep.Unknown)
	for p := range w.Pods() {
		rep.Running++
		zone := zones[p.Spec.NodeName]
		if zone == "" {
			rep.Unknown = append(rep.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: p.Object(), Loc: p.At("spec.nodeName"),
				Detail: "the zone of the node on which the pod runs is not in the input",
			})
			continue
		}
		rep.Zones = append(rep.Zones, zone)
	}
	rep.Zones = sortedSet(rep.Zones)
	return rep
}
