// Package replicas reads how many instances of a part of a control plane there are, and what keeps them
// apart.
package replicas

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const labelZone = "topology.kubernetes.io/zone"

var (
	kindAutoscaler       = source.Kind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}
	kindDisruptionBudget = source.Kind{Group: "policy", Kind: "PodDisruptionBudget"}
)

// Kinds are what Read asks for beside the objects of the cluster itself.
func Kinds() []source.Kind { return []source.Kind{kindAutoscaler, kindDisruptionBudget} }

// Rules are the names of the rules in the steps of an answer.
type Rules struct {
	Replicas   string // the controller's number
	Spread     string // the scheduler is asked to keep the pods apart
	Autoscaler string
	Disruption string // a budget for disruptions
}

// Reader knows what bounds the number of pods in a cluster. It is immutable and safe for concurrent use.
type Reader struct {
	rules       Rules
	scalers     []*autoscaler
	budgets     []*disruptionBudget
	deployments map[string]source.Object // by "namespace/name"
	problems    []mesh.Problem
}

// Read reads the autoscalers and budgets of a cluster.
func Read(objs mesh.Objects, rules Rules) *Reader {
	r := &Reader{rules: rules, deployments: map[string]source.Object{}}
	for o := range objs.Objects(kindAutoscaler) {
		a, problems := kube.Decode[autoscaler](o)
		a.obj, a.gaps = o, gap.Of(o, problems)
		r.scalers, r.problems = append(r.scalers, &a), append(r.problems, problems...)
	}
	for o := range objs.Objects(kindDisruptionBudget) {
		b, problems := kube.Decode[disruptionBudget](o)
		b.obj, b.gaps = o, gap.Of(o, problems)
		r.budgets, r.problems = append(r.budgets, &b), append(r.problems, problems...)
	}
	for o := range objs.Objects(kube.KindDeployment) {
		r.deployments[o.Ref.Namespace+"/"+o.Ref.Name] = o
	}
	return r
}

// Problems is what was not understood of the autoscalers and budgets.
func (r *Reader) Problems() []mesh.Problem { return slices.Clone(r.problems) }

// Of says how many instances of a workload are asked for. what names them in the steps: "istiod's pods".
// A workload that is no Deployment of the input has no number.
func (r *Reader) Of(w *mesh.Workload, what string) mesh.Replicas {
	var rep mesh.Replicas
	if o, ok := r.deployments[w.ID().Namespace+"/"+w.ID().Name]; ok && w.ID().Kind == kube.KindDeployment.Kind {
		r.declared(&rep, w, o, what)
	} else {
		rep.Unknown = append(rep.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindDeployment, Namespace: w.ID().Namespace, Name: w.ID().Name},
			Detail: "the object that says how many pods there should be is not in the input",
		})
	}
	for _, a := range r.scalers {
		a.bound(&rep, w, r.rules.Autoscaler)
	}
	for _, b := range r.budgets {
		b.protect(&rep, w, r.rules.Disruption)
	}
	return rep
}

// declared reads what the Deployment asks for. Its problems were reported with the workload.
func (r *Reader) declared(rep *mesh.Replicas, w *mesh.Workload, o source.Object, what string) {
	d, problems := kube.Decode[spreading](o)
	for _, g := range gap.Of(o, problems) {
		if touches(g, "spec.replicas", "spec.template.spec.affinity", "spec.template.spec.topologySpreadConstraints") {
			rep.Unknown = append(rep.Unknown, g)
		}
	}
	n, detail := 1, "the Deployment names no number of replicas, which means 1"
	if d.Spec.Replicas != nil {
		n, detail = *d.Spec.Replicas, "the Deployment asks for a number of replicas"
	}
	rep.Declared = &n
	rep.Why = append(rep.Why, mesh.Step{Rule: r.rules.Replicas, Object: w.Object(), Loc: w.At("spec.replicas"), Detail: detail})

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
		rep.Why = append(rep.Why, mesh.Step{Rule: r.rules.Spread, Object: w.Object(), Loc: w.At(path), Detail: what + " are kept apart by " + key})
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

func (a *autoscaler) bound(rep *mesh.Replicas, w *mesh.Workload, rule string) {
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
		Rule: rule, Object: a.obj.Ref, Loc: a.obj.At("spec.minReplicas"), Detail: "an autoscaler sets the number of replicas",
	})
}

func (b *disruptionBudget) protect(rep *mesh.Replicas, w *mesh.Workload, rule string) {
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
		Rule: rule, Object: b.obj.Ref, Loc: b.obj.At("spec." + field), Detail: "a disruption budget keeps " + field + ": " + value.String(),
	})
}

// Running adds the running pods of a workload and the zones of their nodes to rep; nil means no workload.
// It is asked after compilation, when it is settled which pods run.
func Running(rep mesh.Replicas, cluster *mesh.Cluster, w *mesh.Workload) mesh.Replicas {
	if w == nil {
		return rep
	}
	zones := map[string]string{}
	for n := range cluster.Nodes() {
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

// sortedSet sorts words and leaves each once.
func sortedSet(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// touches reports whether what was not understood lies in one of the fields, or around one.
func touches(g mesh.Gap, fields ...string) bool {
	at := g.Loc.Field()
	return slices.ContainsFunc(fields, func(f string) bool {
		return strings.HasPrefix(at, f) || strings.HasPrefix(f, at)
	})
}
