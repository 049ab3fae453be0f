package istio

import (
	"maps"
	"slices"
	"strings"

	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// attachment is what a policy says about where it applies: to all workloads of its namespace, to
// those with some labels, or to what it names.
type attachment struct {
	ref      source.Ref
	number   int               // among the policies of its kind, in order of namespace and name
	selector bool              // it has a selector, which may be empty
	attached bool              // the selector holds a map of labels, be it an empty one
	labels   map[string]string // of the selector
	targets  []target
	lost     []mesh.Gap // why it is not known where it applies; nil when it is
}

func (a *attachment) place() *attachment { return a }

// attachable is a policy with an attachment.
type attachable interface{ place() *attachment }

// attachmentSpec is what the messages with an attachment have in common.
type attachmentSpec interface {
	GetSelector() *typev1beta1.WorkloadSelector
	GetTargetRef() *typev1beta1.PolicyTargetReference
	GetTargetRefs() []*typev1beta1.PolicyTargetReference
}

// newAttachment reads an attachment.
func newAttachment(r resource, spec attachmentSpec) attachment {
	a := attachment{ref: r.obj.Ref, selector: spec.GetSelector() != nil}
	a.labels = spec.GetSelector().GetMatchLabels()
	a.attached = a.labels != nil
	for _, t := range targetRefs(spec.GetTargetRef(), spec.GetTargetRefs()) {
		a.targets = append(a.targets, targetOf(t, r.obj.Ref.Namespace))
	}
	for _, g := range r.gaps {
		if touches(g, "spec.selector", "spec.targetRef", "spec.targetRefs", "metadata") {
			a.lost = append(a.lost, g)
		}
	}
	return a
}

// attachments are the policies of one kind, by namespace, arranged so that a pod's are found by its
// labels: a namespace may hold thousands of both.
type attachments[P attachable] struct {
	byNamespace map[string]*attachedTo[P]
	all         []P
}

// attachedTo are the policies of a namespace.
type attachedTo[P attachable] struct {
	wide     []P               // for every workload
	byLabel  map[[2]string][]P // under one of the labels that they select by
	byTarget map[target][]P    // those that name an object
	lost     []P               // of which it is not known where they apply
	all      []P
}

func newAttachments[P attachable]() *attachments[P] {
	return &attachments[P]{byNamespace: map[string]*attachedTo[P]{}}
}

func (as *attachments[P]) add(p P) { as.all = append(as.all, p) }

// index arranges the policies that were added.
func (as *attachments[P]) index() {
	slices.SortFunc(as.all, func(a, b P) int { return a.place().ref.Compare(b.place().ref) })
	for i, p := range as.all {
		a := p.place()
		a.number = i
		n := as.byNamespace[a.ref.Namespace]
		if n == nil {
			n = &attachedTo[P]{byLabel: map[[2]string][]P{}, byTarget: map[target][]P{}}
			as.byNamespace[a.ref.Namespace] = n
		}
		n.all = append(n.all, p)
	}
	for _, n := range as.byNamespace {
		n.index()
	}
}

// index files every policy with a selector under the rarest of its labels.
func (n *attachedTo[P]) index() {
	frequency := map[[2]string]int{}
	for _, p := range n.all {
		for k, v := range p.place().labels {
			frequency[[2]string{k, v}]++
		}
	}
	for _, p := range n.all {
		switch a := p.place(); {
		case len(a.lost) > 0:
			n.lost = append(n.lost, p)
		case len(a.targets) > 0:
			for _, t := range a.targets {
				if !slices.ContainsFunc(n.byTarget[t], func(q P) bool { return q.place() == a }) {
					n.byTarget[t] = append(n.byTarget[t], p)
				}
			}
		case len(a.labels) == 0:
			n.wide = append(n.wide, p)
		default:
			e := rarest(a.labels, frequency)
			n.byLabel[e] = append(n.byLabel[e], p)
		}
	}
}

func rarest(labels map[string]string, frequency map[[2]string]int) [2]string {
	var found [2]string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if e := [2]string{k, labels[k]}; found == [2]string{} || frequency[e] < frequency[found] {
			found = e
		}
	}
	return found
}

// selecting returns the policies that select a workload with these labels, in order of name, and
// those that may. An empty selector selects every workload.
func (n *attachedTo[P]) selecting(labels map[string]string) (surely, perhaps []P) {
	if n == nil {
		return nil, nil
	}
	surely = slices.Clone(n.wide)
	if len(n.byLabel) > 0 {
		for k, v := range labels {
			for _, p := range n.byLabel[[2]string{k, v}] {
				if kube.Subset(p.place().labels, labels) {
					surely = append(surely, p)
				}
			}
		}
	}
	byNumber(surely)
	return surely, n.lost
}

// targeting returns the policies that name one of the objects, and those that may.
func (n *attachedTo[P]) targeting(targets ...target) (surely, perhaps []P) {
	if n == nil {
		return nil, nil
	}
	for _, t := range targets {
		surely = append(surely, n.byTarget[t]...)
	}
	byNumber(surely)
	return slices.CompactFunc(surely, func(a, b P) bool { return a.place() == b.place() }), n.lost
}

func byNumber[P attachable](list []P) {
	slices.SortFunc(list, func(a, b P) int { return a.place().number - b.place().number })
}

// numbers writes which policies a list holds, for use as a key.
func numbers[P attachable](b *strings.Builder, list []P) {
	for _, p := range list {
		n := p.place().number
		b.WriteByte(byte(n))
		b.WriteByte(byte(n >> 8))
		b.WriteByte(byte(n >> 16))
	}
	b.WriteString("\xff\xff\xff\xff")
}
