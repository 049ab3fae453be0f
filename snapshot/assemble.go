package snapshot

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// assembly turns results, in load order, into a snapshot.
type assembly struct {
	dec      *decoder
	opts     Options
	problems []source.Problem
	skipped  []Skipped

	scopes   map[source.Kind]bool // by CustomResourceDefinitions: whether the kind is cluster-scoped
	index    map[source.Ref]int   // into objects
	objects  []loaded
	generate map[source.Ref]int // how often a generateName was met
}

// snapshot builds the snapshot.
func (a *assembly) snapshot(results []*result) *Snapshot {
	results = a.settleLists(results)
	a.scopes = map[source.Kind]bool{}
	total := 0
	for _, r := range results {
		total += len(r.objects)
		for _, o := range r.objects {
			if o.defines.Kind != "" {
				a.scopes[o.defines] = o.clusters
			}
		}
	}
	a.index = make(map[source.Ref]int, total)
	a.objects = make([]loaded, 0, total)
	a.generate = map[source.Ref]int{}
	for _, r := range results {
		a.problems = append(a.problems, r.problems...)
		a.skipped = append(a.skipped, r.skipped...)
		for i := range r.objects {
			a.add(&r.objects[i])
		}
	}
	return a.finish()
}

// add settles the name of one object and takes it; a later copy replaces an earlier one.
func (a *assembly) add(o *loaded) {
	ref := &o.obj.Ref
	if o.id.name == "" {
		ref.Name = o.id.generateName + "*"
	}
	a.settleNamespace(o)
	if o.id.name == "" {
		a.generate[*ref]++
		if n := a.generate[*ref]; n > 1 {
			ref.Name = fmt.Sprintf("%s%d", ref.Name, n)
		}
	}
	i, ok := a.index[*ref]
	if !ok {
		a.index[*ref] = len(a.objects)
		a.objects = append(a.objects, *o)
		return
	}
	earlier := a.objects[i]
	message := fmt.Sprintf("also at %s; this later one counts", earlier.pos())
	if earlier.obj.Version == o.obj.Version && earlier.sum == o.sum && bytes.Equal(earlier.obj.JSON, o.obj.JSON) {
		message = fmt.Sprintf("also at %s; the two are identical", earlier.pos())
	}
	a.problems = append(a.problems, source.Problem{
		Code: source.ProblemDuplicate, Pos: o.pos(), Object: *ref, Message: message,
	})
	a.objects[i] = *o
}

func (o *loaded) pos() source.Pos {
	return source.Pos{File: o.place.file.name, Line: o.place.first}
}

// settleNamespace gives a namespaced object the default namespace when it names none, and takes
// the namespace of a cluster-scoped one away.
func (a *assembly) settleNamespace(o *loaded) {
	ref := &o.obj.Ref
	cluster, known := a.scopes[ref.Kind]
	if !known {
		cluster = clusterScoped(ref.Kind)
	}
	switch {
	case cluster:
		ref.Namespace = ""
	case ref.Namespace != "" || o.id.fromCluster:
	default:
		ref.Namespace = a.opts.DefaultNamespace
		a.problems = append(a.problems, source.Problem{
			Code: source.ProblemNoNamespace, Pos: o.pos(), Object: *ref, Field: "metadata.namespace",
			Message: fmt.Sprintf("names no namespace; %q is taken", ref.Namespace),
		})
	}
}

// finish sorts everything and counts.
func (a *assembly) finish() *Snapshot {
	s := &Snapshot{objects: map[source.Kind][]source.Object{}, counts: map[source.Kind]int{}}
	for _, o := range a.objects {
		k := o.obj.Ref.Kind
		s.counts[k]++
		if o.obj.JSON != nil {
			s.objects[k] = append(s.objects[k], o.obj)
		}
	}
	for _, list := range s.objects {
		slices.SortFunc(list, func(a, b source.Object) int {
			return cmp.Or(strings.Compare(a.Ref.Namespace, b.Ref.Namespace), strings.Compare(a.Ref.Name, b.Ref.Name))
		})
	}
	slices.SortFunc(a.problems, source.Problem.Compare)
	slices.SortFunc(a.skipped, Skipped.Compare)
	s.problems, s.skipped = a.bounded(a.problems), a.skipped
	return s
}

// bounded cuts problems to the limit; the last one counts the rest.
func (a *assembly) bounded(problems []source.Problem) []source.Problem {
	n := a.opts.MaxProblems
	if len(problems) <= n {
		return problems
	}
	rest := source.Problem{
		Code: source.ProblemLimit, Pos: problems[n].Pos,
		Message: fmt.Sprintf("%d further problems from here on are not listed", len(problems)-n),
	}
	return append(slices.Clip(problems[:n]), rest)
}
