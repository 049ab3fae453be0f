package linkerd

import (
	"github.com/meshposture/meshposture/kube"
	externalworkload "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Machines lists the ExternalWorkloads.
func (Adapter) Machines(objs mesh.Objects) []mesh.Machine {
	var all []mesh.Machine
	for o := range objs.Objects(kindExternalWorkload) {
		m, _ := machine(o)
		all = append(all, m)
	}
	return all
}

// machines reports what is wrong in the ExternalWorkloads.
func (c *compiler) machines() {
	for o := range c.in.Objects.Objects(kindExternalWorkload) {
		_, problems := machine(o)
		c.problems = append(c.problems, problems...)
	}
}

func machine(o source.Object) (mesh.Machine, []mesh.Problem) {
	v, problems := kube.Decode[externalworkload.ExternalWorkload](o)
	return mesh.Machine{Object: o, Labels: v.Labels, Gaps: gapsOf(o, problems)}, problems
}
