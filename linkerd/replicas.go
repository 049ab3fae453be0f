package linkerd

import (
	"cmp"
	"math"
	"slices"

	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// instances is how often the parts of a control plane run, in the order of controlParts.
type instances struct {
	parts    [len(controlParts)]*mesh.Workload
	declared [len(controlParts)]mesh.Replicas
	absent   mesh.Replicas // what is said where no part is in the input
}

func (in *installation) instances(r *replicas.Reader) instances {
	all := instances{parts: in.parts}
	for i, w := range in.parts {
		if w != nil {
			all.declared[i] = r.Of(w, "the pods")
			continue
		}
		if in.assumed && i > 0 {
			continue
		}
		all.absent.Unknown = append(all.absent.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindDeployment, Namespace: in.namespace, Name: "linkerd-" + controlParts[i]},
			Detail: "the Deployment is not in the input",
		})
	}
	if n := in.settings.given.ControllerReplicas; n != nil && in.parts == [len(controlParts)]*mesh.Workload{} {
		all.absent.Declared = n
		all.absent.Why = []mesh.Step{in.settings.at(ruleReplicas, "the configuration asks for a number of replicas of each part")}
	}
	return all
}

// weakest is what the part with the fewest instances has: each of them is needed.
func (all instances) weakest(cluster *mesh.Cluster) mesh.Replicas {
	var found []mesh.Replicas
	for i, w := range all.parts {
		if w != nil {
			found = append(found, replicas.Running(all.declared[i], cluster, w))
		}
	}
	if len(found) == 0 {
		return all.absent
	}
	least := slices.MinFunc(found, func(a, b mesh.Replicas) int {
		return cmp.Or(
			cmp.Compare(guaranteed(a), guaranteed(b)), cmp.Compare(a.Running, b.Running),
			cmp.Compare(len(a.Budgets), len(b.Budgets)), cmp.Compare(len(a.Strict), len(b.Strict)), cmp.Compare(len(a.Spread), len(b.Spread)),
		)
	})
	least.Unknown = slices.Concat(least.Unknown, all.absent.Unknown)
	return least
}

// guaranteed is the number that is asked for; one that is not known is no least.
func guaranteed(r mesh.Replicas) int {
	if n, ok := r.Guaranteed(); ok {
		return n
	}
	return math.MaxInt
}
