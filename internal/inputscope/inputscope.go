// Package inputscope tells what of a cluster an input shows, so that what is missing in it can be told from
// what does not exist.
package inputscope

import (
	"maps"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Scope is what an input shows of a cluster. It is immutable.
type Scope struct {
	cluster   *mesh.Cluster
	populated map[string]bool    // namespaces with workloads
	running   map[string]bool    // namespaces with running pods
	keys      map[[2]string]bool // namespace and key of the labels of pods
	whole     bool               // it holds the namespaces that every cluster has: it was taken from one
}

// New looks at all workloads of a cluster.
func New(c *mesh.Cluster) Scope {
	s := Scope{cluster: c, populated: map[string]bool{}, running: map[string]bool{}, keys: map[[2]string]bool{}}
	for w := range c.Workloads() {
		ns := w.ID().Namespace
		s.populated[ns] = true
		for _, v := range w.Variants() {
			s.running[ns] = s.running[ns] || !v.Pod.IsTemplate()
			for k := range v.Pod.Labels {
				s.keys[[2]string{ns, k}] = true
			}
		}
	}
	system, standard := c.Namespace("kube-system"), c.Namespace("default")
	s.whole = system != nil && system.Known && standard != nil && standard.Known && len(s.populated) > 0
	return s
}

// Absent says why something of a namespace that the input lacks may exist all the same: nothing of the
// namespace is in the input. Nil where the input shows the namespace.
func (s Scope) Absent(namespace string) []mesh.Gap {
	ns := s.cluster.Namespace(namespace)
	if s.whole || s.populated[namespace] || ns != nil && ns.Known && len(s.populated) > 0 {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindNamespace, Name: namespace},
		Detail: "no workload of namespace " + namespace + " is in the input, so what runs there is not known",
	}}
}

// AbsentAnywhere is Absent for something that may be of any namespace.
func (s Scope) AbsentAnywhere() []mesh.Gap {
	if s.whole {
		return nil
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete,
		Detail: "the input does not hold the namespaces that every cluster has, so it may be a part of one",
	}}
}

// Unmade says why a namespace may have pods with labels that none of the input has: no pod runs there, and
// none of its templates has labels of these keys, so that others may make such pods.
func (s Scope) Unmade(namespace string, labels map[string]string) []mesh.Gap {
	if gaps := s.Absent(namespace); gaps != nil || s.running[namespace] {
		return gaps
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if !s.keys[[2]string{namespace, k}] {
			return []mesh.Gap{{
				Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindNamespace, Name: namespace},
				Detail: "the input shows no running pod of namespace " + namespace + " and no template with a label " + k + ", so whether something else makes such pods is not known",
			}}
		}
	}
	return nil
}

// Populated reports whether a workload of the namespace is in the input.
func (s Scope) Populated(namespace string) bool { return s.populated[namespace] }
