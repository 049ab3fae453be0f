// Package components groups the pods of a data plane by what they run.
package components

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// Part is the container that makes a pod a part of the data plane.
type Part struct {
	Kind      mesh.ComponentKind
	Container *kube.Container
	Path      string // of the container in the pod
}

// Group looks at running pods, and at the templates of workloads without any in which a proxy is written
// down. keyOf gives what the pods of one component have in common, and describes the component by the first
// of them; it gives no description for a pod that is part of none. Group adds the workloads and counts the
// pods. The order is that of kind, revision, namespace, version, skew and first workload; nil means that
// there is none.
func Group[K comparable](cluster *mesh.Cluster, keyOf func(*mesh.Workload, *mesh.Pod) (key K, describe func() *mesh.Component)) []mesh.Component {
	byKey := map[K]*mesh.Component{}
	add := func(w *mesh.Workload, p *mesh.Pod) {
		key, describe := keyOf(w, p)
		if describe == nil {
			return
		}
		c := byKey[key]
		if c == nil {
			c = describe()
			byKey[key] = c
		}
		if n := len(c.Workloads); n == 0 || c.Workloads[n-1] != w.ID() {
			c.Workloads = append(c.Workloads, w.ID())
		}
		if !p.IsTemplate() {
			c.Pods++
		}
	}
	for w := range cluster.Workloads() {
		ran := false
		for p := range w.Pods() {
			ran = true
			add(w, p)
		}
		if !ran {
			add(w, w.Template())
		}
	}
	var all []mesh.Component
	for _, c := range byKey {
		all = append(all, *c)
	}
	slices.SortFunc(all, compare)
	return all
}

func compare(a, b mesh.Component) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Revision, b.Revision), strings.Compare(a.Namespace, b.Namespace),
		strings.Compare(a.Version, b.Version), cmp.Compare(a.Skew.Behind, b.Skew.Behind), a.Workloads[0].Compare(b.Workloads[0]),
	)
}

// Of begins the description of a component by the image of the first pod that is seen, by the name of a rule.
func (part Part) Of(p *mesh.Pod, rule string) *mesh.Component {
	return &mesh.Component{Kind: part.Kind, Why: []mesh.Step{{
		Rule: rule, Object: p.Object(), Loc: p.At(part.Path + ".image"),
		Detail: "the " + part.Kind.String() + " runs image " + part.Container.Image,
	}}}
}
