package mesh

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// folder groups pods under the object at the top of their chain of controllers.
type folder struct {
	c     *Cluster
	byID  map[WorkloadID]*Workload
	above map[WorkloadID]WorkloadID // a controller and the controller that owns it
	parts []part
}

// part is a controller that another one owns.
type part struct {
	top      WorkloadID
	template *Pod
}

func newFolder(c *Cluster) *folder {
	return &folder{c: c, byID: map[WorkloadID]*Workload{}, above: map[WorkloadID]WorkloadID{}}
}

func (f *folder) fold(ctx context.Context, objs Objects, machines []Machine) error {
	for o := range objs.Objects(kube.KindCronJob) {
		cj, gaps := decode[kube.CronJob](f.c, o)
		f.add(o, "spec.jobTemplate.spec.template", cj.Meta, cj.Spec.JobTemplate.Spec.Template, gaps)
	}
	for _, kind := range controllerKinds {
		for o := range objs.Objects(kind) {
			f.controller(o)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for o := range objs.Objects(kube.KindPod) {
		f.pod(o)
	}
	f.adopt()
	for _, m := range machines {
		f.machine(m)
	}
	for _, w := range f.byID {
		w.finish()
		f.c.workloads = append(f.c.workloads, w)
	}
	slices.SortFunc(f.c.workloads, func(a, b *Workload) int { return a.id.Compare(b.id) })
	for i, w := range f.c.workloads {
		w.index, w.cluster = uint(i), f.c
	}
	return ctx.Err()
}

// controller adds a workload, or a link when another controller owns it.
func (f *folder) controller(o source.Object) {
	ctrl, gaps := decode[kube.Controller](f.c, o)
	id := workloadID(o.Ref)
	if owner, ok := controllerOf(ctrl.OwnerReferences); ok && folds(o.Ref.Kind.Kind, owner.Kind) {
		top := WorkloadID{o.Ref.Namespace, owner.Kind, owner.Name}
		f.above[id] = top
		if r := ctrl.Spec.Replicas; r == nil || *r != 0 {
			f.parts = append(f.parts, part{top, f.template(o, "spec.template", ctrl.Spec.Template, gaps)})
		}
		return
	}
	f.add(o, "spec.template", ctrl.Meta, ctrl.Spec.Template, gaps)
}

// folds reports whether an object of kind child is only a part of its owner. A Deployment that an
// operator's resource owns is still the workload that people know.
func folds(child, owner string) bool {
	return child == "ReplicaSet" || child == "Job" && owner == "CronJob"
}

func (f *folder) add(o source.Object, base string, meta kube.Meta, t kube.PodTemplate, gaps []Gap) {
	w := f.workload(workloadID(o.Ref))
	w.object, w.objectLabels, w.objectAnnotations = o, meta.Labels, meta.Annotations
	w.template = f.template(o, base, t, gaps)
	w.template.Workload = w
}

func (f *folder) template(o source.Object, base string, t kube.PodTemplate, gaps []Gap) *Pod {
	return &Pod{
		Labels: t.Labels, Annotations: t.Annotations, Spec: t.Spec,
		Namespace: f.c.namespace(o.Ref.Namespace), object: o, base: base, gaps: gaps,
	}
}

// adopt makes workloads of which neither the object nor a pod is in the input, but a ReplicaSet or
// Job that they own and that makes pods: the first of them stands for the workload.
func (f *folder) adopt() {
	for _, p := range f.parts {
		if f.byID[p.top] != nil {
			continue
		}
		w := f.workload(p.top)
		w.template, w.inferred = p.template, true
		w.template.Workload = w
	}
}

func (f *folder) workload(id WorkloadID) *Workload {
	w := f.byID[id]
	if w == nil {
		w = &Workload{id: id}
		f.byID[id] = w
	}
	return w
}

func (f *folder) pod(o source.Object) {
	pod, gaps := decode[kube.Pod](f.c, o)
	w := f.workload(f.top(o.Ref, pod))
	if w.id.Kind == "Pod" {
		w.object, w.objectLabels, w.objectAnnotations = o, pod.Labels, pod.Annotations
	}
	w.pods = append(w.pods, &Pod{
		Name: o.Ref.Name, Labels: pod.Labels, Annotations: pod.Annotations, Spec: pod.Spec, Phase: pod.Status.Phase, Addrs: addrsOf(pod.Status),
		Namespace: f.c.namespace(o.Ref.Namespace), Workload: w, running: shown(pod), object: o, gaps: gaps,
	})
}

// cronJobRun is the name that the CronJob controller gives to its Jobs: the CronJob's name and the
// scheduled minute (k8s.io/kubernetes/pkg/controller/cronjob getJobName).
var cronJobRun = regexp.MustCompile(`^(.+)-\d{8,10}$`)

// top finds the workload of a pod. Where the controllers in between are not in the input, the
// names that Kubernetes gives to what Deployments and CronJobs make tell the owner.
func (f *folder) top(ref source.Ref, pod kube.Pod) WorkloadID {
	owner, ok := controllerOf(pod.OwnerReferences)
	if !ok || owner.Kind == "Node" { // a static pod's mirror is owned by its Node
		return WorkloadID{ref.Namespace, "Pod", ref.Name}
	}
	id := WorkloadID{ref.Namespace, owner.Kind, owner.Name}
	if above, ok := f.above[id]; ok {
		return above
	}
	if f.byID[id] != nil && f.byID[id].template != nil {
		return id
	}
	switch owner.Kind {
	case "ReplicaSet":
		if hash := pod.Labels["pod-template-hash"]; hash != "" {
			if name, ok := strings.CutSuffix(owner.Name, "-"+hash); ok && name != "" {
				return WorkloadID{ref.Namespace, "Deployment", name}
			}
		}
	case "Job":
		if m := cronJobRun.FindStringSubmatch(owner.Name); m != nil {
			return WorkloadID{ref.Namespace, "CronJob", m[1]}
		}
	}
	return id
}

// controllerOf returns the owner that controls an object.
func controllerOf(owners []kube.Owner) (kube.Owner, bool) {
	for _, o := range owners {
		if o.Controller {
			return o, true
		}
	}
	return kube.Owner{}, false
}

func workloadID(ref source.Ref) WorkloadID {
	return WorkloadID{ref.Namespace, ref.Kind.Kind, ref.Name}
}

// finish orders the pods and gives a workload that has only pods a template: the first of them
// that has not run to its end.
func (w *Workload) finish() {
	slices.SortFunc(w.pods, func(a, b *Pod) int { return strings.Compare(a.Name, b.Name) })
	if w.template != nil {
		return
	}
	first := w.pods[0]
	for p := range w.Pods() {
		first = p
		break
	}
	t := *first
	t.Name, t.running, t.Addrs = "", false, nil
	w.template = &t
	w.inferred = w.id.Kind != "Pod"
}

func addrsOf(s kube.PodStatus) []netip.Addr {
	texts := []string{s.PodIP}
	for _, ip := range s.PodIPs {
		texts = append(texts, ip.IP)
	}
	return addresses(texts...)
}
