package mesh

import (
	"slices"
	"strings"
)

// variant is a pod that stands for all pods of its workload that are like it: the same enrolment,
// labels and annotations.
type variant struct {
	party Party
	pods  int  // how many it stands for; 0 for the template of a workload without running pods
	vague bool // the address of one of them is not known
}

// Variants returns pods that stand for all of the workload's running pods, or for its template when
// none runs, with their enrolment in the mesh that the workload is enrolled in. Pods that a mesh or a
// policy might treat differently have a variant each, in the order of their names.
func (w *Workload) Variants() []Party {
	all := make([]Party, len(w.variants))
	for i, v := range w.variants {
		all[i] = v.party
	}
	return all
}

func (w *Workload) setVariants() {
	i := w.primaryIndex()
	for p := range w.Pods() {
		party := Party{Pod: p, Enrolment: w.enrolmentOf(i, p)}
		at := slices.IndexFunc(w.variants, func(v variant) bool { return v.party.alike(party) })
		if at < 0 {
			w.variants = append(w.variants, variant{party: party})
			at = len(w.variants) - 1
		}
		w.variants[at].add(p)
	}
	if len(w.variants) == 0 {
		w.variants = []variant{{party: Party{Pod: w.template, Enrolment: w.primary().Declared}}}
	}
}

func (a Party) alike(b Party) bool {
	return a.Enrolment.same(b.Enrolment) && alike(a.Pod.Labels, b.Pod.Labels, ownLabels) &&
		alike(a.Pod.Annotations, b.Pod.Annotations, ownAnnotations) && len(a.Pod.gaps) == 0 && len(b.Pod.gaps) == 0
}

// Labels and annotations that differ between pods of one template and tell them apart only. A prefix
// ends in a slash.
var (
	ownLabels = []string{
		"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index",
		"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name",
	}
	ownAnnotations = []string{"cni.projectcalico.org/", "k8s.v1.cni.cncf.io/", "k8s.ovn.org/", "batch.kubernetes.io/job-completion-index"}
)

// alike reports whether two maps say the same, but for the keys named in own.
func alike(a, b map[string]string, own []string) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	return covers(a, b, own) && covers(b, a, own)
}

func covers(a, b map[string]string, own []string) bool {
	for k, v := range b {
		if w, ok := a[k]; (!ok || w != v) && !isOwn(k, own) {
			return false
		}
	}
	return true
}

func isOwn(key string, own []string) bool {
	return slices.ContainsFunc(own, func(o string) bool {
		return key == o || strings.HasSuffix(o, "/") && strings.HasPrefix(key, o)
	})
}

// add takes a pod in.
func (v *variant) add(p *Pod) {
	v.pods++
	v.vague = v.vague || len(p.Addrs) == 0
	if v.vague {
		v.party.Addrs = nil
		return
	}
	v.party.Addrs = append(v.party.Addrs, p.Addrs...)
}
