package flaw

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// unseen says why something that the input lacks may exist all the same: the input was not taken from a
// running cluster, and holds objects of which operators make pods and Services. Nil where it does not.
func unseen(g *mesh.Graph) []mesh.Gap {
	for w := range g.Workloads() {
		for range w.Pods() {
			return nil
		}
	}
	for k := range g.Unread() {
		if custom(k) {
			return []mesh.Gap{{
				Reason: source.ProblemIncomplete,
				Detail: "no pod of the input runs, and what operators make of objects of other kinds is seen only where it runs",
			}}
		}
	}
	return nil
}

// native are the groups of Kubernetes' own kinds beside those that end in .k8s.io; none of them that
// nobody reads makes pods.
var native = []string{"", "apps", "autoscaling", "batch", "extensions", "policy"}

func custom(k source.Kind) bool {
	return !slices.Contains(native, k.Group) && !strings.HasSuffix(k.Group, ".k8s.io")
}
