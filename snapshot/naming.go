package snapshot

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// naming gives objects their final names.
type naming struct {
	scopes    map[source.Kind]bool
	keep      map[source.Kind]bool // nil when every kind is kept
	namespace string               // of objects without one
	problems  problemList
	objects   []entry
	index     map[source.Ref]int // into objects
	generate  map[source.Ref]int // how often a generateName was met
}

// add settles the name of one object and takes it; a later copy replaces an earlier one.
func (n *naming) add(next *entry) {
	e := *next
	n.settleNamespace(&e)
	if e.generated {
		n.generate[e.ref]++
		if again := n.generate[e.ref]; again > 1 {
			e.ref.Name = fmt.Sprintf("%s%d", e.ref.Name, again)
		}
	}
	i, ok := n.index[e.ref]
	if !ok {
		n.index[e.ref] = len(n.objects)
		n.objects = append(n.objects, e)
		return
	}
	n.duplicate(&n.objects[i], &e)
	n.objects[i] = e
}

func (n *naming) duplicate(earlier, e *entry) {
	if !n.problems.room() {
		n.problems.count(1, e.pos())
		return
	}
	message := fmt.Sprintf("also at %s; this later one counts", earlier.pos())
	if earlier.version == e.version && earlier.sum == e.sum && bytes.Equal(earlier.json, e.json) {
		message = fmt.Sprintf("also at %s; the two are identical", earlier.pos())
	}
	n.problems.add(source.Problem{Code: source.ProblemDuplicate, Pos: e.pos(), Object: e.ref, Message: message})
}

// settleNamespace gives a namespaced object the default namespace when it names none, and takes
// the namespace of a cluster-scoped one away.
func (n *naming) settleNamespace(e *entry) {
	switch n.scope(e.ref.Kind) {
	case clusterWide:
		e.ref.Namespace = ""
		return
	case unknownScope:
		return
	case namespaced:
	}
	if e.ref.Namespace != "" || e.fromCluster {
		return
	}
	e.ref.Namespace = n.namespace
	if !n.problems.room() {
		n.problems.count(1, e.pos())
		return
	}
	n.problems.add(source.Problem{
		Code: source.ProblemNoNamespace, Pos: e.pos(), Object: e.ref, Field: "metadata.namespace",
		Message: fmt.Sprintf("names no namespace; %q is taken", e.ref.Namespace),
	})
}

// scope is that of a kind: by its definition in the input, by what is known of kinds, or by the
// caller, who reads the kind as one of namespaces.
func (n *naming) scope(k source.Kind) scope {
	if cluster, ok := n.scopes[k]; ok {
		if cluster {
			return clusterWide
		}
		return namespaced
	}
	s := scopeOf(k)
	if s == unknownScope && n.keep[k] {
		return namespaced
	}
	return s
}

// snapshot sorts the objects and counts them.
func (n *naming) snapshot() *Snapshot {
	s := &Snapshot{objects: map[source.Kind][]source.Object{}, counts: map[source.Kind]int{}}
	kept := map[source.Kind]int{}
	for i := range n.objects {
		e := &n.objects[i]
		s.counts[e.ref.Kind]++
		if e.json != nil {
			kept[e.ref.Kind]++
		}
	}
	for k, n := range kept {
		s.objects[k] = make([]source.Object, 0, n)
	}
	for i := range n.objects {
		e := &n.objects[i]
		if e.json != nil {
			o := source.Object{Ref: e.ref, Version: e.version, JSON: e.json, In: e.place}
			s.objects[e.ref.Kind] = append(s.objects[e.ref.Kind], o)
		}
	}
	for _, list := range s.objects {
		slices.SortFunc(list, func(a, b source.Object) int {
			return cmp.Or(strings.Compare(a.Ref.Namespace, b.Ref.Namespace), strings.Compare(a.Ref.Name, b.Ref.Name))
		})
	}
	return s
}
