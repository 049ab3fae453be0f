package istio

import (
	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// replicas says of each revision how many instances of istiod there are.
func (c *compiler) replicas(l *Layer) map[string]mesh.Replicas {
	all := map[string]mesh.Replicas{}
	reader := replicas.Read(c.in.Objects, replicas.Rules{
		Replicas: ruleReplicas, Spread: ruleSpread, Autoscaler: ruleAutoscaler, Disruption: ruleDisruption,
	})
	c.problems = append(c.problems, reader.Problems()...)
	for _, r := range l.revisions {
		if r.workload == nil {
			all[r.name] = mesh.Replicas{Unknown: []mesh.Gap{{
				Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindDeployment, Namespace: r.namespace, Name: istiodName(r.name)},
				Detail: "the Deployment of istiod is not in the input",
			}}}
			continue
		}
		all[r.name] = reader.Of(r.workload, "istiod's pods")
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
