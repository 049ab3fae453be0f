package mesh

import (
	"net/netip"
	"slices"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// Pod is a pod as an admission webhook and a proxy see it: one that runs, or the one that a
// workload's template would make. It is shared and must not be changed.
type Pod struct {
	Name        string // empty for a template
	Labels      map[string]string
	Annotations map[string]string
	Spec        kube.PodSpec
	Phase       string // as the cluster reports it; empty when it does not
	// Addrs are the pod's addresses as the cluster reports them; empty for a template and when it does not.
	Addrs []netip.Addr
	// Machine is true for what runs outside of Kubernetes and an object of a mesh stands for.
	Machine   bool
	Namespace *Namespace // never nil
	Workload  *Workload  // never nil

	running bool          // something shows that a cluster runs it; false for a template
	object  source.Object // what the pod was read from; the workload's object for a template
	base    string        // path of the pod inside object: "" or "spec.template"
	gaps    []Gap         // what was not understood in object
}

// IsTemplate reports whether p does not run but would be made by its workload.
func (p *Pod) IsTemplate() bool { return p.Name == "" }

// Object is the object that p was read from.
func (p *Pod) Object() source.Ref { return p.object.Ref }

// At is the place of a field of the pod, such as "spec.hostNetwork", inside that object.
func (p *Pod) At(field string) source.Loc {
	return p.object.At(source.Join(p.base, field))
}

// LabelLoc is the place of one of the pod's labels.
func (p *Pod) LabelLoc(name string) source.Loc { return p.At(source.Key("metadata.labels", name)) }

// AnnotationLoc is the place of one of the pod's annotations.
func (p *Pod) AnnotationLoc(name string) source.Loc {
	return p.At(source.Key("metadata.annotations", name))
}

// shown reports whether an object tells that a cluster runs, or ran, the pod. A manifest of a pod
// that was only written down has none of this, and says what admission would be asked for.
func shown(pod kube.Pod) bool {
	return pod.UID != "" || pod.Spec.NodeName != "" || pod.Status.Phase != "" || len(pod.OwnerReferences) > 0
}

// terminated reports whether the pod has run to its end.
func (p *Pod) terminated() bool { return p.Phase == "Succeeded" || p.Phase == "Failed" }

// Namespace is a namespace of the cluster.
type Namespace struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
	// Known is false when the input holds no Namespace object of this name: its labels are then
	// not known, which is not the same as having none.
	Known bool

	object source.Object
	gaps   []Gap
}

// Object is the Namespace object; zero when it is not Known.
func (n *Namespace) Object() source.Ref {
	if !n.Known {
		return source.Ref{}
	}
	return n.object.Ref
}

// At is the place of a field of the Namespace object; zero when the namespace is not Known.
func (n *Namespace) At(field string) source.Loc {
	if !n.Known {
		return source.Loc{}
	}
	return n.object.At(field)
}

// LabelLoc is the place of one of the namespace's labels; zero when the namespace is not Known.
func (n *Namespace) LabelLoc(name string) source.Loc {
	return n.At(source.Key("metadata.labels", name))
}

// AnnotationLoc is the place of one of the namespace's annotations; zero when the namespace is not Known.
func (n *Namespace) AnnotationLoc(name string) source.Loc {
	return n.At(source.Key("metadata.annotations", name))
}

// Gaps lists why the namespace's labels are not, or not surely, known; nil when they are.
func (n *Namespace) Gaps() []Gap {
	if !n.Known {
		ref := source.Ref{Kind: kube.KindNamespace, Name: n.Name}
		return []Gap{{Reason: source.ProblemIncomplete, Object: ref, Detail: "the Namespace object is not in the input, so its labels are not known"}}
	}
	return n.gaps
}

// Node is a node of the cluster.
type Node struct {
	kube.Node
	object source.Object
}

// Object is the Node object.
func (n *Node) Object() source.Ref { return n.object.Ref }

// At is the place of a field of the Node.
func (n *Node) At(field string) source.Loc { return n.object.At(field) }

// addresses reads addresses as a cluster writes them, and leaves out what is none.
func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, t := range texts {
		if a, err := netip.ParseAddr(t); err == nil && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}
