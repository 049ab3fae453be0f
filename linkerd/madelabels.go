package linkerd

import (
	"maps"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// proxyLabels are the labels by which the injector notes what a pod is of, by kind (pkg/k8s/labels.go). Of the pods
// of a CronJob it notes a Job, whose name is not known before it runs.
var proxyLabels = map[string]string{
	"Deployment": "linkerd.io/proxy-deployment", "DaemonSet": "linkerd.io/proxy-daemonset", "StatefulSet": "linkerd.io/proxy-statefulset",
	"ReplicaSet": "linkerd.io/proxy-replicaset", "ReplicationController": "linkerd.io/proxy-replicationcontroller", "Job": "linkerd.io/proxy-job",
}

const labelWorkloadNamespace = "linkerd.io/workload-ns"

// madeLabels are the labels by which the policy controller sees a pod: those that it has, and for a template that
// would be injected those that the injector adds (pkg/inject/inject.go parse and injectPodSpec). Nobody may change
// the map.
func (l *Layer) madeLabels(p *mesh.Pod) map[string]string {
	if !l.asksInjector(p) || l.Admit(p).Mode.Inside() != truth.True {
		return p.Labels
	}
	all := maps.Clone(p.Labels)
	if all == nil {
		all = map[string]string{}
	}
	all[labelControlPlane], all[labelWorkloadNamespace] = l.settings.namespace, p.Namespace.Name
	if key := proxyLabels[p.Workload.ID().Kind]; key != "" {
		all[key] = p.Workload.ID().Name
	}
	return all
}
