package mesh

import (
	"net/netip"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// Machine is a workload that runs outside of Kubernetes, and that an object of a mesh makes known to
// the cluster. It becomes a Workload of the object's kind, with one pod that always runs: Services
// select it by its labels.
type Machine struct {
	Object      source.Object
	Labels      map[string]string
	Annotations map[string]string
	Ports       []kube.ContainerPort
	Addrs       []netip.Addr // empty when the object names none
	Gaps        []Gap        // what was not understood in the object
}

// MachineLister is an Adapter of a mesh that takes in workloads from outside of Kubernetes. It is
// asked before any adapter compiles. What is wrong in the objects is for Compile to report.
type MachineLister interface {
	Machines(objs Objects) []Machine
}

// machinesOf asks all adapters.
func machinesOf(objs Objects, adapters []Adapter) []Machine {
	var all []Machine
	for _, a := range adapters {
		if l, ok := a.(MachineLister); ok {
			all = append(all, l.Machines(objs)...)
		}
	}
	return all
}

func (f *folder) machine(m Machine) {
	w := f.workload(workloadID(m.Object.Ref))
	w.object, w.objectLabels, w.objectAnnotations = m.Object, m.Labels, m.Annotations
	p := &Pod{
		Name: m.Object.Ref.Name, Labels: m.Labels, Annotations: m.Annotations, Addrs: m.Addrs, Machine: true,
		Spec:      kube.PodSpec{Containers: []kube.Container{{Ports: m.Ports}}},
		Namespace: f.c.namespace(m.Object.Ref.Namespace), Workload: w, running: true, object: m.Object, gaps: m.Gaps,
	}
	w.pods = append(w.pods, p)
}
