package mesh

import "slices"

// Stale says that running pods were made under another configuration than the one that is declared now,
// and what making them again would change.
type Stale struct {
	Mesh string
	Pods []string // names, sorted; never empty
	Why  []Step   // a step for each change
}

// StaleJudge compares a running pod of the layer's mesh with what the workload's template would become
// now; nil when making the pod again changes nothing that the layer knows of. Whether the pod would be
// in the mesh at all is not in the answer: Membership.Drifted says that.
type StaleJudge interface {
	Stale(p, template *Pod) []Step
}

// Stale lists running pods that making again would change, in the order of the meshes. Pods that would
// change alike are taken together.
func (w *Workload) Stale() []Stale {
	var all []Stale
	for name, j := range answering[StaleJudge](w.layers) {
		from := len(all)
		for p := range w.Pods() {
			why := j.Stale(p, w.template)
			if len(why) == 0 || len(p.gaps) > 0 || len(w.template.gaps) > 0 {
				continue
			}
			at := slices.IndexFunc(all[from:], func(s Stale) bool { return slices.EqualFunc(s.Why, why, sameStep) })
			if at < 0 {
				all = append(all, Stale{name, []string{p.Name}, why})
				continue
			}
			all[from+at].Pods = append(all[from+at].Pods, p.Name)
		}
	}
	return all
}

func sameStep(a, b Step) bool { return a.Rule == b.Rule && a.Detail == b.Detail }
